-- Fills the demo's CRM with 24,000 deals of three years and 6,000 customers.
--
-- Deterministic, as the customers are, whose file comes first.
--
-- Whether a deal is won is drawn from a known logistic model, the table
-- true_model below; what `train` finds can be held against it. How long a deal
-- takes does not depend on how it ends: the deals still open at the end of the
-- period are therefore no biased sample of all, and the coefficients of the
-- closed ones are those of the model.

-- What is there already stays, and is not doubled.
SELECT EXISTS (SELECT FROM opportunities) AS filled \gset
\if :filled
  \warn generate.sql: opportunities has rows already, nothing is added
  \quit
\endif

\ir generate_customers.sql

-- The truth. Reference levels, with coefficient 0: pipeline direct, source
-- Event, region any.
CREATE TABLE true_model (feature text, level text, coefficient float8);
INSERT INTO true_model VALUES
  ('(intercept)', NULL, -0.40),
  ('pipeline', 'partner', -0.30),
  ('pipeline', 'renewal', 1.00),
  ('source', 'Inbound', 0.50),
  ('source', 'Outbound', -0.60),
  ('source', 'Referral', 1.10),
  ('region', 'North', 0.00),
  ('region', 'South', 0.00),
  ('region', 'West', 0.00),
  ('existing_customer', NULL, 0.70),
  ('competitor', NULL, -0.90),
  ('seats', NULL, -0.008),
  ('response_hours', NULL, -0.03);

CREATE TABLE plan (pipeline text, stages text[], won text[], lost text[]);
INSERT INTO plan VALUES
  ('direct', '{Lead,Contacted,Demo,Proposal,Negotiation}', '{Closed Won}',
   '{Lost,No budget}'),
  ('partner', '{Registered,Qualified,Joint offer}', '{Signed}',
   '{Lost to competitor,Withdrawn}'),
  ('renewal', '{Notice,Offer}', '{Renewed}', '{Churned}');

-- Every deal with what is known at its opening, its true probability, its end
-- and the day of its end, which may lie in the future.
CREATE TABLE deal AS
WITH opened AS MATERIALIZED (
  SELECT id,
         CASE WHEN draw('pipeline ' || id) < 0.60 THEN 'direct'
              WHEN draw('pipeline ' || id) < 0.85 THEN 'partner'
              ELSE 'renewal' END AS pipeline,
         1 + floor(6000 * draw('customer ' || id))::int AS customer_id,
         'Seller ' || 1 + floor(25 * draw('owner ' || id))::int AS owner,
         (ARRAY['Basic', 'Standard', 'Premium'])[1 + floor(3 * draw('product ' || id))::int] AS product,
         CASE WHEN draw('source ' || id) < 0.20 THEN 'Event'
              WHEN draw('source ' || id) < 0.55 THEN 'Inbound'
              WHEN draw('source ' || id) < 0.85 THEN 'Outbound'
              ELSE 'Referral' END AS source,
         draw('existing ' || id) < 0.35 AS existing_customer,
         draw('competitor ' || id) < 0.40 AS competitor,
         least(250, ceil(exp(3.0 + 0.9 * draw_normal('seats ' || id))))::int AS seats,
         round((-12 * ln(1 - draw('response ' || id)))::numeric, 1)::float8 AS response_hours,
         date_trunc('second', p.starts + draw('created ' || id) * (p.ends - p.starts)) AS created_at,
         -- median 40 days
         exp(ln(40.0) + 0.7 * draw_normal('duration ' || id)) * interval '1 day' AS duration
    FROM period p, generate_series(1, 24000) id
), likely AS MATERIALIZED (
  SELECT o.*, c.region,
         round((o.seats * (ARRAY[90, 140, 210])[array_position(ARRAY['Basic', 'Standard', 'Premium'], o.product)]
           * (0.9 + 0.2 * draw('price ' || o.id)))::numeric, 2) AS amount,
         1 / (1 + exp(-(SELECT sum(t.coefficient * CASE t.feature
                WHEN '(intercept)' THEN 1
                WHEN 'pipeline' THEN (o.pipeline = t.level)::int
                WHEN 'source' THEN (o.source = t.level)::int
                WHEN 'region' THEN (c.region = t.level)::int
                WHEN 'existing_customer' THEN o.existing_customer::int
                WHEN 'competitor' THEN o.competitor::int
                WHEN 'seats' THEN o.seats
                WHEN 'response_hours' THEN o.response_hours END)
              FROM true_model t))) AS true_probability
    FROM opened o JOIN customers c ON c.id = o.customer_id
)
SELECT l.*, draw('won ' || l.id) < l.true_probability AS wins, l.created_at + l.duration AS closes_at,
       cardinality(plan.stages) AS open_stages,
       -- the last open stage that the deal enters
       CASE WHEN draw('won ' || l.id) < l.true_probability THEN cardinality(plan.stages)
            ELSE 1 + floor(cardinality(plan.stages) * draw('last ' || l.id) ^ 1.5)::int END AS last_stage
  FROM likely l JOIN plan USING (pipeline);

