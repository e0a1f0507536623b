-- Acquisition cost of a published advertising campaign against known answers.
-- The file is not part of the project: DATA names its folder, else
-- ../shared/data; where it is missing this says so and tests nothing else.
\set data `echo "${DATA:-../shared/data}"`
\set have `cd "${DATA:-../shared/data}" 2>/dev/null && test -r facebook_ads_kag.csv.zst && command -v zstdcat >/dev/null && echo true || echo false`
SELECT * FROM no_plan();
\if :have
\setenv DATA :data
\set columns `zstdcat "$DATA"/facebook_ads_kag.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE ads (:columns);
\copy ads FROM PROGRAM 'zstdcat "$DATA"/facebook_ads_kag.csv.zst' CSV HEADER

SELECT is(count(*), 1143::bigint, 'advertisements') FROM ads;
SELECT results_eq(
  $$SELECT channel, new_customers, round(cac, 2)
      FROM crmprob.cac_by_channel('SELECT xyz_campaign_id, "Spent" FROM ads',
                                  'SELECT xyz_campaign_id, "Approved_Conversion" FROM ads')$$,
  $$VALUES ('916', 24::bigint, 6.24), ('936', 183, 15.81), ('1178', 872, 63.83), (NULL, 1079, 54.41)$$,
  'cost of an approved conversion by campaign, and in all');
SELECT results_eq(
  $$SELECT round(crmprob.cac(sum("Spent"::numeric), sum("Approved_Conversion"::int)), 2)
      FROM ads GROUP BY xyz_campaign_id ORDER BY 1$$,
  $$VALUES (6.24), (15.81), (63.83)$$,
  'the same with GROUP BY');
\else
SELECT pass('no ' || :'data' || ' beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
