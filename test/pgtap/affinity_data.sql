-- Cross-sell of a published shop (Online Retail) against plain SQL. The file is
-- not part of the project: it is looked for in ../shared/data beside the clone,
-- and where it is missing this tests nothing else.
\set have `test -e ../shared/data/online_retail.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
SET search_path = public, crmprob;
CREATE TABLE retail (invoice text, code text, description text, quantity int, at timestamp, price numeric, customer text, country text);
\copy retail FROM PROGRAM 'zstdcat ../shared/data/online_retail.csv.zst' CSV HEADER
CREATE TABLE bought AS
  SELECT customer::float8::bigint AS customer, code FROM retail WHERE customer IS NOT NULL AND quantity > 0 AND invoice NOT LIKE 'C%';
CREATE TABLE shop AS SELECT affinity(customer, code) AS a FROM bought;

CREATE TABLE strongest AS
  SELECT product_a, product_b, p.n, support, confidence, lift FROM shop, pairs(a, 100) p
   WHERE product_a < product_b COLLATE "C" ORDER BY lift DESC, product_a COLLATE "C" LIMIT 20;
SELECT is((SELECT count(*) FROM strongest), 20::bigint, 'twenty pairs');
CREATE TABLE once AS SELECT DISTINCT customer, code FROM bought;
SELECT is_empty($$
  SELECT * FROM strongest s, LATERAL (
    SELECT (SELECT count(*) FROM once x JOIN once y USING (customer) WHERE x.code = s.product_a AND y.code = s.product_b) AS both_of,
           (SELECT count(*) FROM once WHERE code = s.product_a) AS na, (SELECT count(*) FROM once WHERE code = s.product_b) AS nb,
           (SELECT count(DISTINCT customer) FROM once) AS total) c
   WHERE s.n <> both_of OR abs(support - both_of::float8 / total) > 1e-12 OR abs(confidence - both_of::float8 / na) > 1e-12
      OR abs(lift - both_of::float8 * total / (na::float8 * nb)) > 1e-9$$, 'the 20 strongest pairs are what plain SQL counts');
SELECT is((SELECT sum(p.n) FROM shop, pairs(a) p), (SELECT sum(n * (n - 1)) FROM (SELECT count(*) AS n FROM once GROUP BY customer) c),
          'all pairs together are as many as the baskets hold');
SELECT diag(format('%-7s %-7s %4s customers, confidence %s, lift %s', product_a, product_b, n, round(confidence::numeric, 3), round(lift::numeric, 2)))
  FROM strongest ORDER BY lift DESC LIMIT 5;
SELECT is((SELECT count(*) FROM shop, recommend(a, '{22386,85099B}', 5, true)), 5::bigint, 'five offers');
SELECT is((SELECT count(*) FROM shop, recommend(a, '{22386,85099B}', 5, NULL)), 0::bigint, 'none without consent');
\else
SELECT pass('no ../shared/data beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
