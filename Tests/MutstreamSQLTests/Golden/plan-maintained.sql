-- A maintained view over a table and a stream: nothing is emitted, the result is kept.
CREATE SOURCE clicks (url TEXT, ms BIGINT, at TIMESTAMP) WITH (connector = 'http');
CREATE TABLE pages (url TEXT PRIMARY KEY, section TEXT, owner TEXT) WITH (connector = 'file');
CREATE MATERIALIZED VIEW by_section AS
  SELECT p.section, COUNT(*) AS n, AVG(c.ms) AS mean FROM clicks c JOIN pages p ON c.url = p.url GROUP BY p.section;
