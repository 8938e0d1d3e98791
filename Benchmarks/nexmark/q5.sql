-- NEXMark q5. The auctions with the most bids in ten seconds, every two seconds, when the watermark closes them.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE VIEW counted AS
  SELECT auction, window_start, window_end, count(*) AS bids
  FROM HOP(bid, date_time, INTERVAL '2' SECOND, INTERVAL '10' SECOND)
  GROUP BY auction, window_start, window_end
  EMIT ON WINDOW CLOSE;

CREATE VIEW q5 AS
  SELECT c.window_end, c.auction, c.bids
  FROM counted c
  JOIN (SELECT window_start, window_end, max(bids) AS most FROM counted GROUP BY window_start, window_end) AS m
    ON m.window_start = c.window_start AND m.window_end = c.window_end AND c.bids >= m.most;

CREATE SINK result AS SELECT * FROM q5 WITH (connector = 'blackhole');
