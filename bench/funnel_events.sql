-- Stage events of :deals deals for bench/funnel, the same on every machine:
-- positions 1 to 5 open, 6 won, 7 lost; about 6.2 events a deal in time order,
-- with skips, steps back, repeats and ties. Each random number is a hash of
-- what it is for, so neither plan nor order matters.
CREATE FUNCTION bench.uniform(deal bigint, k int, use int) RETURNS float8
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  BEGIN ATOMIC
    SELECT (hashint8extended(deal * 32 + k, use) & 4503599627370495)
      / 4503599627370496.0;
  END;

CREATE UNLOGGED TABLE ev (entity_id bigint NOT NULL, stage smallint NOT NULL,
  at timestamptz NOT NULL) WITH (autovacuum_enabled = off);

INSERT INTO ev
SELECT d, CASE
    WHEN k < n THEN least(greatest(ceil(5.0 * k / n + 2.2 * (bench.uniform(d, k, 3) - 0.5)), 1), 5)
    WHEN bench.uniform(d, 0, 4) < 0.35 THEN 6
    WHEN bench.uniform(d, 0, 4) < 0.80 THEN 7
    ELSE 5 END,
  timestamptz '2022-01-01 00:00:00+00'
    + interval '1 second' * floor(bench.uniform(d, 0, 2) * 730 * 86400)
    + interval '1 second' * floor(bench.uniform(d, 0, 5) * 12 * 86400)
      * (k - CASE WHEN bench.uniform(d, k, 6) < 0.02 THEN 1 ELSE 0 END)
FROM (SELECT d, 1 + floor(bench.uniform(d, 0, 1) * 11.4)::int AS n
      FROM generate_series(1, :deals) AS d) AS deals,
  LATERAL generate_series(1, n) AS k
ORDER BY 3, 1, 2;
