-- The slice on real files: funnel, win model, the deals taken for open,
-- trigger.
\pset null '-'
SET search_path = public, crmprob;
SET timezone = 'UTC';

\echo '== What is there'
SELECT (SELECT count(*) FROM deal_features) AS deals,
       (SELECT count(*) FROM deal_features WHERE won IS NULL) AS taken_for_open,
       (SELECT count(DISTINCT deal_id) FROM stage_history) AS loan_applications,
       (SELECT count(*) FROM stage_history) AS stage_changes,
       (SELECT count(DISTINCT customer_id) FROM purchases) AS customers,
       (SELECT count(*) FROM purchases) AS purchases;

\echo '== The funnel of the loan applications'
WITH journeys AS (
  SELECT deal_id, journey(stage, entered_at) AS journey
    FROM stage_history
   GROUP BY deal_id
), whole AS (
  SELECT funnel(journey, (SELECT define_funnel('loan'))) AS reached,
         funnel(journey, (SELECT define_funnel('loan', mode => 'ordered'))) AS ordered
    FROM journeys
)
SELECT r.step, r.stage, r.entered, r.dropped,
       round(r.step_conversion::numeric, 3) AS of_previous,
       round(r.conversion::numeric, 3) AS of_all,
       date_trunc('minute', r.median_time) AS median_time,
       o.entered AS entered_in_order
  FROM whole, conversion(whole.reached) AS r
  JOIN conversion(whole.ordered) AS o ON o.step = r.step
 ORDER BY r.step;

\echo '== A win model from what is known when a deal is opened'
SELECT version, n, n_positive, round(auc::numeric, 3) AS auc,
       round(log_loss::numeric, 4) AS log_loss, round(brier::numeric, 4) AS brier,
       status, warnings
  FROM train('win',
    $$SELECT supplies_subgroup, supplies_group, region, route_to_market, amount,
             client_revenue, client_employees, past_revenue, competitor,
             deal_size, won
        FROM deal_features
       WHERE won IS NOT NULL$$,
    'won');

\echo '== Its ten strongest coefficients'
SELECT c.feature, c.level, round(c.coefficient::numeric, 4) AS coefficient,
       round(c.std_error::numeric, 4) AS std_error, round(c.z::numeric, 1) AS z,
       round(c.odds_ratio::numeric, 3) AS odds_ratio
  FROM model_versions v, coefficients(v.model) AS c
 WHERE v.name = 'win' AND c.z IS NOT NULL
 ORDER BY abs(c.z) DESC, c.feature, c.level
 LIMIT 10;

\echo '== Score the deals taken for open'
UPDATE deal_features d SET win_probability = score('win', d)
 WHERE d.won IS NULL;

\echo '== Ten of them with the highest expected value, and how they ended'
SELECT d.id, d.region, d.supplies_subgroup, d.amount,
       round(d.win_probability::numeric, 3) AS probability,
       expected_value(make_opportunity('1:Open', d.amount,
         probability => d.win_probability)) AS expected_value,
       a.won AS ended_won
  FROM deal_features d JOIN outcome_aside a USING (id)
 WHERE d.won IS NULL
 ORDER BY expected_value DESC, d.id
 LIMIT 10;

\echo '== How right the scores of those deals were'
SELECT round(auc(e)::numeric, 3) AS auc, round(log_loss(e)::numeric, 4) AS log_loss,
       round(brier(e)::numeric, 4) AS brier
  FROM (SELECT evaluation(d.win_probability, a.won) AS e
          FROM deal_features d JOIN outcome_aside a USING (id)) AS judged;

\echo '== A trigger keeps the probability current, in the same transaction'
CREATE TRIGGER score_deal BEFORE INSERT OR UPDATE ON deal_features
  FOR EACH ROW EXECUTE FUNCTION score_trigger('win', 'win_probability');

BEGIN;
INSERT INTO deal_features
  (id, supplies_subgroup, supplies_group, region, route_to_market, amount,
   client_revenue, client_employees, past_revenue, competitor, deal_size)
VALUES
  (1000001, 'Exterior Accessories', 'Car Accessories', 'Pacific', 'Reseller',
   50000, 1, 1, 0, 'Known', 3)
RETURNING id, route_to_market, past_revenue, round(win_probability::numeric, 4) AS probability;

UPDATE deal_features
   SET past_revenue = 3, route_to_market = 'Fields Sales'
 WHERE id = 1000001
RETURNING id, route_to_market, past_revenue, round(win_probability::numeric, 4) AS probability;

SELECT id, win_probability = score('win', d) AS equals_the_direct_call
  FROM deal_features d
 WHERE id = 1000001;
COMMIT;
