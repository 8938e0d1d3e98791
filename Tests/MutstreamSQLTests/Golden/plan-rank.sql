-- A bound on a row number keeps the first rows; a bound of 1 needs no rank; other conditions stay above. What a second
-- reader numbers, or another function beside it, stays as it is.
CREATE SOURCE bid (auction BIGINT, bidder BIGINT, price BIGINT, at TIMESTAMP) WITH (connector = 'stdin');
CREATE VIEW last AS
  SELECT auction, bidder, price FROM (
    SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY at DESC) AS place FROM bid) AS ranked
  WHERE place <= 1;
CREATE SINK last_bids AS SELECT * FROM last WITH (connector = 'stdout', format = 'changelog_json');
CREATE SINK best AS
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS place FROM bid) AS ranked
  WHERE 11 > place AND price > place
  WITH (connector = 'stdout', format = 'changelog_json');
CREATE SINK only_one AS
  SELECT auction, price, place FROM (
    SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price) AS place FROM bid) AS ranked
  WHERE place = 1
  WITH (connector = 'stdout', format = 'changelog_json');
CREATE VIEW both_ranks AS
  SELECT *, row_number() OVER (PARTITION BY bidder ORDER BY price) AS place,
    rank() OVER (PARTITION BY bidder ORDER BY price) AS tied FROM bid;
CREATE SINK tied AS SELECT bidder, place, tied FROM both_ranks WHERE place <= 2
  WITH (connector = 'stdout', format = 'changelog_json');
