-- Filter and route: large amounts leave, rows that do not fit their schema leave by another door.
CREATE SOURCE events (name TEXT, amount DECIMAL(10,2), at TIMESTAMP) WITH (connector = 'file', path = 'events.jsonl');

CREATE SINK large AS SELECT name, amount FROM events WHERE amount > 100 WITH (connector = 'stdout');
CREATE SINK refused AS SELECT reason FROM events.dead_letter WITH (connector = 'stdout');
