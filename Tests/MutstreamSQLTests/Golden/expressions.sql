CREATE VIEW a AS SELECT
  a OR b AND NOT c = d, a + b * c ^ d - e, -a ^ 2, a || b || c, x::TEXT::VARCHAR(3), -1::INT, - - 1, +a,
  a BETWEEN 1 AND 2 AND b NOT BETWEEN 3 + 1 AND 4, a LIKE 'x%' ESCAPE '!', a NOT ILIKE b || 'y', a <> b, a != b, a % 2 >= 1,
  a IS NULL, a IS NOT NULL, a ISNULL, a NOTNULL, a IS NOT TRUE, a IS FALSE, a IS UNKNOWN, a IS NOT DISTINCT FROM b + 1,
  CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END, CASE x WHEN 1 THEN 'one' END AS word,
  CAST(a AS DECIMAL(12, 2)), TRY_CAST(a AS INT), EXTRACT(HOUR FROM at), EXTRACT('epoch' FROM at),
  POSITION('a' IN b), SUBSTRING(x FROM 2 FOR 3), SUBSTRING(x FOR 3), substring(x, 1), TRIM(x), TRIM(LEADING 'a' FROM x),
  TRIM(TRAILING FROM x), TRIM(BOTH 'a' FROM x), left(x, 2), count(*), count(DISTINCT a), array_agg(a, b ORDER BY c DESC),
  sum(a) FILTER (WHERE b > 1) OVER w, INTERVAL '5' SECOND, INTERVAL 2 MINUTES, INTERVAL '1 day 2 hours', DATE '2020-01-01',
  TIMESTAMP '2020-01-01 00:00:00', TIMESTAMP WITH TIME ZONE '2020-01-01 00:00:00Z', current_timestamp, NULL, TRUE, FALSE,
  1, 1.5, .5, 1e3, 1.5E-3, 'it''s', E'a\nb\u00e9', $$it's$$, $q$a$$b$q$, "Quoted", `ticked`, t.order, (t).a, t."B", f(), 'a'
  'b';
