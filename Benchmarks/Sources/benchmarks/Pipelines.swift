/// The SQL that is measured.
enum Pipelines {
    private static func bids(_ folder: String) -> String {
        """
        CREATE SOURCE bid (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT)
          WITH (connector = 'file', path = '\(folder)/bids.jsonl', format = 'json');

        """
    }

    static func generate(_ folder: String, events: Int) -> String {
        """
        CREATE SOURCE bid (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT)
          WITH (connector = 'nexmark', events = \(events));
        CREATE SINK file AS SELECT * FROM bid WITH (connector = 'file', path = '\(folder)/bids.jsonl', format = 'json');
        """
    }

    static func q0(_ folder: String) -> String {
        bids(folder) + """
            CREATE SINK q0 AS SELECT auction, bidder, price, channel, url, date_time, extra FROM bid
              WITH (connector = 'blackhole');
            """
    }

    static func q0ToFile(_ folder: String) -> String {
        bids(folder) + """
            CREATE SINK q0 AS SELECT auction, bidder, price, channel, url, date_time, extra FROM bid
              WITH (connector = 'file', path = '\(folder)/out.jsonl', format = 'json');
            """
    }

    static func q1(_ folder: String) -> String {
        bids(folder) + """
            CREATE SINK q1 AS SELECT auction, bidder, 0.908 * price AS price, channel, url, date_time, extra FROM bid
              WITH (connector = 'blackhole');
            """
    }

    static func q2(_ folder: String) -> String {
        bids(folder) + """
            CREATE SINK q2 AS SELECT auction, price FROM bid WHERE auction % 123 = 0 WITH (connector = 'blackhole');
            """
    }

    /// Payments with the features of the demo, scored and learnt from at once, every decision to a file.
    static func fraud(_ folder: String) -> String {
        """
        CREATE SOURCE payments (
          id TEXT, card TEXT SENSITIVE, merchant TEXT, amount DECIMAL(12,2), at TIMESTAMP,
          home_lat DOUBLE, home_long DOUBLE, merch_lat DOUBLE, merch_long DOUBLE,
          WATERMARK FOR at AS at - INTERVAL '5' SECOND
        ) WITH (connector = 'file', path = '\(folder)/payments.csv', format = 'csv');
        CREATE SOURCE labels (payment_id TEXT, is_fraud BOOLEAN, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
          WITH (connector = 'file', path = '\(folder)/labels.csv', format = 'csv');
        CREATE TABLE merchants (merchant TEXT PRIMARY KEY, category TEXT)
          WITH (connector = 'file', path = '\(folder)/merchants.csv', format = 'csv');
        CREATE VIEW enriched AS
          SELECT p.*, m.category, COUNT(*) OVER hour AS card_count_1h, COUNT(*) OVER day AS card_count_24h,
            AVG(amount) OVER day AS card_avg_24h, AVG(amount) OVER week AS card_avg_7d
          FROM payments p LEFT JOIN merchants m ON p.merchant = m.merchant
          WINDOW hour AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
            day AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '24' HOUR PRECEDING AND CURRENT ROW),
            week AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW)
          EMIT ON ARRIVAL;
        CREATE VIEW features AS
          SELECT id, at, category, card_count_1h, card_count_24h, amount::DOUBLE AS amount,
            ln(1 + amount::DOUBLE) AS log_amount,
            amount::DOUBLE / (card_avg_24h::DOUBLE + 1) AS ratio_24h, amount::DOUBLE / (card_avg_7d::DOUBLE + 1) AS ratio_7d,
            2 * 6371 * asin(sqrt(least(1.0, power(sin(radians(merch_lat - home_lat) / 2), 2)
              + cos(radians(home_lat)) * cos(radians(merch_lat)) * power(sin(radians(merch_long - home_long) / 2), 2)))) AS distance,
            CASE WHEN extract(hour FROM at) < 5 OR extract(hour FROM at) >= 22 THEN 1 ELSE 0 END AS night
          FROM enriched;
        CREATE MODEL fraud
          INPUT (amount DOUBLE, log_amount DOUBLE, category TEXT, card_count_1h BIGINT, card_count_24h BIGINT,
            ratio_24h DOUBLE, ratio_7d DOUBLE, distance DOUBLE, night INT)
          OUTPUT (is_fraud BOOLEAN);
        CREATE VIEW scored AS
          SELECT *, PREDICT(fraud, amount, log_amount, category, card_count_1h, card_count_24h, ratio_24h, ratio_7d, distance,
            night) AS score
          FROM features;
        CREATE SINK decisions AS
          SELECT id, score, CASE WHEN score > 0.9 THEN 'block' WHEN score > 0.6 THEN 'review' ELSE 'approve' END AS decision
          FROM scored WITH (connector = 'file', path = '\(folder)/decisions.jsonl', format = 'json');
        INSERT INTO MODEL fraud
          SELECT s.amount, s.log_amount, s.category, s.card_count_1h, s.card_count_24h, s.ratio_24h, s.ratio_7d, s.distance,
            s.night, l.is_fraud
          FROM labels l JOIN scored s ON s.id = l.payment_id AND l.at BETWEEN s.at AND s.at + INTERVAL '1' MINUTE;
        """
    }
}
