-- evaluation: the value, the aggregate, and the figures of merit.
SET search_path = crmprob, public;
SET extra_float_digits = 0;

-- what a command is refused with
CREATE FUNCTION pg_temp.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
  EXECUTE command;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TEMP TABLE scored (g int, score float8, label boolean);
INSERT INTO scored VALUES
  (1, 0.1, false), (1, 0.4, false), (1, 0.35, true), (1, 0.8, true),
  (1, 0.4, true), (2, 0.5, true), (2, 0.5, true), (3, NULL, true),
  (3, 0.5, NULL);

-- by hand: 4.5 of 6 pairs are won; precision 1, 2/3, 3/4 at recall 1/3 each
SELECT g, e, n(e), n_positive(e), round(auc(e)::numeric, 10) AS auc,
       round(log_loss(e)::numeric, 10) AS log_loss,
       round(brier(e)::numeric, 10) AS brier,
       round(average_precision(e)::numeric, 10) AS average_precision,
       round(ks(e)::numeric, 10) AS ks
  FROM (SELECT g, evaluation(score, label) AS e FROM scored GROUP BY g) q
 ORDER BY g;
SELECT round((-(ln(0.35) + ln(0.4) + ln(0.8) + ln(0.6) + ln(0.9)) / 5), 10) AS log_loss,
       (0.01 + 0.16 + 0.4225 + 0.04 + 0.36) / 5 AS brier;

-- calibration error: rows of equal score are shared out over the edge of a bin
SELECT bins, round(ece(evaluation(score, label), bins)::numeric, 10) AS ece
  FROM scored, unnest(ARRAY[1, 2, 5, 10000]) bins WHERE g = 1
 GROUP BY bins ORDER BY bins;
SELECT ece(evaluation(score, label)) AS constant_score
  FROM (VALUES (0.5, true), (0.5, false), (0.5, false), (0.5, true)) v(score, label);

-- DeLong's standard error against its definition, pair by pair
CREATE TEMP TABLE many AS
SELECT i, round((((i * 7919) % 1009) / 1008.0)::numeric, 2)::float8 AS score,
       (i * 7919) % 1009 > (i * 104729) % 1013 AS label
  FROM generate_series(1, 400) i;
WITH pairs AS (
  SELECT p.i AS p, q.i AS q,
         CASE WHEN p.score > q.score THEN 1.0::float8
              WHEN p.score = q.score THEN 0.5 ELSE 0 END AS won
    FROM many p, many q WHERE p.label AND NOT q.label),
v10 AS (SELECT p, avg(won) AS v FROM pairs GROUP BY p),
v01 AS (SELECT q, avg(won) AS v FROM pairs GROUP BY q),
brute AS (
  SELECT (SELECT avg(won) FROM pairs) AS auc,
         sqrt((SELECT var_samp(v) / count(*) FROM v10) +
              (SELECT var_samp(v) / count(*) FROM v01)) AS std_error),
ours AS (SELECT auc_interval(evaluation(score, label)) AS i FROM many)
SELECT abs((i).auc - auc) < 1e-12 AS auc,
       abs((i).std_error - std_error) < 1e-12 AS std_error,
       abs((i).low - (auc - 1.959963984540054 * std_error)) < 1e-12 AS low,
       abs((i).high - (auc + 1.959963984540054 * std_error)) < 1e-12 AS high
  FROM ours, brute;
SELECT auc_interval(evaluation(score, label), 0.5) IS NOT NULL AS narrower
  FROM many;
SELECT auc_interval(evaluation(score, label)) AS one_negative
  FROM (VALUES (0.1, false), (0.3, true), (0.5, true)) v(score, label);
-- average precision, Kolmogorov-Smirnov, log-loss and Brier by definition
WITH t AS (
  SELECT score, (SELECT count(*) FILTER (WHERE label) FROM many m WHERE m.score >= c.score) AS found,
         (SELECT count(*) FROM many m WHERE m.score >= c.score) AS taken,
         (SELECT count(*) FILTER (WHERE label) FROM many m WHERE m.score = c.score) AS here
    FROM (SELECT DISTINCT score FROM many) c),
tot AS (SELECT count(*) FILTER (WHERE label) AS p, count(*) FILTER (WHERE NOT label) AS n FROM many),
ours AS (SELECT evaluation(score, label) AS e FROM many)
SELECT abs(average_precision(e) - (SELECT sum(here * found::float8 / taken) FROM t) / p) < 1e-12 AS ap,
       abs(ks(e) - (SELECT max(abs(found / p::float8 - (taken - found) / n::float8)) FROM t)) < 1e-12 AS ks,
       abs(brier(e) - (SELECT avg((score - label::int) ^ 2) FROM many)) < 1e-12 AS brier
  FROM ours, tot;

-- no ranking: one class has no auc; a certain score that was wrong costs all
SELECT auc(e), average_precision(e), ks(e), auc_interval(e), log_loss(e)
  FROM (SELECT evaluation(s, true) AS e FROM unnest('{0, 0.5}'::float8[]) s) q;
SELECT auc(e), log_loss(e), brier(e)
  FROM (SELECT evaluation(s, l) AS e FROM (VALUES (0::float8, false), (1, true)) v(s, l)) q;

