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
CREATE TABLE loan_events AS
  SELECT case_id, activity, crmprob.stage(pipeline, activity) AS stage, event_time::timestamptz AS at
    FROM raw_bpic, loan
   WHERE activity IN (SELECT crmprob.label(s) FROM loan, crmprob.stages(pipeline) s);
CREATE TABLE loan_journeys AS
  SELECT case_id, crmprob.journey(stage, at) AS journey FROM loan_events GROUP BY case_id;

CREATE FUNCTION loan_funnel(mode text) RETURNS crmprob.funnel LANGUAGE sql AS $$
  SELECT crmprob.funnel(journey,
           (SELECT crmprob.define_funnel(pipeline, mode => loan_funnel.mode) FROM loan))
    FROM loan_journeys $$;
CREATE FUNCTION loan_funnels_in_one_pass(mode text) RETURNS SETOF crmprob.funnel LANGUAGE sql AS $$
  WITH d AS MATERIALIZED
    (SELECT crmprob.define_funnel(pipeline, mode => loan_funnels_in_one_pass.mode) AS d FROM loan)
  SELECT crmprob.funnel(case_id::bigint, stage, at, (SELECT d FROM d)) FROM loan_events
  UNION ALL
  SELECT crmprob.funnel(case_id, activity, at, (SELECT d FROM d)) FROM loan_events $$;
CREATE FUNCTION entered(mode text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(entered::text, ' ' ORDER BY step)
    FROM crmprob.conversion(loan_funnel(mode)) $$;
SELECT is(entered('reached'), '13087 7367 5113 5015 5015 3254 2246 2246', 'loans: reached');
SELECT is(entered('ordered'), '13087 7367 5113 5015 5015 3254 2243 2243', 'loans: ordered');
SELECT is(entered('any'), '13087 7367 5113 5015 5015 3254 2243 2246',
          'loans: any; three were approved without having accepted an offer');
SELECT is(crmprob.funnel_send(f), crmprob.funnel_send(loan_funnel(mode)), 'loans: in one pass, ' || mode)
  FROM unnest('{reached,ordered,any}'::text[]) mode, loan_funnels_in_one_pass(mode) f;

-- a funnel of the first stage and another has the time between them
CREATE FUNCTION median_days(label text) RETURNS TABLE (exact numeric, estimate numeric) LANGUAGE sql AS $$
  WITH d AS (SELECT crmprob.define_funnel(pipeline, 'any', steps => ARRAY['A_SUBMITTED', label]) AS d FROM loan)
  SELECT round((percentile_cont(0.5) WITHIN GROUP
                (ORDER BY extract(epoch FROM (crmprob.step_times(journey, d))[2])) / 86400)::numeric, 3),
         (SELECT extract(epoch FROM median_time) / 86400
            FROM crmprob.conversion((SELECT crmprob.funnel(journey, d) FROM loan_journeys, d)) WHERE step = 2)
    FROM loan_journeys, d $$;
SELECT is(exact, published, 'loans: median days from start to ' || label)
  FROM (VALUES ('O_SENT_BACK', 9.840), ('A_APPROVED', 14.437)) known (label, published),
       median_days(label);
SELECT ok(abs(estimate / published - 1) < 0.01, 'loans: and within 1 % in the funnel, to ' || label)
  FROM (VALUES ('O_SENT_BACK', 9.840), ('A_APPROVED', 14.437)) known (label, published),
       median_days(label);

\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
