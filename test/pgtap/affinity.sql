-- affinity: what a user relies on.
SELECT * FROM no_plan();
SET search_path = public, crmprob;

CREATE TABLE bought AS
  SELECT g % 3000 AS customer, 'product ' || ((hashint8(g) & 255) * (hashint8(g + 7) & 255)) / 256 AS product
    FROM generate_series(1::bigint, 40000) g;
CREATE TABLE whole AS SELECT affinity(customer, product) AS a FROM bought;

-- plain SQL counts the same
CREATE TABLE once AS SELECT DISTINCT customer, product FROM bought;
CREATE TABLE counted AS
  SELECT x.product AS product_a, y.product AS product_b, count(*) AS n FROM once x JOIN once y USING (customer)
   WHERE x.product <> y.product GROUP BY 1, 2;
SELECT set_eq('SELECT product_a, product_b, p.n FROM whole, pairs(a) p', 'SELECT * FROM counted', 'pairs, both ways');
SELECT set_eq('SELECT product, p.n FROM whole, products(a) p', 'SELECT product, count(*) FROM once GROUP BY 1', 'products');
SELECT is((SELECT baskets(a) FROM whole), 3000::bigint, 'baskets');
SELECT is_empty($$
  SELECT p.* FROM whole, pairs(a) p JOIN (SELECT product AS product_a, count(*)::float8 AS na FROM once GROUP BY 1) x USING (product_a)
    JOIN (SELECT product AS product_b, count(*)::float8 AS nb FROM once GROUP BY 1) y USING (product_b)
   WHERE abs(support - p.n / 3000.0) > 1e-12 OR abs(confidence - p.n / na) > 1e-12 OR abs(lift - p.n * 3000 / (na * nb)) > 1e-9$$,
  'support, confidence and lift');

-- order of rows, kinds of customers, memory and files: the same bytes
SELECT is((SELECT affinity_send(affinity(customer, product)) FROM (SELECT * FROM bought ORDER BY hashtext(product), customer DESC) b),
          (SELECT affinity_send(a) FROM whole), 'rows in any order');
SELECT is((SELECT affinity_send(affinity('customer number ' || customer, product)) FROM bought), (SELECT affinity_send(a) FROM whole), 'customers as long texts');
SELECT is((SELECT affinity_send(affinity(md5(customer::text)::uuid, product)) FROM bought), (SELECT affinity_send(a) FROM whole), 'customers as uuid');
SELECT is((SELECT affinity_send(rollup(x)) FROM (SELECT affinity(customer, product) AS x FROM bought GROUP BY customer % 7) p),
          (SELECT affinity_send(a) FROM whole), 'rollup of parts of customers');
SELECT is((SELECT affinity_send(rollup(x ORDER BY part DESC)) FROM (SELECT customer % 5 AS part, affinity(customer, product) AS x FROM bought GROUP BY 1) p),
          (SELECT affinity_send(a) FROM whole), 'in any order');
CREATE TABLE parts AS SELECT affinity(customer, product) AS x FROM bought GROUP BY customer % 50;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT is((SELECT affinity_send(rollup(x)) FROM parts), (SELECT affinity_send(a) FROM whole), 'in parallel');
RESET max_parallel_workers_per_gather;
-- 1.2 million rows in 4 MB: the records and the baskets go to files
CREATE TABLE many AS SELECT g % 200000 AS customer, 'p' || (hashint8(g) & 511) AS product FROM generate_series(1::bigint, 1200000) g;
SET work_mem = '64kB';
CREATE TABLE small_memory AS SELECT affinity(customer, product) AS a FROM many;
SET work_mem = '512MB';
SELECT is((SELECT affinity_send(affinity(customer, product)) FROM many), (SELECT affinity_send(a) FROM small_memory), 'with temporary files as without');
RESET work_mem;
-- 9,000 products: the triangle of 40 million counters does not fit in one block
CREATE TABLE wide AS SELECT g % 5000 AS customer, 'w' || (hashint8(g) & 8191) + (g & 1023) AS product FROM generate_series(1::bigint, 50000) g;
SELECT is((SELECT sum(n) FROM (SELECT affinity(customer, product) AS a FROM wide) x, pairs(a)),
          (SELECT sum(n * (n - 1)) FROM (SELECT count(DISTINCT product) AS n FROM wide GROUP BY customer) c), 'counted in blocks');

