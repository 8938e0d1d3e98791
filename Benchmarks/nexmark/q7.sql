-- NEXMark q7. The highest bids of each ten seconds.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE VIEW q7 AS
  SELECT b.auction, b.bidder, b.price, b.date_time, b.extra
  FROM bid b
  JOIN (
    SELECT window_end, max(price) AS highest
    FROM TUMBLE(bid, date_time, INTERVAL '10' SECOND)
    GROUP BY window_start, window_end
  ) AS w ON b.price = w.highest AND b.date_time BETWEEN w.window_end - INTERVAL '10' SECOND AND w.window_end;

CREATE SINK result AS SELECT * FROM q7 WITH (connector = 'blackhole');
