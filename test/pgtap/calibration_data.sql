-- Calibration on published data sets: cross_validate as train does it, against
-- the log-loss of XGBoost 1.7.4 and scikit-learn 1.2.1, and a data set without
-- signal. The files are not part of the project: DATA names their folder, else
-- ../shared/data; where they are missing this says so and tests nothing else.
\set data `echo "${DATA:-../shared/data}"`
\set have `cd "${DATA:-../shared/data}" 2>/dev/null && test -r telco_churn.csv.zst && test -r ibm_win_loss.csv.zst && test -r maven_sales_pipeline.csv.zst && command -v zstdcat >/dev/null && echo true || echo false`
SELECT * FROM no_plan();
\if :have
SET client_min_messages = error;
\setenv DATA :data

\set columns `zstdcat "$DATA"/telco_churn.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_telco (:columns);
\copy raw_telco FROM PROGRAM 'zstdcat "$DATA"/telco_churn.csv.zst' CSV HEADER
\set columns `zstdcat "$DATA"/ibm_win_loss.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_ibm (:columns);
\copy raw_ibm FROM PROGRAM 'zstdcat "$DATA"/ibm_win_loss.csv.zst' CSV HEADER

CREATE TABLE ibm_opening AS
  SELECT "Opportunity Result" = 'Won' AS won, "Supplies Subgroup" AS subgroup,
         "Supplies Group" AS "group", "Region" AS region,
         "Route To Market" AS route, "Opportunity Amount USD"::float8 AS amount,
         "Client Size By Revenue"::int AS revenue,
         "Client Size By Employee Count"::int AS employees,
         "Revenue From Client Past Two Years"::int AS past_revenue,
         "Competitor Type" AS competitor, "Deal Size Category"::int AS deal_size
    FROM raw_ibm r;
CREATE TABLE telco AS
  SELECT t.*, "Churn" = 'Yes' AS won, nullif(trim("TotalCharges"), '')::float8 AS total,
         "MonthlyCharges"::float8 AS monthly, t.tenure::int AS months
    FROM raw_telco t;
ALTER TABLE telco DROP COLUMN "customerID", DROP COLUMN "Churn",
  DROP COLUMN "TotalCharges", DROP COLUMN "MonthlyCharges", DROP COLUMN tenure;


CREATE TABLE goals (data text, algorithm text, options jsonb, auc float8, log_loss float8);
INSERT INTO goals VALUES
  ('telco', 'logistic', '{}', 0.843, 0.4174 + 0.003),
  ('telco', 'logistic', '{"calibrate": "auto"}', 0.843, 0.4174 + 0.003),
  ('telco', 'tree', '{}', 0.82, 0.445),
  ('telco', 'gbm', '{}', 0.840, 0.4183 + 0.003),
  ('telco', 'forest', '{}', 0.840, 0.4157 + 0.003),
  ('telco', 'naive_bayes', '{"calibrate": "auto"}', 0.81, 0.445),
  ('ibm_opening', 'logistic', '{"calibrate": "auto"}', 0.745, 0.4652 + 0.003),
  ('ibm_opening', 'tree', '{}', 0.80, 0.43),
  ('ibm_opening', 'gbm', '{}', 0.826, 0.3951 + 0.003),
  ('ibm_opening', 'forest', '{}', 0.818, 0.4225 + 0.003),
  ('ibm_opening', 'naive_bayes', '{"calibrate": "auto"}', 0.74, 0.48);
CREATE TABLE results AS
  SELECT g.*, c.evaluation
    FROM goals g, LATERAL crmprob.cross_validate('SELECT * FROM ' || data, 'won', algorithm, options) c
   WHERE c.fold IS NULL;
SELECT cmp_ok(crmprob.auc(evaluation), '>=', auc, concat_ws(' ', data, algorithm, options, 'out-of-fold AUC'))
  FROM results ORDER BY data, algorithm, options;
SELECT cmp_ok(crmprob.log_loss(evaluation), '<=', log_loss, concat_ws(' ', data, algorithm, options, 'log-loss'))
  FROM results ORDER BY data, algorithm, options;
SELECT cmp_ok(crmprob.ece(evaluation), '<=', 0.02::float8, concat_ws(' ', data, algorithm, options, 'calibration error'))
  FROM results ORDER BY data, algorithm, options;
SELECT diag(concat_ws(' ', data, algorithm, options, round(crmprob.auc(evaluation)::numeric, 4), round(crmprob.log_loss(evaluation)::numeric, 4), round(crmprob.ece(evaluation)::numeric, 4))) FROM results ORDER BY data, algorithm, options::text;
SELECT is(count(*)::int, 11, 'every algorithm was measured') FROM results;
-- as many wins as expected, within what chance allows
SELECT cmp_ok(abs(observed - expected), '<=', 3 * std_dev, concat_ws(' ', data, algorithm, options, 'expected wins'))
  FROM results, crmprob.expected_wins(evaluation) ORDER BY data, algorithm, options;

\set columns `zstdcat "$DATA"/maven_sales_pipeline.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_maven (:columns);
\copy raw_maven FROM PROGRAM 'zstdcat "$DATA"/maven_sales_pipeline.csv.zst' CSV HEADER
\set columns `zstdcat "$DATA"/maven_accounts.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_accounts (:columns);
\copy raw_accounts FROM PROGRAM 'zstdcat "$DATA"/maven_accounts.csv.zst' CSV HEADER
CREATE TABLE maven AS
  SELECT deal_stage = 'Won' AS won, engage_date::date, sales_agent, product, p.account, sector,
         year_established::int, revenue::float8, employees::int, office_location, subsidiary_of
    FROM raw_maven p LEFT JOIN raw_accounts a USING (account)
   WHERE deal_stage IN ('Won', 'Lost');
SELECT is(count(t.version)::int, 5, 'maven: every algorithm is trained')
  FROM unnest('{logistic,tree,forest,gbm,naive_bayes}'::text[]) a,
       LATERAL crmprob.train(a, 'SELECT * FROM maven', 'won', a, '{}', 'engage_date') t;
-- by the one category it is given
SELECT lives_ok($$SELECT crmprob.train('stage_prior', 'SELECT won, engage_date, product FROM maven', 'won', 'stage_prior', '{}', 'engage_date')$$,
  'maven: and rates by product');
SELECT cmp_ok((metrics ->> 'auc_low')::float8, '<=', 0.55::float8, 'maven, ' || name || ': lower bound of the AUC')
  FROM crmprob.model_versions ORDER BY name;
SELECT ok(warnings::text ~ 'no skill', 'maven, ' || name || ': and a warning says so')
  FROM crmprob.model_versions ORDER BY name;

\else
SELECT pass('no ' || :'data' || ': the tests on published data are skipped');
\endif
SELECT * FROM finish();
