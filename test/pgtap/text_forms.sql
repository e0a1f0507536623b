-- The text form of every type says the same under all settings and on any
-- search_path, reads back as the same bytes, and so does the cast to jsonb: a
-- dump, a replica and an index expression rely on it.
BEGIN;
SELECT * FROM no_plan();
SET LOCAL search_path = crmprob, public, pg_catalog;
SET LOCAL timezone = 'UTC';
SET LOCAL client_min_messages = error;

-- One value a type, with what settings could change: times with microseconds, dates, intervals, fractions, quotes, letters.
CREATE TABLE public.example (type regtype PRIMARY KEY, expression text);
INSERT INTO public.example VALUES
  ('stage', $$'3:Ünal "x"\y'::stage$$),
  ('pipeline', $$'A > "b,c" > "d""e" > W | L'::pipeline$$),
  ('opportunity', $$make_opportunity('1:x', 12.34, '2026-01-01 12:34:56.789012+03', '2026-02-03', 0.1::float8 / 3, '0044-03-15 00:00+00 BC', 'a"b\c''d')$$),
  ('proportion', $$'12/40'::proportion$$),
  ('journey', $$journey(s, t, a) FROM (VALUES ('1:a'::stage, '2026-01-01 00:00:00.000001+00'::timestamptz, 1.5), ('2:b', '2026-01-03 10:00+00', -2)) v (s, t, a)$$),
  ('funnel_definition', $$define_funnel('A > B > W | L'::pipeline, 'ordered', '1 day 00:00:01.5', within_step => '{1 day,02:03:04.000005}', tolerance => '1 hour',
    entry => '[2026-01-01 00:00+00,2026-02-01 00:00+00)')$$),
  ('funnel', $$funnel(1, s, t, 1.25, define_funnel('A > B > W | L'::pipeline, within => '10 days')) FROM (VALUES ('A', '2026-01-01 00:00:00.000001+00'::timestamptz), ('B', '2026-01-03 10:00+00')) v (s, t)$$),
  ('stage_flow', $$stage_flow(j, '2026-03-01 00:00+00') FROM (SELECT journey(s, t) AS j FROM unnest('{1:a,2:b}'::stage[], '{2026-01-01 00:00:00.5+00,2026-01-03 10:00+00}'::timestamptz[]) v (s, t)) s$$),
  ('opportunity_history', $$opportunity_history('1:a', '2026-01-01 00:00:00.000001+00', 1.5, '2026-05-04')$$),
  ('waterfall', $$waterfall(h, '[2026-01-02 00:00+00,2026-02-01 00:00+00)', '[2026-01-01,2026-06-06)') FROM (SELECT opportunity_history('1:a', '2026-01-01 00:00:00.000001+00', 1.5, '2026-05-04') AS h) s$$),
  ('rfm', $$rfm(purchase_history(d, a), '2026-06-01', '7 days') FROM (VALUES ('2026-01-01'::date, 1.5), ('2026-03-03', 0.3333)) v (d, a)$$),
  ('purchase_history', $$purchase_history(d, a) FROM (VALUES ('2026-01-02'::date, 1.5), ('2026-03-04', NULL)) v (d, a)$$),
  ('clv_model', $$fit_clv('bg_nbd', make_rfm(x, x * 3.3, 40)) FROM unnest('{0,0,1,2,0,5}'::int[]) x$$),
  ('retention', $$retention('2026-01-01'::date + i, ARRAY['2026-02-01'::date + i], '1 month', '2026-06-01') FROM generate_series(1, 50) i$$),
  ('sbg_model', $$fit_sbg(p, n) FROM (VALUES (0, 1000), (1, 631), (2, 468), (3, 382)) v (p, n)$$),
  ('mrr_bridge', $$mrr_bridge(p, c, true) FROM (VALUES (1.5, 2.25), (0, 1)) v (p, c)$$),
  ('survival_curve', $$survival_curve(d, d > 1) FROM unnest('{0.1,1e-300,7}'::float8[]) d$$),
  ('logrank', $$logrank(d / 3, d > 1, s) FROM unnest('{0.1,1e-300,7}'::float8[], '{a,"b,\"",ü}'::text[]) v (d, s)$$),
  ('cox_model', $$fit_cox(i * 1.7, i % 3 > 0, f) FROM generate_series(1, 60) i, LATERAL (SELECT i % 7 AS a, '2026-01-01'::date + i * i % 90 AS d, 'k' || i % 3 AS k) f$$),
  ('evaluation', $$evaluation(1.0 / (i + 1), i % 2 = 0) FROM generate_series(1, 9) i$$),
  ('model', $$fit('logistic', i % 3 = 0, f) FROM generate_series(1, 200) i, LATERAL (SELECT i % 7 / 3.0 AS a, '2026-01-01 00:00+00'::timestamptz + i * i % 90 * interval '1 hour' AS t, 'k' || i % 5 AS k) f$$),
  ('revenue_forecast', $$revenue_forecast(1.0 / i, i * 1.25, i / 7.0) FROM generate_series(1, 9) i$$),
  ('sales_series', $$sales_series('2026-01-01'::date + i, i * 1.25) FROM generate_series(1, 9) i$$),
  ('activity', $$activity('k' || i % 3, '2026-01-01 00:00:00.5+00'::timestamptz + i * interval '1 day') FROM generate_series(1, 9) i$$),
  ('affinity', $$affinity(i % 4, 'p' || i % 3) FROM generate_series(1, 30) i$$),
  ('nps', $$make_nps(1, 2, 3)$$);
SELECT is_empty($$SELECT oid::regtype FROM pg_type WHERE typnamespace = 'crmprob'::regnamespace AND typtype = 'b' AND typsubscript = 0
                   EXCEPT SELECT type FROM public.example$$, 'there is an example of every type');

CREATE TABLE public.shown (type regtype, text text, json text, bytes bytea);
CREATE FUNCTION public.show(type regtype, expression text) RETURNS public.shown LANGUAGE plpgsql AS $$
DECLARE
  answer public.shown;
BEGIN
  EXECUTE pg_catalog.format('SELECT %L::regtype, v::text, v::jsonb::text, %s(v) FROM (SELECT (SELECT %s) AS v) s', type,
                            (SELECT typsend FROM pg_catalog.pg_type t WHERE t.oid = type), expression) INTO answer;
  RETURN answer;
END $$;
INSERT INTO public.shown SELECT (public.show(type, expression)).* FROM public.example;
CREATE FUNCTION public.back() RETURNS TABLE (type regtype, same_text boolean, same_json boolean, same_bytes boolean) LANGUAGE plpgsql AS $$
DECLARE
  was public.shown;
  now public.shown;
BEGIN
  FOR was IN SELECT * FROM public.shown LOOP
    now := public.show(was.type, pg_catalog.format('%L::%s', was.text, was.type));
    RETURN QUERY SELECT was.type, now.text = was.text, now.json = was.json, now.bytes = was.bytes;
  END LOOP;
END $$;
SELECT results_eq('SELECT count(*) FROM public.back() WHERE same_text AND same_json AND same_bytes', 'SELECT count(*) FROM public.example', 'text reads back as the same bytes');

SET LOCAL search_path = '';
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'German, DMY';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL extra_float_digits = -15;
SET LOCAL bytea_output = 'escape';
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SET LOCAL lc_monetary = 'C';
CREATE TEMP TABLE answer AS SELECT * FROM public.back();
RESET standard_conforming_strings;
SET LOCAL search_path = public;
SELECT ok(same_text AND same_json AND same_bytes, type || ' is the same under other settings') FROM answer ORDER BY type::text;

SELECT * FROM finish();
ROLLBACK;
