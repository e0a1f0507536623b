-- estimate_amount: against plain SQL, and how often its limits hold.
SELECT * FROM no_plan();
SET search_path = public, crmprob;
SELECT setseed(0.25);

-- normal numbers by Box and Muller
CREATE FUNCTION normal() RETURNS float8 LANGUAGE sql VOLATILE AS 'SELECT sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';
CREATE TABLE sellers AS SELECT g AS seller, exp(0.3 * normal()) AS factor FROM generate_series(1, 40) g;
CREATE TABLE segments AS SELECT g AS segment, 8 + 0.8 * normal() AS level FROM generate_series(1, 12) g;
CREATE TABLE deals AS
  SELECT id, seller::text, segment::text, size, amount, (amount / factor / exp(0.25 * normal()))::numeric AS own_estimate, id % 4 = 0 AS past
    FROM (SELECT g AS id, s.*, m.segment, z.size, exp(m.level + 0.5 * normal() + z.size)::numeric AS amount
            FROM generate_series(1, 12000) g
            JOIN sellers s ON s.seller = 1 + (hashint4(g) & 1023) % 40
            JOIN segments m ON m.segment = 1 + (hashint4(g + 1) & 1023) % 12,
            LATERAL (SELECT (hashint4(g + 2) & 255) / 256.0 AS size) z) d;
CREATE TABLE estimates AS
  SELECT * FROM estimate_amount('SELECT seller, segment, size, amount, own_estimate FROM deals WHERE past',
                                'SELECT id, seller, segment, size, own_estimate FROM deals WHERE NOT past', k => 40);
SELECT is((SELECT count(*) FROM estimates), 27000::bigint, 'three methods a deal');
CREATE TABLE judged AS
  SELECT method, avg((d.amount BETWEEN e.low AND e.high)::int) AS coverage, exp(avg(abs(ln(e.estimate / d.amount)))) AS error
    FROM estimates e JOIN deals d ON d.id::text = e.id GROUP BY method;
SELECT diag(format('%-10s 80 %% limits hold %s, typical factor off %s', method, round(coverage, 3), round(error, 3))) FROM judged ORDER BY method;
SELECT ok(abs(coverage - 0.8) < 0.03, 'the 80 % limits of ' || method || ' hold within 3 points') FROM judged;
SELECT ok((SELECT error FROM judged WHERE method = 'experience') < (SELECT error FROM judged WHERE method = 'market'),
          'the seller''s figure, corrected, knows more than the segment here');

-- bias of each seller: the planted factor
SELECT ok(max(abs(ln(b.shrunk_bias / s.factor))) < 0.2, 'each seller''s factor is found')
  FROM estimate_bias('SELECT * FROM deals') b JOIN sellers s ON s.seller::text = b.seller;
SELECT is_empty($$
  SELECT b.seller FROM estimate_bias('SELECT * FROM deals') b
    JOIN (SELECT seller, count(*) AS n, exp(avg(ln(amount / own_estimate))) AS bias, stddev_samp(ln(amount / own_estimate)) AS error FROM deals GROUP BY 1) p USING (seller)
   WHERE b.n <> p.n OR abs(b.bias / p.bias::float8 - 1) > 1e-9 OR abs(b.error - p.error::float8) > 1e-9$$, 'bias and error are what plain SQL says');

-- the market estimate by the formulas of the one-way layout, in plain SQL
CREATE TABLE layout AS
  SELECT segment, count(*)::float8 AS n, avg(ln(amount)::float8) AS mean, var_pop(ln(amount)::float8) * count(*) AS squares FROM deals WHERE past GROUP BY 1;
CREATE TABLE moments AS
  SELECT within, greatest(0, (outside / (j - 1) - within) / ((total - n2 / total) / (j - 1))) AS between
    FROM (SELECT sum(n) AS total, sum(n * n) AS n2, count(*)::float8 AS j, sum(squares) / (sum(n) - count(*)) AS within,
                 sum(n * (mean - (SELECT sum(n * mean) / sum(n) FROM layout)) ^ 2) AS outside FROM layout) m;
CREATE TABLE common AS
  SELECT sum(mean / (between + within / n)) / sum(1 / (between + within / n)) AS mean, 1 / sum(1 / (between + within / n)) AS variance FROM layout, moments;
