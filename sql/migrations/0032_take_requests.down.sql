DROP TABLE take_requests;
