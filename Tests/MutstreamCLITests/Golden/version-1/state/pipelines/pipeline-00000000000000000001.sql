CREATE SOURCE payments (id BIGINT, card TEXT, amount BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH (connector = 'file', path = 'payments.jsonl', rate = 200);
CREATE TABLE cards (card TEXT PRIMARY KEY, owner TEXT) WITH (connector = 'file', path = 'cards.jsonl');
CREATE MODEL large INPUT (amount DOUBLE, card TEXT) OUTPUT (is_large BOOLEAN);
CREATE VIEW scored AS
  SELECT p.id, p.card, p.amount, c.owner, round(PREDICT(large, p.amount, p.card)::NUMERIC, 6) AS score,
    count(*) OVER (PARTITION BY p.card ORDER BY p.at RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW) AS n
  FROM payments p LEFT JOIN cards c ON p.card = c.card EMIT ON ARRIVAL;
CREATE SINK rows AS SELECT * FROM scored WITH (connector = 'file', path = 'rows.jsonl');
CREATE SINK totals AS SELECT card, count(*) AS n, sum(amount) AS total, max(amount) AS most FROM payments GROUP BY card
  WITH (connector = 'file', path = 'totals.jsonl', format = 'json', type = 'upsert', primary_key = 'card');
CREATE SINK minutes AS SELECT card, window_start, count(*) AS n FROM TUMBLE(payments, at, INTERVAL '1' MINUTE)
  GROUP BY card, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'file', path = 'minutes.jsonl');
INSERT INTO MODEL large SELECT amount, card, amount > 500 FROM payments;
