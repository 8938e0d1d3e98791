-- A model that learns a line from what flows back: y = 3x + 1, asked before each lesson.
CREATE SOURCE points (x DOUBLE, y DOUBLE) WITH (connector = 'file', path = 'points.csv', format = 'csv');

CREATE MODEL line INPUT (x DOUBLE) OUTPUT (y DOUBLE);

CREATE VIEW asked AS SELECT x, y, PREDICT(line, x) AS guess FROM points;

INSERT INTO MODEL line SELECT x, y FROM points;

CREATE SINK far_off AS SELECT x, abs(y - guess) > 1 AS is_far FROM asked WHERE x > 5 WITH (connector = 'stdout');
