-- Rows for bench/model, the same on every machine: deals (:rows of them) to
-- learn from and score, held (a fifth as many) to judge by. Each number is a
-- hash of what it is for, so neither plan nor order matters; cells are single
-- precision, so that XGBoost sees the same ones, and one in twenty is missing.
-- c1 to c14 are bell-shaped, c15 to c20 counts of 5 to 45.
CREATE FUNCTION bench.cell(i bigint, k int) RETURNS float8
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT CASE WHEN (h & 1023) < 51 THEN NULL
                      WHEN k <= 14 THEN (0.55 * ln(u / (1 - u)))::real
                      ELSE floor(u * (5 + (k - 15) * 8)) END
    FROM (SELECT h, (((h >> 11) & 4503599627370495) + 0.5) / 4503599627370496.0::float8 AS u
      FROM (SELECT hashint8extended(i, k) AS h) AS a) AS b);

-- the chance of a win: lines, thresholds, a wave, products and single counts
CREATE FUNCTION bench.chance(c1 float8, c2 float8, c3 float8, c4 float8, c5 float8, c6 float8, c7 float8,
  c8 float8, c9 float8, c10 float8, c15 float8, c16 float8, c18 float8) RETURNS float8
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN 1 / (1 + exp(0.6 - 0.8 * coalesce(c1, 0) + 0.6 * coalesce(c2, 0) - 0.7 * coalesce(c3 * c4, 0)
    - CASE WHEN c5 > 0.5 THEN 0.8 ELSE 0 END - 0.3 * sin(3 * coalesce(c6, 0)) - 0.25 * coalesce(c7, 0)
    - CASE WHEN c8 > 0 THEN 0.4 * coalesce(c9, 0) ELSE 0 END - 0.1 * coalesce(c10, 0)
    - CASE WHEN c15 = 2 THEN 0.9 ELSE 0 END - CASE WHEN c16::int % 3 = 1 THEN 0.5 ELSE 0 END
    + CASE WHEN c18::int % 4 = 0 THEN 0.5 ELSE 0 END));

CREATE UNLOGGED TABLE deals (won boolean) WITH (autovacuum_enabled = off);
SELECT format('ALTER TABLE deals ADD c%s float8', k) FROM generate_series(1, 20) AS k \gexec
CREATE UNLOGGED TABLE held (LIKE deals) WITH (autovacuum_enabled = off);
SELECT format($$INSERT INTO %s SELECT
    (hashint8extended(i, 99) & 4503599627370495) / 4503599627370496.0::float8
      < bench.chance(c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c15, c16, c18), c.*
  FROM generate_series(%s::bigint, %s) AS i, LATERAL (SELECT %s OFFSET 0) AS c$$, t, first, last,
  (SELECT string_agg(format('bench.cell(i, %s) AS c%s', k, k), ', ' ORDER BY k) FROM generate_series(1, 20) AS k))
  FROM (VALUES ('deals', 1, :rows), ('held', :rows + 1, :rows + :rows / 5)) AS v(t, first, last) \gexec
VACUUM (FREEZE, ANALYZE) deals;
VACUUM (FREEZE, ANALYZE) held;
