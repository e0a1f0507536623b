-- What analysts rely on: quantiles against an independent transform, the
-- coverage of simulated pipelines, sums of probabilities, plans, limits.
BEGIN;
SET LOCAL search_path = public, crmprob;
SELECT plan(18);

-- 1,000 deals; values from numpy: the characteristic function of the sum,
-- inverted by its FFT, 48,955 cells
CREATE TEMPORARY TABLE lattice AS
SELECT revenue_forecast(((7919 * i) % 1000 + 0.5) / 1000.0, 1 + (i * 37) % 97) AS f
  FROM generate_series(1, 1000) i;
SELECT is(expected_value(f), 24621.5650, 'the mean is exact') FROM lattice;
SELECT is(quantiles(f, '{0.001,0.05,0.1,0.5,0.9,0.95,0.999}'),
          '{22376.0000,23425.0000,23690.0000,24622.0000,25554.0000,25818.0000,26867.0000}'::numeric[],
          'quantiles on the lattice equal those of an independent FFT')
  FROM lattice;
SELECT ok(bool_and(abs(1 - probability_at_least(f, t + 1) - below) < 1e-12),
          'probabilities equal those of an independent FFT to 1e-12')
  FROM lattice, (VALUES (23000, 0.0128829969223283), (23500, 0.0615779088336499),
                        (24000, 0.196560620249002), (24500, 0.433891848973383),
                        (25000, 0.698816568220203), (25500, 0.886596392739817)) v (t, below);
SELECT ok((SELECT exact FROM resolution(f)), 'and this is exact') FROM lattice;

-- published tails of 1,000 deals, R package PoissonBinomial
CREATE TEMPORARY TABLE thousand AS
SELECT revenue_forecast(((7919 * i) % 1000 + 0.5) / 1000.0, 1) AS f
  FROM generate_series(1, 1000) i;
SELECT ok(bool_and(abs(p / below - 1) < 1e-9), 'number of wins: published tails, relative to 1e-9')
  FROM thousand, (VALUES (400, 5.32558070839e-15), (430, 3.48695697113e-8), (450, 6.21553527244e-5),
                         (480, 0.0654214131999), (500, 0.515448646954258), (520, 0.943888699875)) v (k, below),
       LATERAL (SELECT sum(probability) AS p FROM wins(f) WHERE n <= k) w;
SELECT is(quantiles(f, '{0.05,0.1,0.5,0.9,0.95}'),
          '{479.0000,483.0000,500.0000,517.0000,521.0000}'::numeric[], 'published quantiles')
  FROM thousand;

-- beyond 2^20 cells: the same deals on a grid against numpy's exact answer
CREATE TEMPORARY TABLE grid AS
SELECT revenue_forecast(((7919 * i) % 1000 + 0.5) / 1000.0, 1000 + (i * 7919) % 1001) AS f
  FROM generate_series(1, 1000) i;
SELECT ok(NOT exact AND cells <= 1048576 AND error < 20, 'off the lattice the error is told')
  FROM grid, resolution(f);
SELECT ok(bool_and(abs(q - want) <= 20), 'quantiles are within it')
  FROM grid, (VALUES (0.001, 689066), (0.05, 717548), (0.1, 724712), (0.5, 749991), (0.9, 775272),
                     (0.95, 782437), (0.999, 810927)) v (p, want),
       LATERAL (SELECT quantile(f, p) AS q) s;

-- few deals on a coarse grid: a cell goes beyond all that they can bring
CREATE TEMPORARY TABLE coarse AS
SELECT revenue_forecast(0.5, amount) AS f FROM unnest('{0.0001,922337203685477.5807,1}'::numeric[]) amount;
SELECT ok(max(amount) = 922337203685478.5808 AND count(*) = count(DISTINCT amount) AND
          bool_and(abs(probability_at_least(f, 922337203685478.5809)) = 0),
          'nothing is above the sum of all amounts, and no amount comes twice')
  FROM coarse, distribution(f, 1000);

