-- NEXMark q13. Bids with a text for their auction, from a table.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE TABLE side_input (key BIGINT PRIMARY KEY, value TEXT);
INSERT INTO side_input SELECT n, n::text FROM generate_series(0, 9999) AS s(n);

CREATE VIEW q13 AS
  SELECT b.auction, b.bidder, b.price, b.date_time, s.value
  FROM bid b JOIN side_input s FOR SYSTEM_TIME AS OF PROCTIME() ON s.key = mod(b.auction, 10000);

CREATE SINK result AS SELECT * FROM q13 WITH (connector = 'blackhole');
