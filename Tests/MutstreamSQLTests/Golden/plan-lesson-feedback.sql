-- The lesson is chosen by the score: feedback, which a delay carries to the next step.
CREATE SOURCE orders (id TEXT, amount DOUBLE, at TIMESTAMP) WITH (connector = 'http');
CREATE MODEL risk INPUT (amount DOUBLE) OUTPUT (bad BOOLEAN) WITH (algorithm = 'logistic_regression');
CREATE VIEW scored AS SELECT id, at, amount, PREDICT(risk, amount) AS score FROM orders;
CREATE SINK answers AS SELECT id, score FROM scored WITH (connector = 'stdout');
INSERT INTO MODEL risk SELECT amount, score > 0.7 FROM scored WHERE score > 0.9 OR score <= 0.5;
