-- as_of and stage_entries: what was known then
SET search_path = public, crmprob;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE TABLE histories AS
  SELECT id, opportunity_history(stage, at, amount, close_date) AS history
    FROM (VALUES
      (1, '1:Lead'::stage, timestamptz '2026-01-05', 1000::numeric, date '2026-02-28'),
      (1, '2:Offer', '2026-01-20', 1200, '2026-02-28'),
      (1, '2:Offer', '2026-02-25', 1200, '2026-03-31'),
      (1, 'won:Won', '2026-03-20', 1100, '2026-03-20'),
      -- lost, reopened, back and lost again
      (2, '1:Lead', '2026-01-01', NULL, NULL),
      (2, 'lost:Price', '2026-01-10', NULL, NULL),
      (2, '2:Offer', '2026-02-01', 500, NULL),
      (2, '1:Lead', '2026-02-02', 500, '2026-05-01'),
      (2, 'lost:Price', '2026-03-01', 500, '2026-05-01'),
      (3, '2:Offer', '2026-01-01', 70, NULL)) v (id, stage, at, amount, close_date)
   GROUP BY id;

SELECT id, visit, stage, entered_at::date AS entered, won, closed_at::date AS closed,
    amount_at(past, entered_at) AS amount, pushes(past) AS pushes,
    (SELECT count(*) FROM timeline(past)) AS rows_known
  FROM histories, stage_entries(history) ORDER BY id, visit;
-- the past is what was written up to then, that moment included
SELECT as_of(history, '2026-02-24'::timestamptz) = as_of(history, '2026-01-20'::timestamptz) AS same,
    as_of(history, '2026-02-25') = as_of(history, '2026-01-20') AS changed,
    as_of(history, '2030-01-01') = history AS all, as_of(history, '2026-01-04') IS NULL AS before,
    as_of(history, 'infinity') = history AS ever, as_of(NULL::opportunity_history, '2026-01-01') IS NULL AS no_history,
    as_of(history, NULL) IS NULL AS no_time
  FROM histories WHERE id = 1;
-- nothing that came later changes a row
SELECT count(*) AS rows, count(*) FILTER (WHERE later.past = e.past) AS same
  FROM histories, stage_entries(history) e,
    stage_entries(as_of(history, e.entered_at)) later
 WHERE later.entered_at = e.entered_at;
-- no open stage, no rows; NULL
SELECT count(*) FROM stage_entries((SELECT opportunity_history('won:Won'::stage, now(), 1, NULL)));
SELECT count(*) FROM stage_entries(NULL);
DROP TABLE histories;
