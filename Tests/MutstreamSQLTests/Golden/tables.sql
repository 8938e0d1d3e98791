CREATE OR REPLACE TABLE IF NOT EXISTS shop.orders (
  id BIGINT PRIMARY KEY NOT ENFORCED, "Customer Name" CHARACTER VARYING(40) NOT NULL, tags TEXT[] NULL,
  paid TIMESTAMP(3) WITH TIME ZONE, card TEXT SENSITIVE NOT NULL, `at` TIMESTAMP
) WITH ('connector' = 'http', scan.mode = earliest, retries = -3, compact = true, path = E'a\tb');
CREATE TABLE pairs (a INT, b DOUBLE PRECISION, CONSTRAINT k PRIMARY KEY (a, b) NOT ENFORCED,
  WATERMARK FOR a AS a - 1);
SET checkpoint.interval = '5 seconds'; SET mode TO exactly_once; SET parallelism = 4;
EXPLAIN (ast) INSERT INTO pairs (a, b) VALUES (1, 2.5), (2, NULL);
EXPLAIN plan CREATE VIEW v (x) AS SELECT 1;
EXPLAIN CREATE SINK s FROM pairs WITH (connector = 'log');
INSERT INTO MODEL fraud (x) SELECT a FROM pairs;
INSERT INTO model SELECT a FROM pairs;
CREATE MODEL m INPUT (a DOUBLE NOT NULL) OUTPUT (b BOOLEAN) PARTITION BY card, shop WITH (algorithm = 'trees');
