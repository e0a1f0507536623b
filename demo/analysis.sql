-- The slice on generated data: funnel, win model, open deals, trigger.
\pset null '-'
SET search_path = public, crmprob;
SET timezone = 'UTC';

\echo '== What is there'
TABLE generated;

\echo '== The funnel of the direct pipeline: where do deals get lost?'
WITH journeys AS (
  SELECT deal_id, journey(stage, entered_at) AS journey
    FROM stage_history
   WHERE pipeline = 'direct'
   GROUP BY deal_id
), whole AS (
  SELECT funnel(journey, (SELECT define_funnel('direct'))) AS funnel
    FROM journeys
)
SELECT c.step, c.stage, c.entered, c.dropped,
       round(c.step_conversion::numeric, 3) AS of_previous,
       round(c.low::numeric, 3) AS low, round(c.high::numeric, 3) AS high,
       round(c.conversion::numeric, 3) AS of_all,
       date_trunc('hour', c.median_time) AS median_time
  FROM whole, conversion(whole.funnel) AS c
 ORDER BY c.step;

\echo '== The same in strict order, for deals that skip no stage'
WITH journeys AS (
  SELECT deal_id, journey(stage, entered_at) AS journey
    FROM stage_history
   WHERE pipeline = 'direct'
   GROUP BY deal_id
)
SELECT c.step, c.stage, c.entered, c.dropped
  FROM (SELECT funnel(journey, (SELECT define_funnel('direct', mode => 'ordered'))) AS funnel
          FROM journeys) AS whole,
       conversion(whole.funnel) AS c
 ORDER BY c.step;

\echo '== A win model: trained on the oldest deals, judged on the newest'
SELECT version, n, n_positive, round(auc::numeric, 3) AS auc,
       round(log_loss::numeric, 4) AS log_loss, round(brier::numeric, 4) AS brier,
       status, warnings
  FROM train('win',
    $$SELECT pipeline, source, region, existing_customer, competitor, seats,
             response_hours, won, created_at
        FROM opportunities
       WHERE won IS NOT NULL$$,
    'won', order_by => 'created_at');

\echo '== What it learned, beside the model that drew the outcomes'
SELECT c.feature, c.level, round(c.coefficient::numeric, 4) AS coefficient,
       round(c.std_error::numeric, 4) AS std_error,
       round(t.coefficient::numeric, 4) AS truth,
       round(((c.coefficient - t.coefficient) / c.std_error)::numeric, 1) AS errors_off,
       round(c.odds_ratio::numeric, 3) AS odds_ratio
  FROM model_versions v, coefficients(v.model) AS c
  LEFT JOIN true_model t
    ON t.feature = c.feature AND (t.level IS NULL OR t.level = c.level)
 WHERE v.name = 'win'
 ORDER BY c.feature COLLATE "C", c.level COLLATE "C";

\echo '== Score the open deals'
UPDATE opportunities o SET win_probability = score('win', o)
 WHERE o.won IS NULL;

\echo '== Ten open deals with the highest expected value'
SELECT o.id, o.pipeline, o.stage, o.owner, o.amount,
       round(o.win_probability::numeric, 3) AS probability,
       expected_value(make_opportunity(o.stage, o.amount,
         probability => o.win_probability)) AS expected_value,
       round(d.true_probability::numeric, 3) AS truth
  FROM opportunities o JOIN deal d USING (id)
 WHERE o.won IS NULL
 ORDER BY expected_value DESC, o.id
 LIMIT 10;

\echo '== A trigger keeps the probability current, in the same transaction'
CREATE TRIGGER score_deal BEFORE INSERT OR UPDATE ON opportunities
  FOR EACH ROW EXECUTE FUNCTION score_trigger('win', 'win_probability');

BEGIN;
INSERT INTO opportunities
  (id, pipeline, customer_id, owner, product, source, region,
   existing_customer, competitor, seats, response_hours, amount, created_at,
   stage)
VALUES
  (100001, 'direct', 17, 'Seller 3', 'Standard', 'Outbound', 'East',
   false, true, 40, 20, 5600, '2026-01-02 10:00+00', '1:Lead')
RETURNING id, stage, competitor, round(win_probability::numeric, 4) AS probability;

UPDATE opportunities
   SET competitor = false, source = 'Referral', stage = '3:Demo'
 WHERE id = 100001
RETURNING id, stage, competitor, round(win_probability::numeric, 4) AS probability;

SELECT id, win_probability = score('win', o) AS equals_the_direct_call
  FROM opportunities o
 WHERE id = 100001;
COMMIT;
