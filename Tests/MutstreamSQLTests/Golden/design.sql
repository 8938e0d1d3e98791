CREATE SOURCE payments (
  id TEXT, card TEXT SENSITIVE, merchant TEXT, amount DECIMAL(12,2), at TIMESTAMP,
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (connector = 'http', path = '/payments', format = 'json');

CREATE SOURCE chargebacks (payment_id TEXT, is_fraud BOOLEAN, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' DAY)
  WITH (connector = 'http', path = '/chargebacks', format = 'json');          -- labels, days later

CREATE TABLE merchants (merchant TEXT PRIMARY KEY, category TEXT)
  WITH (connector = 'file', path = 'merchants.csv', format = 'csv');

CREATE VIEW enriched AS                                                       -- a layer: enrichment + rolling features
  SELECT p.*, m.category, COUNT(*) OVER hour AS card_count_1h, AVG(amount) OVER hour AS card_avg_1h
  FROM payments p LEFT JOIN merchants m ON p.merchant = m.merchant
  WINDOW hour AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)
  EMIT ON ARRIVAL;                                                            -- each payment once, as it passes

CREATE MODEL fraud INPUT (amount DOUBLE, category TEXT, card_count_1h BIGINT, ratio DOUBLE)
  OUTPUT (is_fraud BOOLEAN) WITH (algorithm = 'logistic_regression', optimizer = 'ftrl');

CREATE VIEW scored AS
  SELECT *, PREDICT(fraud, amount, category, card_count_1h, amount / NULLIF(card_avg_1h, 0)) AS score FROM enriched;

CREATE SINK decisions AS                                                      -- answers the POST
  SELECT id, score, CASE WHEN score > 0.9 THEN 'block' WHEN score > 0.6 THEN 'review' ELSE 'approve' END AS decision FROM scored
  WITH (connector = 'reply', source = 'payments');

CREATE SINK review_queue AS SELECT id, score FROM scored WHERE score BETWEEN 0.6 AND 0.9    -- routing = several sinks
  WITH (connector = 'kafka', topic = 'review', format = 'json');

INSERT INTO MODEL fraud                                                       -- feedback: labels train the model
  SELECT s.amount, s.category, s.card_count_1h, s.amount / NULLIF(s.card_avg_1h, 0), c.is_fraud
  FROM chargebacks c JOIN scored s ON s.id = c.payment_id AND c.at BETWEEN s.at AND s.at + INTERVAL '30' DAY;

CREATE MATERIALIZED VIEW fraud_by_category WITH (retain = '1 day') AS
  SELECT category, window_start, COUNT(*) AS n, AVG(score) AS avg_score
  FROM TUMBLE(scored, at, INTERVAL '1' MINUTE) GROUP BY category, window_start, window_end EMIT ON WINDOW CLOSE;