-- properties, on all of them, with and without a common factor
CREATE TEMPORARY TABLE any_forecast AS
SELECT f, r FROM (SELECT f FROM lattice UNION ALL SELECT f FROM thousand UNION ALL SELECT f FROM grid UNION ALL
                  SELECT f FROM coarse) s,
                 unnest('{0,0.05,0.5}'::float8[]) r;
SELECT ok(bool_and(abs(total - 1) < 1e-12), 'probabilities sum to 1')
  FROM any_forecast, LATERAL (SELECT sum(probability) AS total FROM distribution(f, 1000, r)) s;
SELECT ok(bool_and(q = sorted), 'quantiles are monotone')
  FROM any_forecast,
       LATERAL (SELECT quantiles(f, array_agg(p / 200.0::float8 ORDER BY p), r) AS q FROM generate_series(0, 200) p) s,
       LATERAL (SELECT array_agg(x ORDER BY x) AS sorted FROM unnest(q) x) t;
SELECT ok(bool_and(probability_at_least(f, q, r) >= 1 - p - 1e-12 AND
                   1 - probability_at_least(f, q + 0.0001, r) >= p - 1e-12),
          'a quantile is where the distribution reaches its probability')
  FROM any_forecast, unnest('{0.01,0.1,0.5,0.77,0.99}'::float8[]) p,
       LATERAL (SELECT quantile(f, p, r) AS q) s;
SELECT ok(bool_and(wide > narrow), 'a common factor widens')
  FROM (SELECT stddev(f, 0.05) AS wide, stddev(f) AS narrow FROM lattice UNION ALL
        SELECT quantile(f, 0.9, 0.05) - quantile(f, 0.1, 0.05), quantile(f, 0.9) - quantile(f, 0.1) FROM lattice) s;
SELECT ok(abs(sum(probability * amount) / 24621.565 - 1) < 1e-9, 'and keeps the mean')
  FROM lattice, distribution(f, 100000, 0.3);

-- 2,000 simulated pipelines of 40 deals: P10 to P90 covers 80 %
DO $$ BEGIN PERFORM setseed(0.2026); END $$;
CREATE TEMPORARY TABLE drawn AS
SELECT pipeline, 0.02 + 0.96 * random() AS p, round((1000 + 60000 * random() ^ 2)::numeric, -2) AS amount, random() AS luck
  FROM generate_series(1, 2000) pipeline, generate_series(1, 40) k;
SELECT ok(abs(avg((came BETWEEN low AND high)::int) - 0.8) <= 0.03,
          'coverage of P10 to P90: ' || round(100 * avg((came BETWEEN low AND high)::int), 1) || ' %')
  FROM (SELECT sum(amount) FILTER (WHERE luck < p) AS came,
               quantiles(revenue_forecast(p, amount), '{0.1,0.9}') AS q
          FROM drawn GROUP BY pipeline) s, LATERAL (SELECT q[1] AS low, q[2] AS high) t;

-- a parallel plan gives the bytes of a serial one
CREATE TABLE parallel_deal AS
SELECT i, (hashint4(i) & 255) / 255.0::float8 AS p, (hashint8(i) & 1023) * 12.5 AS a FROM generate_series(1, 50000) i;
ALTER TABLE parallel_deal SET (parallel_workers = 2);
CREATE TEMPORARY TABLE serial AS
SELECT revenue_forecast_send(revenue_forecast(p, a)) AS bytes FROM parallel_deal;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT ok(bool_or(line LIKE '%Gather%'), 'the plan is parallel')
  FROM pg_temp.explained('SELECT revenue_forecast(p, a) FROM public.parallel_deal') line;
SELECT is((SELECT revenue_forecast_send(revenue_forecast(p, a)) FROM parallel_deal), bytes,
          'parallel equals serial') FROM serial;

-- a million deals
SELECT ok(abs(quantile(f, 0.5) / expected_value(f) - 1) < 0.01 AND deals(f) = 1000000, 'a million deals')
  FROM (SELECT revenue_forecast((hashint4(i) & 1023) / 1023.0, 1 + (hashint8(i) & 65535)) AS f
          FROM generate_series(1, 1000000) i) s;

SELECT * FROM finish();
ROLLBACK;
