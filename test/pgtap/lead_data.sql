-- Published leads (Olist) classified by their origin, against known figures.
-- The files are not part of the project: they are looked for in ../shared/data
-- beside the clone, and where they are missing this tests nothing else.
\set have `test -e ../shared/data/olist_mql.csv.zst && test -e ../shared/data/olist_closed_deals.csv.zst && echo true || echo false`
SELECT * FROM no_plan();
\if :have
CREATE TABLE mql (mql_id text, first_contact_date date, landing_page_id text, origin text);
\copy mql FROM PROGRAM 'zstdcat ../shared/data/olist_mql.csv.zst' CSV HEADER
\set columns `zstdcat ../shared/data/olist_closed_deals.csv.zst | sed -n '1{s/\r//;s/[^,]*/"&" text/gp}'`
CREATE TABLE closed (:columns);
\copy closed FROM PROGRAM 'zstdcat ../shared/data/olist_closed_deals.csv.zst' CSV HEADER

CREATE TABLE classified AS
  SELECT m.origin, crmprob.source_class(m.origin) AS class, c.mql_id IS NOT NULL AS won
    FROM mql m LEFT JOIN closed c USING (mql_id);
SELECT is(round(100 * crmprob.value(crmprob.proportion(won))::numeric, 2), 10.53, '10.53 % of all leads became sellers')
  FROM classified;
-- counts by coreutils: zstdcat | cut | sort | uniq -c
SELECT results_eq(
  $$SELECT class, count(*) FROM classified GROUP BY 1 ORDER BY class COLLATE "C"$$,
  $$SELECT * FROM (VALUES ('inbound', 4638::bigint), ('other', 150), ('paid', 1769), ('referral', 284), ('unknown', 1159)) v$$,
  'classes of the origins');
SELECT is((SELECT count(*) FROM classified), 8000::bigint, 'every lead has a class');
SELECT is_empty($$SELECT origin FROM classified GROUP BY origin HAVING count(DISTINCT class) <> 1$$, 'one class for an origin');
SELECT diag(format('%-18s %-9s %5s leads, %5s %% became sellers', coalesce(origin, '(none)'), class, count(*),
  round(100 * crmprob.value(crmprob.proportion(won))::numeric, 2)))
  FROM classified GROUP BY origin, class ORDER BY count(*) DESC;
\else
SELECT pass('no ../shared/data beside the clone: the tests on published data are skipped');
\endif
SELECT * FROM finish();
