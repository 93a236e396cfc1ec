-- Takes away what 0005_learning.up.sql made, with what people said.
DROP INDEX generation_decisions_learned;
DROP TABLE feedback;
