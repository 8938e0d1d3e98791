-- A window that closes; its end follows from its start.
CREATE SOURCE orders (id TEXT, buyer TEXT, amount DOUBLE, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH (connector = 'http');
CREATE MATERIALIZED VIEW hourly WITH (retain = '2 days') AS
  SELECT buyer, window_start, COUNT(*) AS n, SUM(amount) AS total FROM TUMBLE(orders, at, INTERVAL '1' HOUR)
  WHERE amount > 0 GROUP BY buyer, window_start HAVING COUNT(*) > 1 EMIT ON WINDOW CLOSE;
CREATE SINK closed AS SELECT * FROM hourly WITH (connector = 'stdout');
