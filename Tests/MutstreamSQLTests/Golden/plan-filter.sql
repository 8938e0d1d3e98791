-- The filter goes below the projection into the view's input; unread columns are not decoded.
CREATE SOURCE orders (id TEXT, buyer TEXT, amount DOUBLE, note TEXT, at TIMESTAMP) WITH (connector = 'http');
CREATE VIEW priced AS SELECT id, amount * 2 AS doubled, note FROM orders;
CREATE SINK large AS SELECT id, doubled FROM priced WHERE doubled > 10 AND id <> 'x' WITH (connector = 'stdout');
