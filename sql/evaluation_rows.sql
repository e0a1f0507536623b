-- evaluation, row by row: roc, lift, calibration, confusion, best_threshold,
-- expected_wins.
SET search_path = crmprob, public;

-- by hand: positives at .9 .8 .4 .35, negatives at .7 .4 .2 .1
CREATE TEMP TABLE scored (score float8, label boolean);
INSERT INTO scored VALUES (.9, true), (.8, true), (.7, false), (.4, true),
  (.4, false), (.35, true), (.2, false), (.1, false), (NULL, true), (.5, NULL);
CREATE TEMP TABLE e AS SELECT evaluation(score, label) AS e FROM scored;
CREATE TEMP TABLE positives AS SELECT evaluation(score, true) AS e FROM scored;
CREATE TEMP TABLE negatives AS SELECT evaluation(score, false) AS e FROM scored;

SELECT r.* FROM e, roc(e) r;
-- the area below it, by trapezoids, is the AUC
SELECT round(sum((x - x0) * (y + y0) / 2)::numeric, 10) AS area,
       round(max(a)::numeric, 10) AS auc
  FROM (SELECT false_positive_rate AS x, true_positive_rate AS y,
               lag(false_positive_rate) OVER w AS x0,
               lag(true_positive_rate) OVER w AS y0, auc(e) AS a
          FROM e, roc(e) WINDOW w AS (ORDER BY threshold DESC)) q;
SELECT r.* FROM positives, roc(e) r WHERE threshold > .8;

-- four buckets of two; of the two rows at .4 one is in each middle bucket
SELECT bucket, n, positives, low_score, high_score, rate, lift, gain,
       round(cumulative_lift::numeric, 4) AS cumulative_lift
  FROM e, lift(e, 4);
-- three buckets of 2, 3 and 3 rows, the lowest first to be dealt
SELECT bucket, n, positives, round(rate::numeric, 4) AS rate FROM e, lift(e, 3);
-- more buckets than rows: those that no row falls into are left out
SELECT count(*), sum(n), sum(positives) FROM e, lift(e, 100);
SELECT bucket, n, rate, lift, gain FROM negatives, lift(e, 2);

SELECT bin, n, round(mean_score::numeric, 4) AS mean_score, rate,
       round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
  FROM e, calibration(e, 4);
-- the distances of both columns are what ece adds up
SELECT round((sum(n * abs(mean_score - rate)) / sum(n))::numeric, 12) = round(max(ece(e, 4))::numeric, 12) AS same
  FROM e, calibration(e, 4);

SELECT c.* FROM e, confusion(e, 0.4) c;
SELECT (confusion(e, 'infinity')).* FROM e;
SELECT (confusion(e, 0)).* FROM negatives;

SELECT o AS objective, (best_threshold(e, o)).* FROM e, unnest('{f1, youden, cost}'::text[]) o;
-- a missed win costs ten times a call in vain, and the other way round
SELECT (best_threshold(e, 'cost', 1, 10)).* FROM e;
SELECT (best_threshold(e, 'cost', 10, 1)).* FROM e;
SELECT (best_threshold(e, 'cost')).* FROM negatives;
SELECT best_threshold(e, 'f1') IS NULL AS no_f1, best_threshold(e, 'youden') IS NULL AS no_youden FROM negatives;

-- sum of scores, root of the sum of p (1 - p)
SELECT n, round(expected::numeric, 6) AS expected, round(std_dev::numeric, 6) AS std_dev, observed
  FROM e, expected_wins(e);
SELECT n, round(expected::numeric, 6) AS expected, round(std_dev::numeric, 6) AS std_dev
  FROM (SELECT array_agg(score) AS s FROM scored WHERE label IS NOT NULL) q, expected_wins(s);
SELECT * FROM expected_wins('{}'::float8[]);
SELECT expected_wins(NULL::float8[]) IS NULL AS nothing, (SELECT count(*) FROM roc(NULL)) AS rows;

-- refused
SELECT lift(e, 0) FROM e;
SELECT calibration(e, 10001) FROM e;
SELECT confusion(e, 'NaN') FROM e;
SELECT best_threshold(e, 'profit') FROM e;
SELECT best_threshold(e, 'cost', -1) FROM e;
SELECT expected_wins('{0.5, 1.5}'::float8[]);
SELECT expected_wins('{NaN}'::float8[]);
