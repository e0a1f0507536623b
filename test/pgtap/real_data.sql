-- Published data sets against known answers. The files are not part of the
-- project: they are looked for in ../shared/data beside the clone, and where
-- they are missing this says so and tests nothing else.
\set data '../shared/data'
\set have `test -e ../shared/data/telco_churn.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
-- separation by telco's eleven blank totals is warned of, rightly
SET client_min_messages = error;

\set columns `zstdcat ../shared/data/telco_churn.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_telco (:columns);
\copy raw_telco FROM PROGRAM 'zstdcat ../shared/data/telco_churn.csv.zst' CSV HEADER
\set columns `zstdcat ../shared/data/ibm_win_loss.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_ibm (:columns);
\copy raw_ibm FROM PROGRAM 'zstdcat ../shared/data/ibm_win_loss.csv.zst' CSV HEADER
\set columns `zstdcat ../shared/data/bpic2012_events.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_bpic (:columns);
\copy raw_bpic FROM PROGRAM 'zstdcat ../shared/data/bpic2012_events.csv.zst' CSV HEADER

-- logistic regression: coefficients and standard errors of R's glm -----------
CREATE TABLE telco AS
  SELECT "customerID" AS id, "Churn" = 'Yes' AS churn, tenure::int AS tenure,
         "MonthlyCharges"::float8 AS monthly_charges,
         "SeniorCitizen" = '1' AS senior, "Contract" AS contract,
         "InternetService" AS internet,
         row_number() OVER (PARTITION BY "Churn" ORDER BY md5("customerID")) % 5 AS fold
    FROM raw_telco;

CREATE TABLE glm AS
  SELECT crmprob.fit('logistic', churn, f) AS model
    FROM telco, LATERAL (SELECT tenure, monthly_charges, senior, contract, internet) f;

SELECT is((SELECT count(*)::int FROM telco), 7043, 'telco: every row is read');
SELECT ok(abs(crmprob.log_likelihood(model) - -3020.463724) < 1e-5,
          'telco: log-likelihood of glm to 1e-5') FROM glm;

CREATE TABLE published (feature text, level text, coefficient float8, std_error float8);
INSERT INTO published VALUES
  ('(intercept)', NULL, -0.567387, 0.155609),
  ('tenure', NULL, -0.033330, 0.002083),
  ('monthly_charges', NULL, 0.004630, 0.002993),
  ('senior', 'true', 0.388646, 0.080916),
  ('contract', 'One year', -0.829932, 0.103418),
  ('contract', 'Two year', -1.660113, 0.169802),
  ('internet', 'Fiber optic', 0.984911, 0.127156),
  ('internet', 'No', -0.876578, 0.149765);
SELECT is_empty($$
  SELECT p.feature, p.level, c.coefficient, c.std_error
    FROM published p LEFT JOIN (SELECT (crmprob.coefficients(model)).* FROM glm) c
      ON c.feature = p.feature AND c.level IS NOT DISTINCT FROM p.level
   WHERE NOT coalesce(abs(c.coefficient - p.coefficient) < 1e-5
                      AND abs(c.std_error - p.std_error) < 1e-5, false)$$,
  'telco: coefficients and standard errors of glm to 1e-5');
SELECT is((SELECT count(*)::int FROM glm, crmprob.coefficients(model)), 8,
          'telco: and no further coefficient');

-- five-fold out-of-fold AUC against scikit-learn's logistic regression -------
CREATE TABLE ibm AS
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
CREATE TABLE telco_all AS
  SELECT t.*, "Churn" = 'Yes' AS churned, nullif(trim("TotalCharges"), '')::float8 AS total,
         "MonthlyCharges"::float8 AS monthly, t.tenure::int AS months, s.fold
    FROM raw_telco t JOIN telco s ON s.id = t."customerID";
ALTER TABLE telco_all DROP COLUMN "customerID", DROP COLUMN "Churn",
  DROP COLUMN "TotalCharges", DROP COLUMN "MonthlyCharges", DROP COLUMN tenure;

CREATE TABLE ibm_models AS
  SELECT k, crmprob.fit('logistic', won, f) AS model
    FROM generate_series(0, 4) k JOIN ibm ON fold <> k,
         LATERAL (SELECT subgroup, "group", region, route, amount, revenue,
                         employees, past_revenue, competitor, deal_size) f
   GROUP BY k;
CREATE TABLE telco_models AS
  SELECT k, crmprob.fit('logistic', churned, t, '{"exclude": ["churned", "fold"]}') AS model
    FROM generate_series(0, 4) k JOIN telco_all t ON fold <> k
   GROUP BY k;

SELECT cmp_ok(crmprob.auc(crmprob.evaluation(crmprob.score(model, ibm), won)), '>=', 0.745::float8,
              'ibm at opening: out-of-fold AUC (scikit-learn .7472)')
  FROM ibm JOIN ibm_models ON k = fold;
SELECT cmp_ok(crmprob.auc(crmprob.evaluation(crmprob.score(model, t), churned)), '>=', 0.843::float8,
              'telco: out-of-fold AUC (scikit-learn .8451)')
  FROM telco_all t JOIN telco_models ON k = fold;

-- the funnel of the loan applications -----------------------------------------
CREATE TABLE loan AS
  SELECT 'A_SUBMITTED > A_PREACCEPTED > A_ACCEPTED > A_FINALIZED > O_SENT > O_SENT_BACK > O_ACCEPTED > A_APPROVED | A_DECLINED, A_CANCELLED'::crmprob.pipeline AS pipeline;
CREATE TABLE loan_journeys AS
  SELECT crmprob.journey(crmprob.stage(pipeline, activity), event_time::timestamptz) AS journey
    FROM raw_bpic, loan
   WHERE activity IN (SELECT crmprob.label(s) FROM loan, crmprob.stages(pipeline) s)
   GROUP BY case_id;

CREATE FUNCTION entered(mode text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(entered::text, ' ' ORDER BY step)
    FROM crmprob.conversion((SELECT crmprob.funnel(journey,
      (SELECT crmprob.define_funnel(pipeline, mode => entered.mode) FROM loan))
      FROM loan_journeys)) $$;
SELECT is(entered('reached'), '13087 7367 5113 5015 5015 3254 2246 2246', 'loans: reached');
SELECT is(entered('ordered'), '13087 7367 5113 5015 5015 3254 2243 2243', 'loans: ordered');

\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
