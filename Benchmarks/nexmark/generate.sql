-- Writes the events of the three kinds as JSON lines:
--   mutstream run generate.sql --set output=/tmp/nexmark --set events=1000000 --set rate=10000
CREATE SOURCE person (
  id BIGINT, name TEXT, email_address TEXT, credit_card TEXT, city TEXT, state TEXT, date_time TIMESTAMP, extra TEXT
) WITH (connector = 'nexmark', type = 'person', events = ${events}, event_rate = ${rate});
CREATE SOURCE auction (
  id BIGINT, item_name TEXT, description TEXT, initial_bid BIGINT, reserve BIGINT, date_time TIMESTAMP, expires TIMESTAMP,
  seller BIGINT, category BIGINT, extra TEXT
) WITH (connector = 'nexmark', type = 'auction', events = ${events}, event_rate = ${rate});
CREATE SOURCE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT
) WITH (connector = 'nexmark', type = 'bid', events = ${events}, event_rate = ${rate});
CREATE SINK person_file AS SELECT * FROM person WITH (connector = 'file', path = '${output}/person.jsonl', format = 'json');
CREATE SINK auction_file AS
  SELECT * FROM auction WITH (connector = 'file', path = '${output}/auction.jsonl', format = 'json');
CREATE SINK bid_file AS SELECT * FROM bid WITH (connector = 'file', path = '${output}/bid.jsonl', format = 'json');
