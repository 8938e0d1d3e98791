-- One computation for several sinks.
CREATE SOURCE orders (id TEXT, buyer TEXT, amount DOUBLE, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH (connector = 'http');
CREATE VIEW counted AS
  SELECT id, buyer, amount,
    COUNT(*) OVER (PARTITION BY buyer ORDER BY at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS n
  FROM orders EMIT ON ARRIVAL;
CREATE SINK all_of_them AS SELECT id, n FROM counted WITH (connector = 'stdout');
CREATE SINK frequent AS SELECT id, amount FROM counted WHERE n > 3 WITH (connector = 'stdout');
CREATE SINK rare AS SELECT id, n FROM counted WHERE n = 1 WITH (connector = 'stdout');