SELECT is_empty($$
  SELECT * FROM (
    SELECT l.segment, l.n, c.mean + share * (l.mean - c.mean) AS mean,
           sqrt(within + (1 - share) * between + (1 - share) ^ 2 * c.variance) AS sd
      FROM layout l, moments m, common c, LATERAL (SELECT between / (between + within / l.n) AS share) s) p
    JOIN deals d ON d.segment = p.segment AND NOT past JOIN estimates e ON e.id = d.id::text AND e.method = 'market'
   WHERE e.n <> p.n OR abs(e.estimate - round(exp(mean)::numeric, 2)) > 0.01
      OR abs(e.low - round(exp(mean - 1.2815515655446004 * sd)::numeric, 2)) > 0.01 OR abs(e.high - round(exp(mean + 1.2815515655446004 * sd)::numeric, 2)) > 0.011$$,
  'the market estimate is what the formulas say');

-- nearest neighbours by plain SQL: one number and one category
SELECT is_empty($$
  WITH past AS (SELECT size, segment AS kind, amount FROM deals WHERE past ORDER BY id LIMIT 500),
       e AS (SELECT * FROM estimate_amount('SELECT size, segment AS kind, amount FROM deals WHERE past ORDER BY id LIMIT 500',
                                           'SELECT id, size, segment AS kind FROM deals WHERE NOT past ORDER BY id LIMIT 40', k => 1) WHERE method = 'similar')
  SELECT e.id FROM e JOIN deals d ON d.id::text = e.id
   WHERE e.n = 1 AND NOT EXISTS (SELECT FROM past p WHERE p.kind = d.segment AND abs(p.size - d.size) =
                       (SELECT min(abs(q.size - d.size)) FROM past q WHERE q.kind = d.segment)
                     AND abs(p.amount - e.estimate) < 0.011)$$, 'the nearest is of the same kind and the nearest in size');

-- the order of rows has no effect
SELECT set_eq($$SELECT * FROM estimate_amount('SELECT seller, segment, size, amount, own_estimate FROM deals WHERE past ORDER BY hashint4(id)',
                                'SELECT id, seller, segment, size, own_estimate FROM deals WHERE NOT past ORDER BY id DESC', k => 40)$$, 'SELECT * FROM estimates', 'any order of rows');

-- rights and limits
CREATE ROLE crmprob_estimate_reader;
GRANT USAGE ON SCHEMA crmprob TO crmprob_estimate_reader;
SET ROLE crmprob_estimate_reader;
SELECT throws_ok($$SELECT * FROM crmprob.estimate_amount('SELECT amount FROM public.deals', 'SELECT 1 AS id')$$, '42501', NULL, 'the caller''s rights count');
RESET ROLE;
SELECT throws_ok($$SELECT estimate_amount('SELECT amount FROM deals', 'SELECT id FROM deals', k => 0)$$, '22023', NULL, 'k below 1');
SELECT throws_ok($$SELECT estimate_amount('SELECT amount FROM deals', 'SELECT id FROM deals', level => 0)$$, '22023', NULL, 'level');
SELECT throws_ok($$SELECT estimate_amount('SELECT id FROM deals', 'SELECT id FROM deals')$$, '42703', NULL, 'no amount');
SELECT throws_ok($$SELECT estimate_amount('SELECT ''NaN''::numeric AS amount', 'SELECT 1 AS id')$$, '22023', NULL, 'NaN');
-- what the past cases take, as the last deal's id
CREATE FUNCTION past_memory() RETURNS bigint LANGUAGE sql VOLATILE AS
  $$SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts WHERE name = 'crmprob past cases'$$;
SELECT ok(max(CASE WHEN id LIKE 'bytes %' THEN substr(id, 7)::bigint END) < 1000000, 'labels that only deals have take no memory')
  FROM estimate_amount('SELECT 1 AS amount, ''a'' AS region', $$SELECT g::text AS id, repeat('x', 500) || g AS region FROM generate_series(1, 10000) g
    UNION ALL SELECT 'bytes ' || past_memory(), 'b'$$);
SET maintenance_work_mem = '1MB';
SELECT throws_ok($$SELECT estimate_amount('SELECT amount, repeat(''x'', 10000) || id AS label FROM deals LIMIT 500', 'SELECT 1 AS id, ''y'' AS label')$$,
  '53200', NULL, 'the memory of long labels too');
SELECT throws_ok($$SELECT estimate_amount('SELECT amount, size FROM deals, generate_series(1, 10)', 'SELECT 1 AS id, 1 AS size')$$, '53200', NULL, 'memory is bounded');

SELECT * FROM finish();
