-- NEXMark q3. Who sells things of category 10 in Oregon, Idaho and California?
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

CREATE VIEW q3 AS
  SELECT p.name, p.city, p.state, a.id
  FROM auction a JOIN person p ON p.id = a.seller
  WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA');

CREATE SINK result AS SELECT * FROM q3 WITH (connector = 'blackhole');
