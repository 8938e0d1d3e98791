-- NEXMark q8. Who came and sold in the same ten seconds?
CREATE SOURCE event (
  type TEXT, date_time TIMESTAMP, extra TEXT,
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT,
  item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT, category BIGINT,
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT,
  WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND
) WITH (connector = 'file', path = '${input}/event.jsonl', format = 'json');

CREATE VIEW person AS
  SELECT id, name, email_address, credit_card, city, state, date_time, extra FROM event WHERE type = 'person';
CREATE VIEW auction AS
  SELECT id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, extra FROM event
  WHERE type = 'auction';

CREATE VIEW q8 AS
  SELECT p.id, p.name, p.window_start
  FROM (
    SELECT DISTINCT id, name, window_start, window_end FROM TUMBLE(person, date_time, INTERVAL '10' SECOND)
  ) AS p
  JOIN (
    SELECT DISTINCT seller, window_start, window_end FROM TUMBLE(auction, date_time, INTERVAL '10' SECOND)
  ) AS a ON a.seller = p.id AND a.window_start = p.window_start AND a.window_end = p.window_end;

CREATE SINK result AS SELECT * FROM q8 WITH (connector = 'blackhole');
