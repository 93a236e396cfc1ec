DROP TABLE media_stores;