-- a minimum support leaves out, and nothing else
SELECT set_eq('SELECT p.* FROM (SELECT affinity(customer, product, 30) AS a FROM bought) x, pairs(a) p', 'SELECT p.* FROM whole, pairs(a, 30) p', 'min_support 30');
SELECT throws_ok($$SELECT rollup(x) FROM (SELECT affinity(customer, product, 2) AS x FROM bought) p$$, '22023', NULL, 'and cannot be added up');

-- recommendations
CREATE TABLE customers AS SELECT customer, array_agg(DISTINCT product) AS owned, customer % 3 = 0 AS consent FROM bought GROUP BY customer;
UPDATE customers SET consent = NULL WHERE customer % 3 = 1;
CREATE TABLE offered AS SELECT customer, consent, owned, r.* FROM customers, recommend((SELECT a FROM whole), owned, 3, consent) r;
SELECT isnt_empty('SELECT * FROM offered', 'there are offers');
SELECT is_empty('SELECT * FROM offered WHERE consent IS NOT TRUE', 'no row for a customer without consent');
SELECT is_empty('SELECT * FROM offered WHERE product = ANY (owned)', 'nothing that is owned');
SELECT is_empty('SELECT * FROM offered WHERE NOT because = ANY (owned)', 'because of something that is owned');
SELECT is_empty('SELECT customer FROM offered GROUP BY customer HAVING count(*) > 3 OR count(DISTINCT product) < count(*) OR max(rank) <> count(*)', 'at most k, each once');
SELECT is_empty('SELECT * FROM offered WHERE lift < 1', 'not what goes together less than by chance');
-- the same by plain SQL: for each product the best rule, by the lower Wilson limit
SELECT is_empty($$
  WITH rules AS (
    SELECT c.customer, p.product_b, max(crmprob.low(make_proportion(p.n, x.n))) AS low
      FROM (SELECT * FROM customers WHERE consent AND customer < 60) c, unnest(owned) o
      JOIN (SELECT p.* FROM whole, pairs(a) p) p ON p.product_a = o JOIN (SELECT p.* FROM whole, products(a) p) x ON x.product = o
     WHERE NOT p.product_b = ANY (c.owned) AND p.lift >= 1 GROUP BY 1, 2
  ), best AS (SELECT *, rank() OVER (PARTITION BY customer ORDER BY low DESC) AS place FROM rules)
  SELECT * FROM offered o LEFT JOIN best b ON b.customer = o.customer AND b.product_b = o.product
   WHERE o.customer < 60 AND (b.place IS NULL OR b.place > 3)$$, 'the best by the lower limit of the confidence');
SELECT results_eq(format('SELECT r.* FROM whole, customers, recommend(a, owned, %s, true) r WHERE customer = 9', k),
                  format('SELECT r.* FROM whole, customers, recommend(a, owned, 1000, true) r WHERE customer = 9 AND rank <= %s', k),
                  'the first ' || k || ' of all') FROM unnest('{1,2,7,50,51}'::int[]) k;
SELECT throws_ok($$SELECT recommend(a, '{}', 0, true) FROM whole$$, '22023', NULL, 'k below 1');
SELECT throws_ok($$SELECT recommend(a, '{}', 1) FROM whole$$, '42883', NULL, 'consent has no default');
SELECT is((SELECT pronargs - pronargdefaults FROM pg_proc WHERE proname = 'recommend')::int, 4, 'and must be given');

-- text and binary
SELECT is((SELECT a::text::affinity FROM whole), (SELECT a FROM whole), 'text and back');
CREATE TABLE copied (a affinity);
\copy (SELECT a FROM whole) TO PROGRAM 'cat > /tmp/crmprob_affinity_copy' (FORMAT binary)
\copy copied FROM PROGRAM 'cat /tmp/crmprob_affinity_copy; rm /tmp/crmprob_affinity_copy' (FORMAT binary)
SELECT is((SELECT a FROM copied), (SELECT a FROM whole), 'binary and back');
SELECT throws_ok($$SELECT affinity(1, '')$$, '22023', NULL, 'an empty product');
SELECT throws_ok($$SELECT affinity(1, repeat('x', 256))$$, '54000', NULL, 'a long product');
SELECT throws_ok($$SELECT affinity(g % 2, g::text) FROM generate_series(1, 65537) g$$, '54000', NULL, 'too many products');
SELECT throws_ok($$SELECT '{"min_support":1,"baskets":1,"products":[["a",2]],"pairs":[]}'::affinity$$, '22023', NULL, 'impossible counts');

SELECT * FROM finish();