-- the same bytes whatever the order, the split, the plan
CREATE TEMP TABLE whole AS SELECT evaluation(score, label) AS e FROM many;
SELECT (SELECT evaluation(score, label ORDER BY i DESC) FROM many) = e AS backwards,
       (SELECT rollup(part) FROM (SELECT evaluation(score, label) AS part FROM many GROUP BY i % 7) q) = e AS by_part,
       (SELECT rollup(part ORDER BY k DESC) FROM (SELECT i % 97 AS k, evaluation(score, label) AS part FROM many GROUP BY 1) q) = e AS by_other_part,
       e::text::evaluation = e AS text,
       e::jsonb::text::evaluation = e AS jsonb,
       evaluation_hash(e) = evaluation_hash(e::text::evaluation) AS hash,
       e <> (SELECT rollup(x) FROM (SELECT e AS x UNION ALL SELECT e) q) AS doubled
  FROM whole;
SELECT count(*) AS distinct_values
  FROM (SELECT DISTINCT e FROM (SELECT e FROM whole UNION ALL SELECT e FROM whole
        UNION ALL SELECT evaluation(score, label) FROM scored) q) q;
CREATE TABLE public.evaluation_rows AS
SELECT i, (i % 4999) / 4999.0::float8 AS score, i % 3 = 0 AS label
  FROM generate_series(1, 60000) i;
ALTER TABLE evaluation_rows SET (parallel_workers = 2);
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS
SELECT evaluation_send(evaluation(score, label)) AS bytes FROM evaluation_rows;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT evaluation_send(evaluation(score, label)) = (SELECT bytes FROM serial) AS parallel_equals_serial
  FROM evaluation_rows;
SELECT evaluation_send(rollup(e)) = (SELECT bytes FROM serial) AS rollup_equals_serial
  FROM (SELECT evaluation(score, label) AS e FROM evaluation_rows GROUP BY i % 100) q;
RESET max_parallel_workers_per_gather;
DROP TABLE public.evaluation_rows;

-- window frames
SELECT i, evaluation(score, label) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS e
  FROM many WHERE i <= 4 ORDER BY i;

-- a state is a value: one that no final function has put in order reads the
-- same, and is stored, compared and sent as the same
CREATE AGGREGATE pg_temp.state_of(score float8, label boolean)
  (SFUNC = evaluation_add, STYPE = evaluation);
CREATE TEMP TABLE states AS
SELECT pg_temp.state_of(score, label ORDER BY i DESC) AS s, evaluation(score, label) AS e FROM many;
SELECT pg_column_size(s) > pg_column_size(e) AS has_room, s = e AS equal, e <> s AS unequal,
       evaluation_hash(s) = evaluation_hash(e) AS hash,
       evaluation_hash_extended(s, 7) = evaluation_hash_extended(e, 7) AS hash_extended,
       evaluation_send(s) = evaluation_send(e) AS sent, s::text = e::text AS text,
       auc(s) = auc(e) AS auc, (SELECT rollup(x) FROM unnest(ARRAY[s, e]) x) =
         (SELECT rollup(x) FROM unnest(ARRAY[e, e]) x) AS rollup
  FROM states;

-- binary round trip
SELECT encode(evaluation_send(evaluation(score, label)), 'hex') AS wire
  FROM scored WHERE g = 2;

-- refused
\pset tuples_only on
SELECT pg_temp.refusal($$SELECT evaluation(1.5, true)$$);
SELECT pg_temp.refusal($$SELECT evaluation(1.0000000000000002, true)$$);
SELECT pg_temp.refusal($$SELECT evaluation('NaN'::float8, true)$$);
SELECT pg_temp.refusal($$SELECT evaluation('-Infinity'::float8, false)$$);
SELECT pg_temp.refusal($$SELECT evaluation_add(NULL, 0.5, true)$$);
SELECT pg_temp.refusal($$SELECT evaluation_merge(NULL, evaluation(0.5, true))$$);
SELECT pg_temp.refusal($$SELECT ece(evaluation(0.5, true), 0)$$);
SELECT pg_temp.refusal($$SELECT ece(evaluation(0.5, true), 10001)$$);
SELECT pg_temp.refusal($$SELECT auc_interval(evaluation(0.5, true), 1)$$);
SELECT pg_temp.refusal($$SELECT auc_interval(evaluation(0.5, true), 'NaN')$$);
SELECT pg_temp.refusal($$SELECT ''::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[]}'::evaluation$$);
SELECT pg_temp.refusal(format('SELECT %L::evaluation', repeat('x', 81)));
SELECT pg_temp.refusal($$SELECT '{"scores":[[0.5,1]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[0.5,1,0]]} x'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[0.5,1,0],[0.5,1,0]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[0.5,0,0]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[1.5,1,0]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[1e400,1,0]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[0.5,4294967296,0]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT '{"scores":[[0.5,1.5,0]]}'::evaluation$$);
SELECT pg_temp.refusal($$SELECT rollup(e) FROM (VALUES ('{"scores":[[0.5,4294967295,0]]}'::evaluation),
                              ('{"scores":[[0.5,1,0]]}')) v(e)$$);
\pset tuples_only off

-- accepted
SELECT evaluation('NaN'::float8, NULL);
SELECT ' { "scores" : [ [ 5e-1 , 1 , 0 ] ] } '::evaluation AS spaces;
SELECT evaluation(0.5, NULL) AS null_label, auc(NULL::evaluation),
       ece(NULL::evaluation), log_loss(NULL::evaluation);
