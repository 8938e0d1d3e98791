-- What a key makes superfluous is not computed: a DISTINCT, a LEFT JOIN of which nothing is read.
CREATE SOURCE clicks (url TEXT, ms BIGINT) WITH (connector = 'stdin', format = 'json');
CREATE TABLE pages (url TEXT PRIMARY KEY, section TEXT, owner TEXT) WITH (connector = 'file', path = 'pages.csv', format = 'csv');
CREATE TABLE visits (url TEXT, at TIMESTAMP) WITH (connector = 'file', path = 'visits.csv', format = 'csv');

CREATE MATERIALIZED VIEW all_pages AS SELECT DISTINCT url, section FROM pages;
CREATE MATERIALIZED VIEW all_sections AS SELECT DISTINCT section FROM pages;
CREATE MATERIALIZED VIEW times AS SELECT c.url, ms + 1 AS ms FROM clicks c LEFT JOIN pages p ON c.url = p.url;
CREATE MATERIALIZED VIEW slow AS SELECT COUNT(*) AS n FROM clicks c LEFT JOIN pages p ON c.url = p.url;
CREATE MATERIALIZED VIEW twice AS SELECT c.url FROM clicks c LEFT JOIN visits v ON c.url = v.url;
CREATE MATERIALIZED VIEW both AS SELECT c.url, ms, section FROM clicks c LEFT JOIN pages p ON c.url = p.url;
