-- One hour, every second.
CREATE SOURCE bid (auction BIGINT, bidder BIGINT, price BIGINT, date_time TIMESTAMP, WATERMARK FOR date_time AS date_time)
  WITH (connector = 'nexmark', type = 'bid', events = ${events:-5000000});

CREATE SINK result AS
  SELECT bidder % 100 AS part, window_start, window_end, ${aggregates:-COUNT(*) AS n, SUM(price) AS total, MAX(price) AS most}
  FROM HOP(bid, date_time, INTERVAL '1' SECOND, INTERVAL '1' HOUR)
  GROUP BY bidder % 100, window_start, window_end
  EMIT ON WINDOW CLOSE
  WITH (connector = 'blackhole');
