-- The division may fail: it stays above the filter that shields it, and above the join.
CREATE SOURCE orders (id TEXT, buyer TEXT, amount BIGINT, parts BIGINT, at TIMESTAMP) WITH (connector = 'http');
CREATE TABLE buyers (buyer TEXT PRIMARY KEY, country TEXT, age INT) WITH (connector = 'file');
CREATE SINK each AS
  SELECT o.id, o.amount / o.parts AS share, b.country FROM orders o JOIN buyers b ON o.buyer = b.buyer
  WHERE o.parts <> 0 AND b.country = 'NL' AND o.amount / o.parts > 5 EMIT ON ARRIVAL WITH (connector = 'stdout');
