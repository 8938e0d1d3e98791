CREATE VIEW v AS SELECT amout FROM payments
CREATE VIEW v AS SELECT p.amount FROM payments
CREATE VIEW v AS SELECT p.amount, q.id FROM payments p
CREATE VIEW v AS SELECT nothing_like_it FROM payments
CREATE VIEW v AS SELECT * FROM payment
CREATE VIEW v AS SELECT r.* FROM payments
CREATE VIEW v AS SELECT id FROM payments p JOIN refunds r ON p.id = r.payment_id
CREATE VIEW v AS SELECT p.id FROM payments p JOIN refunds r ON at = r.at
CREATE VIEW v AS SELECT id FROM payments WHERE amount
CREATE VIEW v AS SELECT id FROM payments WHERE amount > 'many'
CREATE VIEW v AS SELECT id FROM payments WHERE id > 5
CREATE VIEW v AS SELECT id FROM payments WHERE quantity = url
CREATE VIEW v AS SELECT id + amount AS x FROM payments
CREATE VIEW v AS SELECT lenght(id) AS x FROM payments
CREATE VIEW v AS SELECT length(amount) AS x FROM payments
CREATE VIEW v AS SELECT round(amount, 2, 3) AS x FROM payments
CREATE VIEW v AS SELECT CASE WHEN quantity > 1 THEN 'a' ELSE 2 END AS x FROM payments
CREATE VIEW v AS SELECT CASE quantity WHEN 'one' THEN 1 END AS x FROM payments
CREATE VIEW v AS SELECT quantity IN (1, 'two') AS x FROM payments
CREATE VIEW v AS SELECT at::BOOLEAN AS x FROM payments
CREATE VIEW v AS SELECT at - 5 AS x FROM payments
CREATE VIEW v AS SELECT extract(hours FROM amount) AS x FROM payments
CREATE VIEW v AS SELECT id FROM payments WHERE COUNT(*) > 1
CREATE VIEW v AS SELECT id, COUNT(*) AS n FROM payments
CREATE VIEW v AS SELECT id, COUNT(*) AS n FROM payments GROUP BY amount
CREATE VIEW v AS SELECT url, SUM(url) AS n FROM clicks GROUP BY url
CREATE VIEW v AS SELECT url, SUM(n) AS n FROM clicks GROUP BY url HAVING SUM(n)
CREATE VIEW v AS SELECT url, COUNT(*) AS n FROM clicks GROUP BY 3
CREATE SINK s AS SELECT id, card FROM payments WITH (connector = 'stdout')
CREATE SINK s AS SELECT id, upper(card) AS c FROM payments WITH (connector = 'stdout')
CREATE SINK s AS SELECT raw FROM payments.dead_letter WITH (connector = 'stdout')
CREATE MATERIALIZED VIEW v AS SELECT card, at FROM payments
CREATE VIEW v AS SELECT PREDICT(fraud, amount, card) AS score FROM payments
INSERT INTO MODEL fraud SELECT amount, card, TRUE FROM payments
CREATE VIEW hidden AS SELECT id AS x, card AS y FROM payments; CREATE SINK s AS SELECT x, y FROM hidden WITH (connector = 'stdout')
CREATE SINK s AS SELECT url, n FROM totals WITH (connector = 'stdout')
CREATE SINK s AS SELECT merchant FROM merchants WITH (connector = 'stdout')
CREATE SINK s AS SELECT id, id FROM clicks WITH (connector = 'stdout')
CREATE SINK s AS SELECT id FROM clicks
CREATE VIEW v AS SELECT id, row_number() OVER (ORDER BY at) AS n FROM clicks EMIT ON ARRIVAL
CREATE VIEW v AS SELECT id, COUNT(*) OVER hour AS n FROM clicks WINDOW hours AS (ORDER BY at) EMIT ON ARRIVAL
CREATE VIEW v AS SELECT COUNT(*) OVER (ORDER BY url) AS n FROM clicks EMIT ON ARRIVAL
CREATE VIEW v AS SELECT COUNT(*) OVER (ORDER BY at RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW) AS n FROM clicks EMIT ON ARRIVAL
CREATE VIEW v AS SELECT COUNT(*) OVER (ORDER BY at RANGE BETWEEN CURRENT ROW AND INTERVAL '1' HOUR FOLLOWING) AS n FROM clicks EMIT ON ARRIVAL
CREATE VIEW v AS SELECT COUNT(*) OVER (ORDER BY at RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) AS n FROM clicks EMIT ON ARRIVAL
CREATE VIEW v AS SELECT id FROM clicks WHERE COUNT(*) OVER (ORDER BY at) > 1 EMIT ON ARRIVAL
CREATE VIEW v AS SELECT url, COUNT(*) AS n FROM clicks GROUP BY url EMIT ON ARRIVAL
CREATE VIEW v AS SELECT m.category FROM merchants m JOIN clicks c ON c.url = m.merchant EMIT ON ARRIVAL
CREATE VIEW v AS SELECT category FROM merchants EMIT ON ARRIVAL
CREATE VIEW v AS SELECT c.id FROM clicks c RIGHT JOIN merchants m ON c.url = m.merchant EMIT ON ARRIVAL
CREATE VIEW v AS SELECT c.id FROM clicks c FULL JOIN merchants m ON c.url = m.merchant EMIT ON ARRIVAL
CREATE VIEW v AS SELECT url, COUNT(*) AS n FROM TUMBLE(clicks, at, INTERVAL '1' MINUTE) GROUP BY url, window_end EMIT ON WINDOW CLOSE
CREATE VIEW v AS SELECT id, COUNT(*) AS n FROM TUMBLE(payments, at, INTERVAL '1' MINUTE) GROUP BY id EMIT ON WINDOW CLOSE
CREATE VIEW v AS SELECT id FROM payments EMIT ON WINDOW CLOSE
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, id, INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, at)
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, at, 60)
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, at, INTERVAL '0' MINUTE)
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, at, INTERVAL '1' MONTH)
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, time, INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT * FROM HOP(payments, at, INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT * FROM HOP(payments, at, INTERVAL '1' MILLISECOND, INTERVAL '1' HOUR)
CREATE VIEW v AS SELECT * FROM HOP(payments, at, INTERVAL '1' DAY, INTERVAL '1' MONTH)
CREATE VIEW v AS SELECT * FROM CUMULATE(payments, at, INTERVAL '7' MINUTE, INTERVAL '1' HOUR)
CREATE VIEW v AS SELECT * FROM TUMBLE(payments, at, INTERVAL '1' MINUTE, INTERVAL '1' SECOND, INTERVAL '1' SECOND)
CREATE VIEW v AS SELECT * FROM TUMBLE(DATA => TABLE payments, TIMECOL => DESCRIPTOR(at), WIDTH => INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT * FROM TUMBLE(TABLE payments, DESCRIPTOR(at), SIZE => INTERVAL '1' MINUTE, SIZE => INTERVAL '2' MINUTE)
CREATE VIEW v AS SELECT * FROM TUMBLE(TABLE payments PARTITION BY id, DESCRIPTOR(at), INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT * FROM SESSION(TABLE payments PARTITION BY customer, DESCRIPTOR(at), INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT * FROM SESSION(payments, at)
CREATE VIEW v AS SELECT url, COUNT(*) AS n FROM SESSION(clicks, at, INTERVAL '1' MINUTE) GROUP BY url, window_start, window_end EMIT ON WINDOW CLOSE
CREATE VIEW v AS SELECT window_start, COUNT(*) AS n FROM CUMULATE(payments, at, INTERVAL '1' MINUTE, INTERVAL '1' HOUR) GROUP BY window_start EMIT ON WINDOW CLOSE
CREATE VIEW v AS SELECT COUNT(*) AS n FROM payments GROUP BY TUMBLE(at, INTERVAL '1' MINUTE), TUMBLE(at, INTERVAL '2' MINUTE)
CREATE VIEW v AS SELECT TUMBLE_END(at, INTERVAL '1' MINUTE) AS w FROM payments GROUP BY id
CREATE VIEW v AS SELECT TUMBLE_END(at, INTERVAL '2' MINUTE) AS w FROM payments GROUP BY TUMBLE(at, INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT TUMBLE_PROCTIME(at, INTERVAL '1' MINUTE) AS w FROM payments GROUP BY TUMBLE(at, INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT COUNT(*) AS n FROM payments GROUP BY TUMBLE(at, INTERVAL '1' MINUTE, INTERVAL '1' SECOND, INTERVAL '1' SECOND)
CREATE VIEW v AS SELECT tumble(INTERVAL '1' MINUTE) AS w, COUNT(*) AS n FROM clicks GROUP BY w
CREATE VIEW v AS SELECT x.window_start, COUNT(*) AS n FROM TUMBLE(minutes, s, INTERVAL '90' SECOND) AS x GROUP BY x.window_start, x.window_end EMIT ON WINDOW CLOSE
CREATE VIEW v AS SELECT p.id FROM payments p ASOF JOIN refunds r ON p.id = r.payment_id
CREATE VIEW v AS SELECT p.id FROM payments p ASOF JOIN refunds r ON p.at >= r.at AND p.at <= r.at
CREATE VIEW v AS SELECT p.id FROM payments p ASOF JOIN refunds r ON p.at >= r.at OR p.id = r.id
CREATE VIEW v AS SELECT p.id FROM payments p ASOF JOIN refunds r ON p.at >= r.at AND p.id <> r.id
CREATE VIEW v AS SELECT p.id FROM payments p ASOF JOIN refunds r ON p.amount >= r.amount
CREATE VIEW v AS SELECT p.id FROM payments p ASOF JOIN refunds r MATCH_CONDITION (p.at >= r.at) USING (id)
CREATE VIEW v AS SELECT id FROM payments FOR SYSTEM_TIME AS OF at
CREATE VIEW v AS SELECT p.id FROM payments p JOIN merchants FOR SYSTEM_TIME AS OF p.at AS m ON p.id = m.merchant
CREATE VIEW v AS SELECT p.id FROM payments p JOIN totals FOR SYSTEM_TIME AS OF p.at AS t ON p.id = t.url
CREATE VIEW v AS SELECT p.id FROM payments p JOIN refunds FOR SYSTEM_TIME AS OF p.at AS r ON TRUE
CREATE VIEW v AS SELECT p.id FROM payments p JOIN refunds FOR SYSTEM_TIME AS OF p.at AS r ON p.id = r.id AND p.at > r.at
CREATE VIEW v AS SELECT p.id FROM payments p FULL JOIN refunds FOR SYSTEM_TIME AS OF p.at AS r ON p.id = r.id
CREATE VIEW v AS SELECT t.n FROM totals t JOIN merchants FOR SYSTEM_TIME AS OF PROCTIME() AS m ON t.url = m.merchant
CREATE VIEW v AS SELECT id, NOW() AS t FROM payments
CREATE VIEW v AS SELECT id FROM payments WHERE at = NOW()
CREATE VIEW v AS SELECT id FROM payments WHERE at > date_trunc('day', NOW())
CREATE VIEW v AS SELECT id FROM payments WHERE at > NOW() OR id = 'a'
CREATE VIEW v AS SELECT merchant, PROCTIME() AS t FROM merchants
CREATE VIEW v AS SELECT * FROM TUMBEL(payments, at, INTERVAL '1' MINUTE)
CREATE VIEW v AS SELECT PREDICT(frod, amount, 'a') AS score FROM payments
CREATE VIEW v AS SELECT PREDICT(fraud, amount) AS score FROM payments
CREATE VIEW v AS SELECT PREDICT(fraud, at, id) AS score FROM payments
CREATE VIEW v AS SELECT PREDICT('fraud', amount, id) AS score FROM payments
CREATE VIEW v AS SELECT PREDICT(fraud, n, url) AS score FROM totals
CREATE VIEW v AS SELECT id FROM payments WHERE PREDICT(fraud, amount, id) > 0.5
CREATE VIEW v AS SELECT ML_PREDICT(fraud, amount, id) AS score FROM payments
CREATE VIEW v AS SELECT * FROM fraud
CREATE MODEL m INPUT (a DOUBLE) OUTPUT (b BOOLEAN) WITH (algorithm = 'logistic_regresion')
CREATE MODEL m INPUT (a DOUBLE) OUTPUT (b BOOLEAN) WITH (algorithm = 'logistic_regression', learning_rat = 0.1)
CREATE MODEL m INPUT (a DOUBLE) OUTPUT (b BOOLEAN) WITH (algorithm = 'logistic_regression', learning_rate = 'fast')
CREATE MODEL m INPUT (a DOUBLE) OUTPUT (b DOUBLE) WITH (algorithm = 'logistic_regression')
CREATE MODEL m INPUT (a TIMESTAMP) OUTPUT (b BOOLEAN) WITH (algorithm = 'logistic_regression')
CREATE MODEL m INPUT (a DOUBLE) OUTPUT (b TEXT) WITH (algorithm = 'logistic_regression')
CREATE MODEL m INPUT (a DOUBLE) OUTPUT (b BOOLEAN) PARTITION BY a WITH (algorithm = 'logistic_regression')
INSERT INTO MODEL frod SELECT amount, id, TRUE FROM payments
INSERT INTO MODEL fraud SELECT amount, id FROM payments
INSERT INTO MODEL fraud SELECT amount, id, 'yes' FROM payments
INSERT INTO MODEL fraud SELECT amount, id, at FROM payments
INSERT INTO MODEL fraud (amount, url, label) SELECT amount, id, TRUE FROM payments
INSERT INTO MODEL fraud SELECT n, url, TRUE FROM totals
INSERT INTO payments SELECT * FROM payments
CREATE VIEW v AS SELECT id FROM clicks.late
CREATE VIEW v AS SELECT id FROM totals.late
CREATE VIEW v AS SELECT id FROM payments.lates
CREATE VIEW v AS SELECT url FROM clicks UNION ALL SELECT id, amount FROM payments
CREATE VIEW v AS SELECT url FROM clicks UNION ALL SELECT amount FROM payments
CREATE VIEW payments AS SELECT id FROM clicks
CREATE VIEW v (a, b) AS SELECT id FROM clicks
CREATE SOURCE s (a TXT) WITH (connector = 'http')
CREATE SOURCE s (a INT, A INT) WITH (connector = 'http')
CREATE SOURCE s (a INT PRIMARY KEY) WITH (connector = 'http')
CREATE SOURCE s (a INT, WATERMARK FOR a AS a) WITH (connector = 'http')
CREATE SOURCE s (a TIMESTAMP, WATERMARK FOR a AS a - 5) WITH (connector = 'http')
CREATE SOURCE s (a TIMESTAMP, WATERMARK FOR b AS b - INTERVAL '5' SECOND) WITH (connector = 'http')
CREATE SOURCE s (a INT)
SET durabilty = 'none'
SET durability = 'sync'
SET shards = 0
SET shards = 'many'
SET max_state = '2 boxes'
CREATE MATERIALIZED VIEW v WITH (retain = 'long') AS SELECT id, at FROM clicks
CREATE MATERIALIZED VIEW v WITH (keep = '1 day') AS SELECT id, at FROM clicks
CREATE MATERIALIZED VIEW v WITH (retain = '1 day') AS SELECT id FROM clicks
CREATE VIEW v AS SELECT (SELECT id, url FROM clicks) AS pair FROM payments
CREATE VIEW v AS SELECT id FROM payments WHERE id IN (SELECT id, url FROM clicks)
CREATE VIEW v AS SELECT id FROM clicks UNION SELECT id, url FROM clicks
CREATE VIEW v AS SELECT n FROM clicks EXCEPT SELECT at FROM clicks
CREATE VIEW v AS SELECT url FROM clicks ORDER BY nowhere LIMIT 1
CREATE VIEW v AS SELECT DISTINCT url FROM clicks ORDER BY at LIMIT 1
CREATE VIEW v AS SELECT url FROM clicks LIMIT -1
CREATE VIEW v AS SELECT url FROM clicks LIMIT n
CREATE VIEW v AS SELECT url, COUNT(*) AS n FROM clicks GROUP BY ROLLUP (at)
CREATE VIEW v AS SELECT url, GROUPING(at) AS g FROM clicks GROUP BY url
CREATE VIEW v AS SELECT url, COUNT(*) AS n FROM clicks GROUP BY url HAVING at > at
CREATE VIEW v AS SELECT url, (SELECT max(at) FROM payments p WHERE p.id = c.id) AS m FROM clicks c GROUP BY url
CREATE VIEW v AS SELECT rank(n) OVER (ORDER BY at) AS r FROM clicks
CREATE VIEW v AS SELECT sum(n) OVER (ORDER BY url RANGE 5 PRECEDING) AS r FROM clicks
CREATE VIEW v AS SELECT sum(n) OVER (ORDER BY at ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) AS r FROM clicks
CREATE VIEW v AS SELECT first_value(n) FILTER (WHERE n > 1) OVER (ORDER BY at) AS r FROM clicks
CREATE VIEW v AS SELECT percentile_cont(0.5) AS p FROM clicks
CREATE VIEW v AS SELECT string_agg(n, ',') AS p FROM clicks
CREATE VIEW v AS SELECT count(DISTINCT *) AS p FROM clicks
CREATE VIEW v AS SELECT a.id FROM clicks a FULL JOIN payments b ON a.id = b.id AND EXISTS (SELECT 1 FROM clicks)
CREATE VIEW v AS SELECT x.id FROM clicks, (SELECT id FROM payments WHERE payments.id = clicks.id) x
CREATE VIEW v AS SELECT u FROM UNNEST(5) AS u
CREATE VIEW v AS SELECT id FROM clicks NATURAL JOIN payments WHERE clicks.nowhere = 1
CREATE VIEW v AS VALUES (1, 2), (3)
CREATE VIEW v AS VALUES (1), ('a')
CREATE VIEW v AS WITH RECURSIVE r AS (SELECT 1 AS n) SELECT n FROM r
CREATE VIEW v AS SELECT * EXCEPT (nowhere) FROM clicks
CREATE FUNCTION upper(a TEXT) RETURNS TEXT AS 'a'
CREATE FUNCTION f(a INT) RETURNS INT AS 'b'
CREATE TABLE t (a INT PRIMARY KEY, b INT DEFAULT 'x')
SELECT id FROM clicks
DROP VIEW totals
