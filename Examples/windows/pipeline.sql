-- Server temperatures: each reading beside the average of the ten minutes before it, and one row a closed window.
CREATE SOURCE readings (
  sensor TEXT, celsius DOUBLE, at TIMESTAMP,
  WATERMARK FOR at AS at - INTERVAL '1' MINUTE
) WITH (connector = 'file', path = 'readings.csv', format = 'csv');

CREATE VIEW rolling AS
  SELECT sensor, at, celsius, AVG(celsius) OVER ten AS average, MAX(celsius) OVER ten AS highest
  FROM readings
  WINDOW ten AS (PARTITION BY sensor ORDER BY at RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW)
  EMIT ON ARRIVAL;

CREATE SINK spikes AS SELECT sensor, at, celsius, average FROM rolling WHERE celsius > average + 5
  WITH (connector = 'stdout');

CREATE VIEW summary AS
  SELECT sensor, window_start, COUNT(*) AS n, MIN(celsius) AS lowest, MAX(celsius) AS highest
  FROM TUMBLE(readings, at, INTERVAL '1' HOUR) GROUP BY sensor, window_start, window_end
  EMIT ON WINDOW CLOSE;

CREATE SINK hours AS SELECT * FROM summary WITH (connector = 'stdout');
CREATE SINK late AS SELECT 'late' AS note, * FROM readings.late WITH (connector = 'stdout');
