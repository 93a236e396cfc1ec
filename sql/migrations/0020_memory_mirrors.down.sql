DROP TABLE fact_offers;
DROP TABLE mirrors;
