-- The lesson reads a scored view, but not the score: it goes past PREDICT and is no feedback.
CREATE SOURCE orders (id TEXT, amount DOUBLE, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH (connector = 'http');
CREATE SOURCE labels (id TEXT, bad BOOLEAN, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH (connector = 'http');
CREATE MODEL risk INPUT (amount DOUBLE) OUTPUT (bad BOOLEAN) WITH (algorithm = 'logistic_regression');
CREATE VIEW scored AS SELECT id, at, amount, PREDICT(risk, amount) AS score FROM orders;
CREATE SINK answers AS SELECT id, score FROM scored WITH (connector = 'stdout');
INSERT INTO MODEL risk
  SELECT s.amount, l.bad FROM labels l JOIN scored s ON s.id = l.id AND l.at BETWEEN s.at AND s.at + INTERVAL '7' DAY;
