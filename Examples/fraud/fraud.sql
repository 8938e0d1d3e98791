-- Payments are enriched, scored by a model and routed while they pass; labels that come days later teach the model.

CREATE SOURCE replay (
  id TEXT, card TEXT SENSITIVE, merchant TEXT, amount DECIMAL(12,2), at TIMESTAMP,
  home_lat DOUBLE, home_long DOUBLE, merch_lat DOUBLE, merch_long DOUBLE,
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (connector = 'file', path = '${payments:-data/payments.csv.gz}', format = 'csv', rate = ${rate:-3000});

CREATE SOURCE payments (                                -- your own: POST them to /payments and get the decision back
  id TEXT, card TEXT SENSITIVE, merchant TEXT, amount DECIMAL(12,2), at TIMESTAMP,
  home_lat DOUBLE, home_long DOUBLE, merch_lat DOUBLE, merch_long DOUBLE
) WITH (connector = 'http', path = '/payments', format = 'json');

CREATE SOURCE chargebacks (payment_id TEXT, is_fraud BOOLEAN, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' DAY)
  WITH (connector = 'file', path = '${chargebacks:-data/chargebacks.csv.gz}', format = 'csv');

CREATE TABLE merchants (merchant TEXT PRIMARY KEY, category TEXT)
  WITH (connector = 'file', path = 'data/merchants.csv', format = 'csv');

CREATE VIEW all_payments AS SELECT * FROM replay UNION ALL SELECT * FROM payments;

CREATE VIEW enriched AS                                 -- a layer: enrichment and rolling features
  SELECT p.*, m.category,
    COUNT(*) OVER hour AS card_count_1h,
    COUNT(*) OVER day AS card_count_24h,
    AVG(amount) OVER day AS card_avg_24h,
    AVG(amount) OVER week AS card_avg_7d
  FROM all_payments p LEFT JOIN merchants m ON p.merchant = m.merchant
  WINDOW hour AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
    day AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '24' HOUR PRECEDING AND CURRENT ROW),
    week AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW)
  EMIT ON ARRIVAL;

CREATE VIEW features AS
  SELECT id, at, category, card_count_1h, card_count_24h,
    amount::DOUBLE AS amount,
    ln(1 + amount::DOUBLE) AS log_amount,
    amount::DOUBLE / (card_avg_24h::DOUBLE + 1) AS ratio_24h,
    amount::DOUBLE / (card_avg_7d::DOUBLE + 1) AS ratio_7d,
    -- great-circle distance from home to merchant in km (haversine)
    2 * 6371 * asin(sqrt(least(1.0,
      power(sin(radians(merch_lat - home_lat) / 2), 2)
      + cos(radians(home_lat)) * cos(radians(merch_lat)) * power(sin(radians(merch_long - home_long) / 2), 2)))) AS distance,
    CASE WHEN extract(hour FROM at) < 5 OR extract(hour FROM at) >= 22 THEN 1 ELSE 0 END AS night
  FROM enriched;

CREATE MODEL fraud
  INPUT (amount DOUBLE, log_amount DOUBLE, category TEXT, card_count_1h BIGINT, card_count_24h BIGINT,
    ratio_24h DOUBLE, ratio_7d DOUBLE, distance DOUBLE, night INT)
  OUTPUT (is_fraud BOOLEAN) WITH (algorithm = 'logistic_regression');

CREATE VIEW scored AS
  SELECT *, PREDICT(fraud, amount, log_amount, category, card_count_1h, card_count_24h, ratio_24h, ratio_7d, distance, night)
    AS score
  FROM features;

CREATE VIEW decided AS
  SELECT id, at, category, amount, score,
    CASE WHEN score > 0.9 THEN 'block' WHEN score > 0.6 THEN 'review' ELSE 'approve' END AS decision
  FROM scored;

CREATE SINK answers AS SELECT id, score, decision FROM decided WITH (connector = 'reply', source = 'payments');

CREATE SINK suspicious AS                               -- routing: several sinks over one computation
  SELECT at, id, category, round(amount::DECIMAL(12,2), 2) AS amount, round(score::DECIMAL(6,4), 4) AS score, decision
  FROM decided WHERE decision <> 'approve' WITH (connector = 'stdout');

INSERT INTO MODEL fraud                                 -- feedback: labels train the model
  SELECT s.amount, s.log_amount, s.category, s.card_count_1h, s.card_count_24h, s.ratio_24h, s.ratio_7d, s.distance, s.night,
    c.is_fraud
  FROM chargebacks c JOIN scored s ON s.id = c.payment_id AND c.at BETWEEN s.at AND s.at + INTERVAL '30' DAY;

CREATE MATERIALIZED VIEW fraud_by_category WITH (retain = '30 days') AS
  SELECT category, window_start, COUNT(*) AS n, AVG(score) AS avg_score
  FROM TUMBLE(scored, at, INTERVAL '1' DAY)
  GROUP BY category, window_start, window_end EMIT ON WINDOW CLOSE;
