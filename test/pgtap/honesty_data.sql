-- Known answers on real files, where they are: what gives the outcome away in
-- maven's pipeline is what is filled in at closing, and nothing else.
-- DATA names their folder, else ../shared/data.
\set folder `echo "${DATA:-../shared/data}"`
\set have `cd "${DATA:-../shared/data}" 2>/dev/null && test -r maven_sales_pipeline.csv.zst && test -r ibm_win_loss.csv.zst && command -v zstdcat >/dev/null && echo true || echo false`
BEGIN;
SET search_path = crmprob, public;
SET LOCAL client_min_messages = error;
SELECT plan(4);
\if :have
\setenv DATA :folder
CREATE TEMP TABLE maven (opportunity_id text, sales_agent text, product text, account text,
  deal_stage text, engage_date date, close_date date, close_value float8);
\copy maven FROM PROGRAM 'zstdcat "$DATA"/maven_sales_pipeline.csv.zst' CSV HEADER
CREATE TEMP TABLE ibm (id bigint, subgroup text, supplies text, region text, route text,
  elapsed float8, result text, changes float8, days_closing float8, days_qualified float8,
  amount float8, revenue int, employees int, past_revenue int, competitor text,
  ratio_1 float8, ratio_2 float8, ratio_3 float8, size int);
\copy ibm FROM PROGRAM 'zstdcat "$DATA"/ibm_win_loss.csv.zst' CSV HEADER

SELECT results_eq(
  $$SELECT feature, verdict FROM leakage_report(
      'SELECT *, CASE deal_stage WHEN ''Won'' THEN true WHEN ''Lost'' THEN false END AS won FROM maven',
      'won', 'close_date')$$,
  $$VALUES ('opportunity_id', 'key'), ('sales_agent', 'ok'), ('product', 'ok'), ('account', 'ok'),
      ('deal_stage', 'leak'), ('engage_date', 'ok'), ('close_date', 'leak'), ('close_value', 'leak')$$,
  'maven: what gives the outcome away');
SELECT results_eq(
  $$SELECT duplicates FROM data_profile('SELECT * FROM maven') WHERE feature IS NULL$$,
  $$SELECT 0::bigint$$, 'maven: no row twice');

-- every fifth row is scored by a model of the others
CREATE TEMP TABLE training AS
  SELECT id % 5 = 0 AS held, result = 'Won' AS label, subgroup, supplies, region, route,
      amount, revenue, employees, past_revenue, competitor, size FROM ibm;
CREATE FUNCTION pg_temp.held_auc(algorithm text, options jsonb) RETURNS float8 LANGUAGE sql AS $$
  SELECT crmprob.auc(crmprob.evaluation(crmprob.score(m, r), label))
    FROM training r, (SELECT crmprob.fit(algorithm, label, f, options) AS m FROM training,
      LATERAL (SELECT subgroup, supplies, region, route, amount, revenue, employees, past_revenue, competitor, size) f
     WHERE NOT held) s
   WHERE held $$;
SELECT cmp_ok(pg_temp.held_auc('naive_bayes', '{}'), '>=', 0.74::float8, 'ibm: naive Bayes');
SELECT cmp_ok(pg_temp.held_auc('logistic', '{"lambda": "cv", "alpha": 0.5, "folds": 2}'), '>=',
  pg_temp.held_auc('logistic', '{}') - 0.002, 'ibm: a chosen penalty costs nothing');
\else
SELECT skip('no maven_sales_pipeline.csv.zst and ibm_win_loss.csv.zst in ' || :'folder', 4);
\endif
SELECT * FROM finish();
ROLLBACK;
