-- funnel_definition: which stages a funnel counts, and how.
SET search_path = crmprob, public;

CREATE TEMP VIEW p AS SELECT 'Lead > Contacted > Proposal > Won, Upsell | Lost, No budget'::pipeline AS p;

SELECT define_funnel(p) FROM p;
SELECT define_funnel(p, 'ordered', within => '90 days', exclude => '{Lost}', optional => '{Contacted}',
                     within_step => '{1 day,NULL,36 hours}', tolerance => '2 seconds',
                     entry => '[2026-01-01 00:00Z,2027-01-01 00:00Z)', repeats => 'row', counting => 'entries') FROM p;
SELECT define_funnel(p, steps => '{Lead,Won}')::jsonb->'steps' AS steps FROM p;
-- the same funnel has one form however it is written
SELECT define_funnel(p, steps => '{Lead,Contacted,Proposal}') = define_funnel(p, 'reached', NULL, '{Lead,Contacted,Proposal}', within_step => '{NULL,NULL}') AS same,
       define_funnel(p, within => '1 day') = define_funnel(p, within => '24 hours') AS same_day,
       define_funnel(p, entry => '(2026-01-01 00:00Z,2027-01-01 00:00Z]') = define_funnel(p, entry => '[2026-01-01 00:00:00.000001Z,2027-01-01 00:00:00.000001Z)') AS same_range,
       define_funnel(p) <> define_funnel(p, 'any') AS differ FROM p;

INSERT INTO crmprob.pipelines SELECT 'sales', p FROM p;
SELECT (SELECT define_funnel('sales', within => '30 days')) = define_funnel(p, within => '30 days') AS by_name FROM p;
SELECT define_funnel('no such');
DELETE FROM crmprob.pipelines WHERE name = 'sales';

-- NULL
SELECT define_funnel(NULL::pipeline) IS NULL AS null_in, define_funnel(NULL::text) IS NULL AS null_name;
SELECT define_funnel(p, NULL, repeats => NULL, counting => NULL) = define_funnel(p) AS defaults FROM p;

-- what makes no sense
SELECT define_funnel(p, 'sideways') FROM p;
SELECT define_funnel(p, repeats => 'rows') FROM p;
SELECT define_funnel(p, counting => 'deals') FROM p;
SELECT define_funnel(p, within => '1 month') FROM p;
SELECT define_funnel(p, within => '-1 day') FROM p;
SELECT define_funnel(p, within => '106751991 days')::jsonb->'within' AS within FROM p;
SELECT define_funnel(p, within => '106751992 days') FROM p;
SELECT define_funnel(p, within => '-106751992 days') FROM p;
SELECT define_funnel(p, mode => repeat('sideways', 1000)) FROM p;
SELECT define_funnel(repeat('no pipeline', 1000));
SELECT repeat('x', 10000)::funnel_definition;
SELECT define_funnel(p, tolerance => '2 years') FROM p;
SELECT define_funnel(p, tolerance => '400 days') FROM p;
SELECT define_funnel(p, within_step => '{1 day}') FROM p;
SELECT define_funnel(p, 'any', within_step => '{1 day,1 day,1 day}') FROM p;
SELECT define_funnel(p, steps => '{}') FROM p;
SELECT define_funnel(p, steps => '{Lead,Propsal}') FROM p;
SELECT define_funnel(p, steps => '{Lead,Lead}') FROM p;
SELECT define_funnel(p, steps => '{Lead,Lost}') FROM p;
SELECT define_funnel(p, steps => '{Lead,NULL}') FROM p;
SELECT define_funnel(p, steps => '{{Lead},{Won}}') FROM p;
SELECT define_funnel(p, steps => '{Proposal,Lead}') FROM p;
SELECT define_funnel(p, 'ordered', steps => '{Proposal,Lead}')::jsonb->'steps' AS steps FROM p;
SELECT define_funnel(p, exclude => '{Lead}') FROM p;
SELECT define_funnel(p, optional => '{Lost}') FROM p;
SELECT define_funnel(p, optional => '{Lead}') FROM p;
SELECT define_funnel(p, entry => 'empty') FROM p;
SELECT define_funnel(make_pipeline((SELECT array_agg('s' || i) FROM generate_series(1, 65) i)));
SELECT define_funnel(make_pipeline((SELECT array_agg('s' || i) FROM generate_series(1, 65) i)), steps => '{s1,s65}')::jsonb->'steps' AS steps;

-- text
SELECT d::text::funnel_definition = d AS same FROM (SELECT define_funnel(p, entry => '[2026-01-01,)', exclude => '{"No budget"}') FROM p) s (d);
SELECT '{}'::funnel_definition;
SELECT '{"open":["a"],"won":[],"lost":[],"mode":"reached","steps":[["a"]],"exclude":[],"optional":[],"within":null,"within_step":[],"tolerance":0,"entry":[null,null],"repeats":"visit","counting":"entities"}'::funnel_definition;
SELECT '{"open":["a"],"won":[],"lost":[],"mode":"reached","steps":[["b"]],"exclude":[],"optional":[],"within":null,"within_step":[],"tolerance":0,"entry":[null,null],"repeats":"visit","counting":"entities"}'::funnel_definition;
SELECT count(*) FROM (SELECT DISTINCT define_funnel(p, m) FROM p, unnest('{reached,any,reached}'::text[]) m) s;
