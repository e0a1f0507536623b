-- evaluation, row by row: curve, buckets, one threshold, expected wins.

CREATE FUNCTION @extschema@.roc(evaluation @extschema@.evaluation)
  RETURNS TABLE (threshold float8, true_positives bigint, false_positives bigint,
    true_positive_rate float8, false_positive_rate float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 500
  AS 'MODULE_PATHNAME', 'evaluation_roc';
COMMENT ON FUNCTION @extschema@.roc(evaluation @extschema@.evaluation) IS
  'the ROC curve: a row for each threshold, from nobody called (infinity) to everybody';

CREATE FUNCTION @extschema@.lift(evaluation @extschema@.evaluation, buckets integer DEFAULT 10)
  RETURNS TABLE (bucket integer, n float8, positives float8, low_score float8,
    high_score float8, rate float8, lift float8, gain float8, cumulative_lift float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
  AS 'MODULE_PATHNAME', 'evaluation_lift';
COMMENT ON FUNCTION @extschema@.lift(evaluation @extschema@.evaluation, buckets integer) IS
  'buckets of equally many rows, highest scores first: how many times the base rate, what share of all positives so far';

CREATE FUNCTION @extschema@.calibration(evaluation @extschema@.evaluation, bins integer DEFAULT 10)
  RETURNS TABLE (bin integer, n float8, mean_score float8, rate float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
  AS 'MODULE_PATHNAME', 'evaluation_calibration';
COMMENT ON FUNCTION @extschema@.calibration(evaluation @extschema@.evaluation, bins integer) IS
  'bins of equally many rows: mean score against the share that came true, with its 95 % interval';

CREATE FUNCTION @extschema@.confusion(evaluation @extschema@.evaluation, threshold float8,
  OUT true_positives bigint, OUT false_positives bigint,
  OUT true_negatives bigint, OUT false_negatives bigint,
  OUT "precision" float8, OUT recall float8, OUT specificity float8,
  OUT accuracy float8, OUT f1 float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_confusion';
COMMENT ON FUNCTION @extschema@.confusion(@extschema@.evaluation, float8) IS
  'right and wrong calls when rows with at least this score are called';

CREATE FUNCTION @extschema@.best_threshold(evaluation @extschema@.evaluation,
  objective text DEFAULT 'f1', cost_false_positive float8 DEFAULT 1,
  cost_false_negative float8 DEFAULT 1,
  OUT threshold float8, OUT value float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_best_threshold';
COMMENT ON FUNCTION @extschema@.best_threshold(@extschema@.evaluation, text, float8, float8) IS
  'the threshold with the greatest f1 or youden, or the least cost of wrong calls; infinity calls nobody';

CREATE FUNCTION @extschema@.expected_wins(evaluation @extschema@.evaluation,
  OUT n bigint, OUT expected float8, OUT std_dev float8, OUT observed bigint)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_expected_wins';
COMMENT ON FUNCTION @extschema@.expected_wins(@extschema@.evaluation) IS
  'sum of the scores with the standard deviation that independent rows would have, and how many came true';

CREATE FUNCTION @extschema@.expected_wins(scores float8[],
  OUT n bigint, OUT expected float8, OUT std_dev float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'scores_expected_wins';
COMMENT ON FUNCTION @extschema@.expected_wins(float8[]) IS
  'sum of the scores with the standard deviation that independent rows would have; NULL elements are skipped';
