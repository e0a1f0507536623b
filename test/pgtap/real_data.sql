-- The funnel of a published event log against known answers. The file is not
-- part of the project: it is looked for in ../shared/data beside the clone, and
-- where it is missing this says so and tests nothing else.
\set data '../shared/data'
\set have `test -e ../shared/data/bpic2012_events.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
\set columns `zstdcat ../shared/data/bpic2012_events.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE raw_bpic (:columns);
\copy raw_bpic FROM PROGRAM 'zstdcat ../shared/data/bpic2012_events.csv.zst' CSV HEADER

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
