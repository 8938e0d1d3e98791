-- Late rows, refused rows and failed rows are streams like others.
CREATE SOURCE orders (id TEXT, amount BIGINT, parts BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH (connector = 'http');
CREATE VIEW shares AS SELECT id, amount / parts AS share FROM orders;
CREATE SINK shares_out AS SELECT * FROM shares WITH (connector = 'stdout');
CREATE SINK late_out AS SELECT id, at FROM orders.late WITH (connector = 'stdout');
CREATE SINK refused AS SELECT reason FROM orders.dead_letter WITH (connector = 'stdout');
CREATE SINK failed AS SELECT reason FROM shares.dead_letter WITH (connector = 'stdout');
