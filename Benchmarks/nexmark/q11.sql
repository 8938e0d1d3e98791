-- NEXMark q11. How often each bidder bids without a pause of ten seconds, when the watermark ends the session.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE VIEW q11 AS
  SELECT bidder, count(*) AS bids, window_start, window_end
  FROM SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(date_time), INTERVAL '10' SECOND)
  GROUP BY bidder, window_start, window_end
  EMIT ON WINDOW CLOSE;

CREATE SINK result AS SELECT * FROM q11 WITH (connector = 'blackhole');
