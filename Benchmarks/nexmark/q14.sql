-- NEXMark q14. Bids of middling prices in euros, by the time of the day, with the count of a letter.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE FUNCTION count_char(s TEXT, c TEXT) RETURNS INT AS 'length(s) - length(replace(s, c, ''''))';

CREATE VIEW q14 AS
  SELECT auction, bidder, 0.908 * price AS price,
    CASE
      WHEN hour(date_time) BETWEEN 8 AND 18 THEN 'dayTime'
      WHEN hour(date_time) <= 6 OR hour(date_time) >= 20 THEN 'nightTime'
      ELSE 'otherTime'
    END AS time_of_day,
    date_time, extra, count_char(extra, 'c') AS c_counts
  FROM bid
  WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000;

CREATE SINK result AS SELECT * FROM q14 WITH (connector = 'blackhole');
