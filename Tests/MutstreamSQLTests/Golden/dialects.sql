CREATE VIEW a AS SELECT a -> 'b' ->> 'c', a #> '{b}' #>> '{c}', a @> b, a <@ b, a ? 'k', a ?| b, a ?& b, a && b, a #- b, a @? b, a @@ b,
  a ~ 'x', a ~* 'x', a !~ 'x', a !~* 'x', a ~~ 'x', a ~~* 'x', a !~~ 'x', a !~~* 'x', a ^@ 'x', a & 1 | 2 # 3 << 4 >> 5,
  ~ a, |/ a, ||/ a, @ a + b, @ a || b, !! a, - @ a, a OPERATOR(pg_catalog.*) b + c, OPERATOR(pg_catalog.-) a;
CREATE VIEW b AS SELECT ARRAY[1, 2], ARRAY[[1, 2], [3, 4]], ARRAY[]::INT[], ARRAY(SELECT 1), a[1], a[1][2], a[1:2], a[:2], a[1:], a[:],
  (a)[1], f(x)[1], (f(x))[1].y, ROW(1, 2), ROW(), (a, b), (a, b) = (1, 2), (a, b) IN ((1, 2), (3, 4)), (r).f, f(x).start, $1, $2.a,
  MAP {'a': 1, 'b': 2}, MAP['a', 1], MAP[], map[1], MAP {}, a[b.c::int:d];
CREATE VIEW c AS SELECT a = ANY (ARRAY[1]), a < ALL (SELECT 1), a <> SOME (b), a LIKE ANY (b), a NOT ILIKE ALL (b), a = ANY (b) = c,
  a BETWEEN SYMMETRIC 2 AND 1, a NOT BETWEEN ASYMMETRIC 1 AND 2, a BETWEEN 1 AND 2 AND b, a BETWEEN b < c AND d, a SIMILAR TO 'x' ESCAPE '!',
  a NOT SIMILAR TO b, at AT TIME ZONE 'UTC' AT TIME ZONE 'CET', - a AT TIME ZONE b || c, a COLLATE "C" < b COLLATE pg_catalog."default",
  (a, b) OVERLAPS (c, d), a IS NULL IS NOT NULL, a IS NULL = b IS NULL, a IN (1) IN (TRUE), NOT a IS DISTINCT FROM b = c, a = NOT b = c;
CREATE VIEW d AS SELECT count(*) FILTER (WHERE a), percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC), first_value(a) IGNORE NULLS OVER w,
  last_value(a RESPECT NULLS) OVER (), f(a => 1, b := 2), g(1, VARIADIC h), pg_catalog.lower(a), GROUPING(a, b), LISTAGG(a, ',') WITHIN GROUP (ORDER BY a),
  OVERLAY(a PLACING b FROM 2 FOR 3), SUBSTRING(a SIMILAR b ESCAPE '#'), SUBSTRING(a FOR 2 FROM 1), SUBSTRING(a FROM 'x.'), FLOOR(at TO DAY), CEIL(a),
  TIMESTAMPDIFF(HOUR, a, b), TIMESTAMPADD(DAY, 1, a), TRY(a / b), CURRENT_TIMESTAMP(3),
  JSON_VALUE(a, '$.b' RETURNING INT DEFAULT 1 ON EMPTY NULL ON ERROR), JSON_QUERY(a, '$' WITH ARRAY WRAPPER EMPTY ARRAY ON EMPTY),
  sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW), sum(a) OVER (ORDER BY b GROUPS 1 PRECEDING EXCLUDE TIES),
  sum(a) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING EXCLUDE GROUP), sum(a) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING EXCLUDE NO OTHERS);
CREATE VIEW e AS SELECT INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 2' DAYS TO HOURS, int '5', DECIMAL(5, 2) '1.5', uuid 'x', jsonb '{}', bytea '\x00',
  TIME(3) WITHOUT TIME ZONE '1', double precision '1', character varying(3) 'abc', pg_catalog.int4 '5', "char" 'a', B'101', X'1F', 1_000, 0xff,
  a::ARRAY<INT>, a::MAP<TEXT, ARRAY<ARRAY<INT>>>, a::STRUCT<x INT, y STRUCT<z TEXT>>, a::ROW(x INT, y TEXT), a::INT ARRAY, a::INT[][3], a::pg_catalog.int4,
  a::interval day to second, a::TIMESTAMP(3) WITH LOCAL TIME ZONE, CAST(a AS bit varying(3)), a::NUMERIC(3)[1];
CREATE VIEW f AS WITH RECURSIVE x (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM x WHERE n < 5), y AS NOT MATERIALIZED (TABLE x)
  SELECT * EXCEPT (a, b), t.* EXCLUDE (c), u.* FROM t, LATERAL (SELECT t.a) u, LATERAL unnest(t.b, t.c) WITH ORDINALITY AS v (x, y, n),
  generate_series(1, 10) g, jsonb_array_elements(t.j) AS e (value), (VALUES (1, 2), (3, 4)) AS w (p, q)
  NATURAL JOIN z NATURAL LEFT JOIN zz LEFT SEMI JOIN s ON t.a = s.a ANTI JOIN r USING (a) ASOF JOIN m ON t.a = m.a AND t.at >= m.at
  ASOF LEFT JOIN mm ON t.at >= mm.at JOIN rates FOR SYSTEM_TIME AS OF t.at AS rr ON t.c = rr.c JOIN h FOR SYSTEM_TIME AS OF PROCTIME() ON TRUE
  JOIN b1 JOIN b2 ON b1.x = b2.x ON b1.y = t.y CROSS JOIN TABLE(HOP(TABLE bid, DESCRIPTOR(at), INTERVAL '2' SECOND, INTERVAL '10' SECOND));
CREATE VIEW g AS SELECT a FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(at), INTERVAL '5' MINUTE) GROUP BY a, (b, c), (), ROLLUP (a, (b, c)), CUBE (a, b),
  GROUPING SETS ((a, b), a, (), ROLLUP (c), GROUPING SETS (a, (b))), ROW(a, b) ORDER BY a OFFSET 2 ROWS FETCH NEXT 3 ROWS WITH TIES;
CREATE VIEW h AS (TABLE t) UNION ALL (SELECT 1 FETCH FIRST ROW ONLY) EXCEPT (VALUES (1)) LIMIT ALL;
CREATE VIEW i AS SELECT * EXCEPT (SELECT 1);
