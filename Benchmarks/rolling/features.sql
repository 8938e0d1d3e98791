-- Twelve rolling features of each payment as it arrives: how its card pays, and how many of the payments at its terminal were
-- fraud, which is known seven days later.
CREATE SOURCE payments (
  id BIGINT, at TIMESTAMP, card TEXT, terminal TEXT, amount DECIMAL(12,2), fraud INT,
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (connector = 'file', path = '${input}/payments.csv', format = 'csv');

CREATE VIEW features AS
  SELECT id,
    COUNT(*) OVER card_1d AS card_n_1d, AVG(amount) OVER card_1d AS card_avg_1d,
    COUNT(*) OVER card_7d AS card_n_7d, AVG(amount) OVER card_7d AS card_avg_7d,
    COUNT(*) OVER card_30d AS card_n_30d, AVG(amount) OVER card_30d AS card_avg_30d,
    COUNT(*) OVER terminal_1d AS terminal_n_1d, SUM(fraud) OVER terminal_1d AS terminal_fraud_1d,
    COUNT(*) OVER terminal_7d AS terminal_n_7d, SUM(fraud) OVER terminal_7d AS terminal_fraud_7d,
    COUNT(*) OVER terminal_30d AS terminal_n_30d, SUM(fraud) OVER terminal_30d AS terminal_fraud_30d
  FROM payments
  WINDOW
    card AS (PARTITION BY card ORDER BY at),
    card_1d AS (card RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    card_7d AS (card RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW),
    card_30d AS (card RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    terminal AS (PARTITION BY terminal ORDER BY at),
    terminal_1d AS (terminal RANGE BETWEEN INTERVAL '8 days' PRECEDING AND INTERVAL '7 days' PRECEDING),
    terminal_7d AS (terminal RANGE BETWEEN INTERVAL '14 days' PRECEDING AND INTERVAL '7 days' PRECEDING),
    terminal_30d AS (terminal RANGE BETWEEN INTERVAL '37 days' PRECEDING AND INTERVAL '7 days' PRECEDING)
  EMIT ON ARRIVAL;

CREATE SINK result AS SELECT * FROM features WITH (connector = 'blackhole');
