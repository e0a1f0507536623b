-- Amounts of a published pipeline (Maven) estimated from its earlier deals. The
-- files are not part of the project: they are looked for in ../shared/data
-- beside the clone, and where they are missing this tests nothing else.
\set have `test -e ../shared/data/maven_sales_pipeline.csv.zst && test -e ../shared/data/maven_products.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
SET search_path = public, crmprob;
\set columns `zstdcat ../shared/data/maven_sales_pipeline.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE pipeline (:columns);
\copy pipeline FROM PROGRAM 'zstdcat ../shared/data/maven_sales_pipeline.csv.zst' CSV HEADER
\set columns `zstdcat ../shared/data/maven_products.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE product (:columns);
\copy product FROM PROGRAM 'zstdcat ../shared/data/maven_products.csv.zst' CSV HEADER

-- one product is written in two ways; the list price is the figure of its own
CREATE TABLE deals AS
  SELECT opportunity_id AS id, sales_agent AS seller, p.series AS segment, p.product, p.sales_price::numeric AS own_estimate,
         d.close_value::numeric AS amount, d.close_date::date AS closed, d.engage_date::date AS engaged
    FROM pipeline d JOIN product p ON company_key(p.product) = company_key(d.product)
   WHERE deal_stage = 'Won';
SELECT is((SELECT count(*) FROM deals), (SELECT count(*) FROM pipeline WHERE deal_stage = 'Won'), 'every won deal has a product');
SELECT is_empty($$
  SELECT b.seller FROM estimate_bias('SELECT seller, own_estimate, amount FROM deals') b
    JOIN (SELECT seller, count(*) AS n, exp(avg(ln(amount / own_estimate)))::float8 AS bias FROM deals GROUP BY 1) p USING (seller)
   WHERE b.n <> p.n OR abs(b.bias / p.bias - 1) > 1e-9$$, 'bias by seller is what plain SQL says');
CREATE TABLE estimates AS
  SELECT e.method, e.estimate, e.low, e.high, d.amount
    FROM estimate_amount('SELECT seller, segment, own_estimate, amount, product FROM deals WHERE closed < ''2017-10-01''',
                         'SELECT id, seller, segment, own_estimate, product FROM deals WHERE closed >= ''2017-10-01''', k => 50) e
    JOIN deals d USING (id);
SELECT is((SELECT count(*) FROM estimates), (SELECT 3 * count(*) FROM deals WHERE closed >= '2017-10-01'), 'three estimates of each deal of the last quarter');
SELECT diag(format('%-10s 80 %% limits hold %s, typical factor off %s', method, round(avg((amount BETWEEN low AND high)::int), 3),
                   round(exp(avg(abs(ln(estimate / amount)))), 3))) FROM estimates GROUP BY method ORDER BY method;
SELECT ok(avg((amount BETWEEN low AND high)::int) BETWEEN 0.7 AND 0.95, 'the limits hold, ' || method)
  FROM estimates WHERE method <> 'market' GROUP BY method;
\else
SELECT pass('no ../shared/data beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
