-- What the queries of this folder mean, said to SQLite over the same events, from their definitions:
--   cd FOLDER && sqlite3 -bail nexmark.db < oracle.sql, then SELECT * FROM q0 and so on.
-- Times are texts of one form, which are in their order. Means and prices of several digits are whole numbers.

.mode ascii
.separator "\037" "\n"
CREATE TABLE line (text TEXT);
.import event.jsonl line
CREATE TABLE event AS
  SELECT text, json_extract(text, '$.type') AS type, replace(json_extract(text, '$.date_time'), 'T', ' ') AS date_time,
    json_extract(text, '$.extra') AS extra
  FROM line;
CREATE TABLE person AS
  SELECT json_extract(text, '$.id') AS id, json_extract(text, '$.name') AS name, json_extract(text, '$.city') AS city,
    json_extract(text, '$.state') AS state, date_time
  FROM event WHERE type = 'person';
CREATE TABLE auction AS
  SELECT json_extract(text, '$.id') AS id, json_extract(text, '$.item_name') AS item_name,
    json_extract(text, '$.description') AS description, json_extract(text, '$.initial_bid') AS initial_bid,
    json_extract(text, '$.reserve') AS reserve, date_time, replace(json_extract(text, '$.expires'), 'T', ' ') AS expires,
    json_extract(text, '$.seller') AS seller, json_extract(text, '$.category') AS category, extra
  FROM event WHERE type = 'auction';
-- second is the whole second of the time since 1970, micros the time in millionths of it.
CREATE TABLE bid AS
  SELECT json_extract(text, '$.auction') AS auction, json_extract(text, '$.bidder') AS bidder,
    json_extract(text, '$.price') AS price, json_extract(text, '$.channel') AS channel, json_extract(text, '$.url') AS url,
    date_time, extra, CAST(strftime('%s', date_time) AS INTEGER) AS second,
    strftime('%s', date_time) * 1000000 + CAST(substr(substr(date_time, 21) || '000000', 1, 6) AS INTEGER) AS micros
  FROM event WHERE type = 'bid';
CREATE INDEX bid_of_auction ON bid (auction, price);
CREATE INDEX bid_of_bidder ON bid (bidder, micros);
CREATE INDEX bid_of_both ON bid (bidder, auction, micros);
CREATE INDEX auction_by_id ON auction (id);

CREATE VIEW q0 AS SELECT auction, bidder, price, date_time, extra FROM bid;

CREATE VIEW q1 AS SELECT auction, bidder, price * 908 AS thousandths, date_time, extra FROM bid;

CREATE VIEW q2 AS SELECT auction, price FROM bid WHERE auction % 123 = 0;

CREATE VIEW q3 AS
  SELECT (SELECT name FROM person WHERE id = seller), (SELECT city FROM person WHERE id = seller),
    (SELECT state FROM person WHERE id = seller), id
  FROM auction
  WHERE category = 10 AND seller IN (SELECT id FROM person WHERE state = 'OR' OR state = 'ID' OR state = 'CA');

-- The bids that count: those made while their auction ran.
CREATE VIEW valid_bid AS
  SELECT a.id, a.category, a.seller, b.bidder, b.price, b.micros, b.date_time, b.extra
  FROM bid b, auction a WHERE a.id = b.auction AND b.date_time >= a.date_time AND b.date_time <= a.expires;

CREATE VIEW q4 AS
  SELECT category, sum(price) / count(*)
  FROM (SELECT id, category, max(price) AS price FROM valid_bid GROUP BY id)
  GROUP BY category;

-- Windows of ten seconds that end at even seconds: a bid lies in the five whose ends follow its second.
CREATE VIEW hops AS
  SELECT b.second / 2 * 2 + e.column1 AS ended, b.auction, count(*) AS bids
  FROM bid b, (VALUES (2), (4), (6), (8), (10)) AS e GROUP BY 1, 2;
CREATE VIEW most AS SELECT ended, max(bids) AS bids FROM hops GROUP BY ended;
CREATE VIEW q5 AS
  SELECT datetime(ended, 'unixepoch'), auction, bids FROM hops WHERE (ended, bids) IN (SELECT ended, bids FROM most);

-- With one maximum and no other aggregate, SQLite takes the other columns of the row that has it.
CREATE VIEW winner AS
  SELECT id, seller, bidder, max(price * 10000000000000000 - micros) AS rank, price, micros, date_time, extra
  FROM valid_bid GROUP BY id;

CREATE TABLE won AS SELECT seller, id, price, row_number() OVER (PARTITION BY seller ORDER BY micros, id) AS place FROM winner;
CREATE VIEW q6 AS
  SELECT w.seller, w.id, sum(o.price) / count(*)
  FROM won w JOIN won o ON o.seller = w.seller AND o.place BETWEEN w.place - 9 AND w.place
  GROUP BY w.seller, w.id;

CREATE VIEW highest AS SELECT second / 10 * 10 AS began, max(price) AS price FROM bid GROUP BY 1;
CREATE VIEW q7 AS
  SELECT b.auction, b.bidder, b.price, b.date_time, b.extra FROM bid b, highest h
  WHERE b.price = h.price AND b.micros BETWEEN began * 1000000 AND (began + 10) * 1000000;

CREATE VIEW q8 AS
  SELECT DISTINCT p.id, p.name, datetime(strftime('%s', p.date_time) / 10 * 10, 'unixepoch')
  FROM person p, auction a
  WHERE a.seller = p.id AND strftime('%s', a.date_time) / 10 = strftime('%s', p.date_time) / 10;

CREATE VIEW q9 AS
  SELECT a.*, a.id, w.bidder, w.price, w.date_time, w.extra FROM auction a JOIN winner w ON w.id = a.id;

