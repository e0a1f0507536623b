-- Trees on published data sets: five-fold out-of-fold figures with the defaults
-- against those of XGBoost 1.7.4 and scikit-learn 1.2.1, and a data set without
-- signal where no algorithm may find any. The files are not part of the project:
-- DATA names their folder, else ../shared/data; where they are missing this says
-- so and tests nothing else.
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
         "Competitor Type" AS competitor, "Deal Size Category"::int AS deal_size,
         row_number() OVER (PARTITION BY "Opportunity Result"
                            ORDER BY md5(r::text)) % 5 AS fold
    FROM raw_ibm r;
CREATE TABLE ibm_all AS
  SELECT "Opportunity Result" = 'Won' AS won, "Supplies Subgroup" AS subgroup,
         "Supplies Group" AS "group", "Region" AS region,
         "Route To Market" AS route, "Opportunity Amount USD"::float8 AS amount,
         "Client Size By Revenue"::int AS revenue,
         "Client Size By Employee Count"::int AS employees,
         "Revenue From Client Past Two Years"::int AS past_revenue,
         "Competitor Type" AS competitor, "Deal Size Category"::int AS deal_size,
         "Elapsed Days In Sales Stage"::int AS elapsed,
         "Sales Stage Change Count"::int AS changes,
         "Total Days Identified Through Closing"::int AS closing,
         "Total Days Identified Through Qualified"::int AS qualified,
         "Ratio Days Identified To Total Days"::float8 AS r_identified,
         "Ratio Days Validated To Total Days"::float8 AS r_validated,
         "Ratio Days Qualified To Total Days"::float8 AS r_qualified,
         row_number() OVER (PARTITION BY "Opportunity Result"
                            ORDER BY md5(r::text)) % 5 AS fold
    FROM raw_ibm r;
CREATE TABLE telco AS
  SELECT t.*, "Churn" = 'Yes' AS won, nullif(trim("TotalCharges"), '')::float8 AS total,
         "MonthlyCharges"::float8 AS monthly, t.tenure::int AS months,
         row_number() OVER (PARTITION BY "Churn" ORDER BY md5(t::text)) % 5 AS fold
    FROM raw_telco t;
ALTER TABLE telco DROP COLUMN "customerID", DROP COLUMN "Churn",
  DROP COLUMN "TotalCharges", DROP COLUMN "MonthlyCharges", DROP COLUMN tenure;

-- every row is scored by the model of the four folds that it is not in
CREATE TABLE results (data regclass, algorithm text, evaluation crmprob.evaluation);
CREATE PROCEDURE cross_validate(data regclass, algorithm text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TEMP TABLE models ON COMMIT DROP AS
    SELECT k, crmprob.fit(%L, won, t, ''{"exclude": ["won", "fold"]}'') AS model
      FROM generate_series(0, 4) k JOIN %s t ON fold <> k GROUP BY k', algorithm, data);
  EXECUTE format('INSERT INTO results SELECT %L, %L, crmprob.rollup(e)
    FROM generate_series(0, 4) k, LATERAL (SELECT crmprob.evaluation(crmprob.score(
      (SELECT model FROM models m WHERE m.k = k.k), t), won) AS e FROM %s t WHERE fold = k) s',
    data, algorithm, data);
END $$;
CALL cross_validate('telco', 'gbm');
CALL cross_validate('telco', 'forest');
CALL cross_validate('telco', 'tree');
CALL cross_validate('ibm_opening', 'gbm');
CALL cross_validate('ibm_opening', 'forest');
CALL cross_validate('ibm_opening', 'tree');
CALL cross_validate('ibm_all', 'gbm');

CREATE TABLE goals (data regclass, algorithm text, auc float8, log_loss float8);
INSERT INTO goals VALUES
  ('telco', 'gbm', 0.840, 0.4183 + 0.003), ('telco', 'forest', 0.843, 0.4157 + 0.003),
  ('telco', 'tree', 0.82, 0.445),
  ('ibm_opening', 'gbm', 0.829, 0.3951 + 0.003), ('ibm_opening', 'forest', 0.820, 0.4225 + 0.003),
  ('ibm_opening', 'tree', 0.80, 0.43), ('ibm_all', 'gbm', 0.938, 0.2533 + 0.003);
SELECT cmp_ok(crmprob.auc(evaluation), '>=', auc, data || ', ' || algorithm || ': out-of-fold AUC')
  FROM goals JOIN results USING (data, algorithm) ORDER BY data::text, algorithm;
SELECT cmp_ok(crmprob.log_loss(evaluation), '<=', log_loss, data || ', ' || algorithm || ': log-loss')
  FROM goals JOIN results USING (data, algorithm) ORDER BY data::text, algorithm;
-- as fitted, before any calibration
SELECT cmp_ok(crmprob.ece(evaluation), '<=', 0.02::float8, data || ', ' || algorithm || ': calibration error')
  FROM results WHERE algorithm <> 'tree' ORDER BY data::text, algorithm;
SELECT is(count(*)::int, 7, 'every algorithm was measured') FROM goals JOIN results USING (data, algorithm);

-- Maven: dirty on purpose and without signal -----------------------------------
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
CREATE TABLE trained AS
  SELECT a AS algorithm, t.* FROM unnest('{gbm,forest,tree,logistic}'::text[]) a,
    LATERAL (SELECT * FROM crmprob.train('maven ' || a, 'SELECT * FROM maven', 'won', a,
      '{}', 'engage_date')) t;
-- half the width of a 95 % interval of these sizes is .03
SELECT cmp_ok(auc, '<=', 0.58::float8, 'maven, ' || algorithm || ': no skill on the newest deals')
  FROM trained ORDER BY algorithm;
SELECT ok(warnings::text ~* 'skill', 'maven, ' || algorithm || ': and a warning says so')
  FROM trained ORDER BY algorithm;

\else
SELECT pass('no ' || :'data' || ': the tests on published data are skipped');
\endif
SELECT * FROM finish();
