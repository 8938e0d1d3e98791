CREATE SOURCE payments (id TEXT, card TEXT SENSITIVE, amount DECIMAL(12,2), quantity INT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'http');
CREATE SOURCE refunds (id TEXT, payment_id TEXT, amount DOUBLE, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' DAY) WITH (connector = 'http');
CREATE SOURCE clicks (id TEXT, url TEXT, n BIGINT, at TIMESTAMP) WITH (connector = 'http');
CREATE TABLE merchants (merchant TEXT PRIMARY KEY, category TEXT, since DATE) WITH (connector = 'file');
CREATE MODEL fraud INPUT (amount DOUBLE, url TEXT) OUTPUT (is_fraud BOOLEAN) WITH (algorithm = 'logistic_regression');
CREATE VIEW totals AS SELECT url, COUNT(*) AS n FROM clicks GROUP BY url; CREATE VIEW minutes AS SELECT window_start AS s, window_end AS e, COUNT(*) AS n FROM TUMBLE(payments, at, INTERVAL '1' MINUTE) GROUP BY window_start, window_end EMIT ON WINDOW CLOSE;