CREATE VIEW q10 AS
  SELECT auction, bidder, price, date_time, extra, strftime('%Y-%m-%d', date_time), strftime('%H:%M', date_time) FROM bid;

-- A session begins with a bid that no bid of the ten seconds before it holds; it lasts to the bid before the next one's.
CREATE TABLE session AS
  SELECT bidder, micros, date_time FROM bid b
  WHERE NOT EXISTS (
    SELECT 1 FROM bid o WHERE o.bidder = b.bidder AND o.micros < b.micros AND o.micros > b.micros - 10000000);
CREATE INDEX session_of_bidder ON session (bidder, micros);
CREATE VIEW q11 AS
  SELECT bidder, count(*), min(date_time), max(date_time)
  FROM (SELECT b.*, (SELECT max(micros) FROM session s WHERE s.bidder = b.bidder AND s.micros <= b.micros) AS began FROM bid b)
  GROUP BY bidder, began;

-- Into which windows of the clock the bids fall is not for an oracle to say: how many each bidder made.
CREATE VIEW q12 AS SELECT bidder, count(*) FROM bid GROUP BY bidder;

CREATE VIEW q13 AS SELECT auction, bidder, price, date_time, CAST(auction % 10000 AS TEXT) FROM bid;

CREATE VIEW q14 AS
  SELECT auction, bidder, price * 908,
    CASE CAST(strftime('%H', date_time) AS INTEGER) WHEN 7 THEN 'otherTime' WHEN 19 THEN 'otherTime' ELSE
      iif(strftime('%H', date_time) BETWEEN '08' AND '18', 'dayTime', 'nightTime') END,
    date_time, extra, length(extra) - length(replace(extra, 'c', ''))
  FROM bid WHERE price * 908 > 1000000000 AND price * 908 < 50000000000;

CREATE VIEW ranked_bid AS
  SELECT *, substr(date_time, 1, 10) AS day, CASE WHEN price < 10000 THEN 1 WHEN price < 1000000 THEN 2 ELSE 3 END AS rank FROM bid;
CREATE VIEW q15 AS
  SELECT day, count(*), sum(rank = 1), sum(rank = 2), sum(rank = 3),
    count(DISTINCT bidder), count(DISTINCT iif(rank = 1, bidder, NULL)), count(DISTINCT iif(rank = 2, bidder, NULL)),
    count(DISTINCT iif(rank = 3, bidder, NULL)),
    count(DISTINCT auction), count(DISTINCT iif(rank = 1, auction, NULL)), count(DISTINCT iif(rank = 2, auction, NULL)),
    count(DISTINCT iif(rank = 3, auction, NULL))
  FROM ranked_bid GROUP BY day;

CREATE VIEW q16 AS
  SELECT channel, day, strftime('%H:%M', max(date_time)), count(*), sum(rank = 1), sum(rank = 2), sum(rank = 3),
    count(DISTINCT bidder), count(DISTINCT iif(rank = 1, bidder, NULL)), count(DISTINCT iif(rank = 2, bidder, NULL)),
    count(DISTINCT iif(rank = 3, bidder, NULL)),
    count(DISTINCT auction), count(DISTINCT iif(rank = 1, auction, NULL)), count(DISTINCT iif(rank = 2, auction, NULL)),
    count(DISTINCT iif(rank = 3, auction, NULL))
  FROM ranked_bid GROUP BY channel, day;

CREATE VIEW q17 AS
  SELECT auction, day, count(*), sum(rank = 1), sum(rank = 2), sum(rank = 3), min(price), max(price), sum(price) / count(*),
    sum(price)
  FROM ranked_bid GROUP BY auction, day;

CREATE VIEW q18 AS
  SELECT auction, bidder, price, channel, url, date_time, extra FROM bid b
  WHERE NOT EXISTS (SELECT 1 FROM bid o WHERE o.bidder = b.bidder AND o.auction = b.auction AND o.micros > b.micros);

-- Of equal prices the rows decide, column by column.
CREATE VIEW placed AS
  SELECT *, 1 + (SELECT count(*) FROM bid o WHERE o.auction = b.auction AND o.price > b.price) + (
    SELECT count(*) FROM bid o
    WHERE o.auction = b.auction AND o.price = b.price
      AND (o.bidder, o.channel, o.url, o.date_time, o.extra) < (b.bidder, b.channel, b.url, b.date_time, b.extra)) AS place
  FROM bid b;
CREATE VIEW q19 AS SELECT auction, bidder, price, channel, url, date_time, extra, place FROM placed WHERE place <= 10;

CREATE VIEW q20 AS
  SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra, a.item_name, a.description, a.initial_bid,
    a.reserve, a.date_time, a.expires, a.seller, a.category, a.extra
  FROM (SELECT * FROM auction WHERE category = 10) AS a, bid b WHERE b.auction = a.id;

CREATE VIEW q21 AS
  SELECT auction, bidder, price, channel,
    ifnull(json_extract('{"apple": "0", "google": "1", "facebook": "2", "baidu": "3"}', '$.' || lower(channel)),
      substr(url, instr(url, '&channel_id=') + 12)) AS channel_id
  FROM bid
  WHERE lower(channel) IN ('apple', 'google', 'facebook', 'baidu') OR instr(url, '&channel_id=') > 0;

-- The parts of an address as a list; the first three are https:, nothing and the host.
CREATE VIEW q22 AS
  SELECT auction, bidder, price, channel, json_extract(parts, '$[3]'), json_extract(parts, '$[4]'), json_extract(parts, '$[5]')
  FROM (SELECT *, '["' || replace(url, '/', '","') || '"]' AS parts FROM bid);
