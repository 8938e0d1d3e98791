-- Bounds of an interval join from several ways of writing them; the rest of the condition stays.
CREATE SOURCE a (id TEXT, n INT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'http');
CREATE SOURCE b (id TEXT, n INT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' MINUTE) WITH (connector = 'http');
CREATE SINK between_them AS
  SELECT a.id, b.n FROM a JOIN b ON a.id = b.id AND b.at BETWEEN a.at - INTERVAL '1' HOUR AND a.at + INTERVAL '2' HOUR
  WITH (connector = 'stdout');
CREATE SINK compared AS
  SELECT a.id, b.n FROM a, b WHERE b.id = a.id AND a.at <= b.at AND b.at < a.at + INTERVAL '10' MINUTE AND a.n < b.n
  WITH (connector = 'stdout');
