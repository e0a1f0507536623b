-- Brings real files, loaded as published into the tables raw_*, into the
-- shape of the demo's CRM. The IBM file has no dates and no open deals: the
-- newest tenth by number plays the open ones, and the outcome that it had is
-- kept aside to be shown at the end.
SET timezone = 'UTC';

CREATE TABLE deal_features (
  id int PRIMARY KEY,
  supplies_subgroup text,
  supplies_group text,
  region text,
  route_to_market text,
  amount numeric(12, 2) NOT NULL,
  client_revenue int,
  client_employees int,
  past_revenue int,
  competitor text,
  deal_size int,
  won boolean,
  win_probability float8
);

CREATE TABLE outcome_aside (id int PRIMARY KEY, won boolean NOT NULL);

-- some numbers come twice in the file; the row's own number is the id
WITH numbered AS (
  SELECT r.*, row_number() OVER (ORDER BY "Opportunity Number"::bigint, r::text COLLATE "C") AS id,
         count(*) OVER () AS n
    FROM raw_ibm_win_loss r
), aside AS (
  INSERT INTO outcome_aside
  SELECT id, "Opportunity Result" = 'Won' FROM numbered WHERE id > 0.9 * n
)
INSERT INTO deal_features
SELECT id, "Supplies Subgroup", "Supplies Group", "Region", "Route To Market",
       "Opportunity Amount USD"::numeric, "Client Size By Revenue"::int,
       "Client Size By Employee Count"::int,
       "Revenue From Client Past Two Years"::int, "Competitor Type",
       "Deal Size Category"::int,
       CASE WHEN id <= 0.9 * n THEN "Opportunity Result" = 'Won' END,
       NULL
  FROM numbered;

-- the activities that make up the loan pipeline, and the ends outside it
CREATE TABLE loan_stage (activity text PRIMARY KEY, stage crmprob.stage NOT NULL);
INSERT INTO loan_stage VALUES
  ('A_SUBMITTED', '1:A_SUBMITTED'),
  ('A_PREACCEPTED', '2:A_PREACCEPTED'),
  ('A_ACCEPTED', '3:A_ACCEPTED'),
  ('A_FINALIZED', '4:A_FINALIZED'),
  ('O_SENT', '5:O_SENT'),
  ('O_SENT_BACK', '6:O_SENT_BACK'),
  ('O_ACCEPTED', '7:O_ACCEPTED'),
  ('A_APPROVED', 'won:A_APPROVED'),
  ('A_DECLINED', 'lost:A_DECLINED'),
  ('A_CANCELLED', 'lost:A_CANCELLED');

INSERT INTO stage_history
SELECT r.case_id::int, 'loan', s.stage, r.event_time::timestamptz
  FROM raw_bpic2012_events r JOIN loan_stage s USING (activity)
 ORDER BY r.case_id::int, r.event_no::int;

INSERT INTO purchases
SELECT sample_customer_id::int, to_date(date, 'YYYYMMDD'), dollar_value::numeric
  FROM raw_cdnow_sample;

CREATE INDEX ON stage_history (deal_id);
CREATE INDEX ON purchases (customer_id);
ANALYZE;

INSERT INTO crmprob.pipelines (name, definition) VALUES
  ('loan', 'A_SUBMITTED > A_PREACCEPTED > A_ACCEPTED > A_FINALIZED > O_SENT > O_SENT_BACK > O_ACCEPTED > A_APPROVED | A_DECLINED, A_CANCELLED');
