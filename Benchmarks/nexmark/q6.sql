-- NEXMark q6. The mean of the last ten final prices of each seller, as auctions are won. Flink cannot say this one.
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW auction AS
  SELECT id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, extra FROM event
  WHERE type = 'auction';
CREATE VIEW bid AS SELECT auction, bidder, price, channel, url, date_time, extra FROM event WHERE type = 'bid';

CREATE VIEW won AS
  SELECT seller, id, price, date_time
  FROM (
    SELECT a.seller, a.id, b.price, b.date_time,
      row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.date_time) AS place
    FROM auction a JOIN bid b ON b.auction = a.id AND b.date_time BETWEEN a.date_time AND a.expires
  ) AS ranked
  WHERE place <= 1;

CREATE VIEW q6 AS
  SELECT seller, id,
    avg(price) OVER (PARTITION BY seller ORDER BY date_time, id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS mean
  FROM won;

CREATE SINK result AS SELECT * FROM q6 WITH (connector = 'blackhole');
