-- NEXMark q22. The folders of each address.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE VIEW q22 AS
  SELECT auction, bidder, price, channel,
    split_index(url, '/', 3) AS dir1, split_index(url, '/', 4) AS dir2, split_index(url, '/', 5) AS dir3
  FROM bid;

CREATE SINK result AS SELECT * FROM q22 WITH (connector = 'blackhole');