-- The history: through the stages in order with some skipped; one deal in
-- twelve falls back one stage and returns; one in thirty is closed as lost and
-- reopened; one in twenty has its stage written twice. "share" is the part of
-- the deal's duration that has passed.
CREATE TABLE event AS
WITH forward AS (
  SELECT d.id, s AS position,
         CASE WHEN s = 1 THEN 0 ELSE (s - 0.7 * draw('enter ' || s || ' ' || d.id)) / (d.last_stage + 1) END AS share
    FROM deal d, generate_series(1, d.last_stage) s
   WHERE s = 1 OR (s = d.last_stage AND NOT d.wins)
      OR draw('skip ' || s || ' ' || d.id) >= 0.12
), reached AS (
  SELECT DISTINCT ON (id) id, position, share FROM forward
   ORDER BY id, position DESC
), events AS (
  SELECT id, position, share, NULL::text AS ending FROM forward
  UNION ALL
  SELECT id, position, share + 0.10 * (1 - share), NULL FROM reached
   WHERE draw('twice ' || id) < 1 / 20.0
  UNION ALL
  SELECT id, position - back, share + (0.50 - 0.15 * back) * (1 - share), NULL
    FROM reached, generate_series(0, 1) back
   WHERE draw('back ' || id) < 1 / 12.0 AND position > 1
  UNION ALL
  SELECT id, CASE WHEN step = 1 THEN position END,
         share + (0.70 + 0.15 * step) * (1 - share),
         CASE WHEN step = 0 THEN 'lost' END
    FROM reached, generate_series(0, 1) step
   WHERE draw('reopened ' || id) < 1 / 30.0
  UNION ALL
  SELECT id, NULL, 1, CASE WHEN wins THEN 'won' ELSE 'lost' END FROM deal
)
SELECT d.id AS deal_id, d.pipeline,
       (CASE e.ending
          WHEN 'won' THEN 'won:' || p.won[1]
          WHEN 'lost' THEN 'lost:' || p.lost[1 + floor(cardinality(p.lost) * draw('end ' || d.id))::int]
          ELSE e.position || ':' || p.stages[e.position]
        END)::crmprob.stage AS stage,
       date_trunc('second', d.created_at + e.share * d.duration) AS entered_at
  FROM events e JOIN deal d ON d.id = e.id JOIN plan p USING (pipeline);

INSERT INTO stage_history
SELECT e.deal_id, e.pipeline, e.stage, e.entered_at
  FROM event e, period p
 WHERE e.entered_at < p.ends
 ORDER BY e.deal_id, e.entered_at, e.stage;

-- A deal stands where its last event put it. When it was closed it has a
-- close date, else one is expected.
INSERT INTO opportunities
SELECT d.id, d.pipeline, d.customer_id, d.owner, d.product, d.source, d.region,
       d.existing_customer, d.competitor, d.seats, d.response_hours, d.amount,
       d.created_at,
       CASE WHEN crmprob.is_closed(h.stage) THEN h.entered_at::date
            ELSE (d.created_at + interval '60 days')::date END,
       h.stage,
       CASE WHEN crmprob.is_closed(h.stage) THEN crmprob.is_won(h.stage) END,
       NULL
  FROM deal d
  JOIN (SELECT DISTINCT ON (deal_id) deal_id, stage, entered_at
          FROM stage_history
         ORDER BY deal_id, entered_at DESC, stage DESC) h ON h.deal_id = d.id;

CREATE INDEX ON stage_history (deal_id);
DROP TABLE event;
ANALYZE;

-- What a reader may hold the analysis against. (random(), now() and the
-- machine have no part in these numbers.)
CREATE VIEW generated AS
  SELECT (SELECT count(*) FROM customers) AS customers,
         (SELECT count(*) FROM purchases) AS purchases,
         (SELECT count(*) FROM opportunities) AS deals,
         (SELECT count(*) FROM opportunities WHERE won IS NULL) AS open_deals,
         (SELECT count(*) FROM opportunities WHERE won) AS won,
         (SELECT count(*) FROM stage_history) AS stage_changes;
