-- evaluation: scores against outcomes, and how good they were.

CREATE TYPE @extschema@.evaluation;

CREATE FUNCTION @extschema@.evaluation_in(text cstring) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_in';
COMMENT ON FUNCTION @extschema@.evaluation_in(text cstring) IS
  'text input: {"scores":[[score,positives,negatives],...]}';

CREATE FUNCTION @extschema@.evaluation_out(evaluation @extschema@.evaluation) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_out';
COMMENT ON FUNCTION @extschema@.evaluation_out(evaluation @extschema@.evaluation) IS
  'text output';

CREATE FUNCTION @extschema@.evaluation_recv(message internal) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_recv';
COMMENT ON FUNCTION @extschema@.evaluation_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.evaluation_send(evaluation @extschema@.evaluation) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_send';
COMMENT ON FUNCTION @extschema@.evaluation_send(evaluation @extschema@.evaluation) IS
  'binary output';

CREATE TYPE @extschema@.evaluation (
  INPUT = @extschema@.evaluation_in,
  OUTPUT = @extschema@.evaluation_out,
  RECEIVE = @extschema@.evaluation_recv,
  SEND = @extschema@.evaluation_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.evaluation IS
  'scores against outcomes: each distinct score with its positives and negatives';

CREATE FUNCTION @extschema@.evaluation_eq(a @extschema@.evaluation, b @extschema@.evaluation) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_eq';
COMMENT ON FUNCTION @extschema@.evaluation_eq(a @extschema@.evaluation, b @extschema@.evaluation) IS
  'equal';

CREATE FUNCTION @extschema@.evaluation_ne(a @extschema@.evaluation, b @extschema@.evaluation) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_ne';
COMMENT ON FUNCTION @extschema@.evaluation_ne(a @extschema@.evaluation, b @extschema@.evaluation) IS
  'not equal';

CREATE FUNCTION @extschema@.evaluation_hash(evaluation @extschema@.evaluation) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_hash';
COMMENT ON FUNCTION @extschema@.evaluation_hash(evaluation @extschema@.evaluation) IS
  'hash of an evaluation';

CREATE FUNCTION @extschema@.evaluation_hash_extended(evaluation @extschema@.evaluation, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_hash_extended';
COMMENT ON FUNCTION @extschema@.evaluation_hash_extended(evaluation @extschema@.evaluation, seed bigint) IS
  'hash of an evaluation with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.evaluation_eq,
  LEFTARG = @extschema@.evaluation, RIGHTARG = @extschema@.evaluation,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.evaluation, @extschema@.evaluation) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.evaluation_ne,
  LEFTARG = @extschema@.evaluation, RIGHTARG = @extschema@.evaluation,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.evaluation, @extschema@.evaluation) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.evaluation_ops
  DEFAULT FOR TYPE @extschema@.evaluation USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.evaluation_hash(@extschema@.evaluation),
  FUNCTION 2 @extschema@.evaluation_hash_extended(@extschema@.evaluation, bigint);
COMMENT ON OPERATOR CLASS @extschema@.evaluation_ops USING hash IS
  'equality of evaluations';

CREATE FUNCTION @extschema@.jsonb(evaluation @extschema@.evaluation) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(evaluation @extschema@.evaluation) IS
  'evaluation as an object of its scores and counts';

CREATE CAST (@extschema@.evaluation AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.evaluation);
COMMENT ON CAST (@extschema@.evaluation AS jsonb) IS
  'evaluation as an object of its scores and counts';

CREATE FUNCTION @extschema@.evaluation_add(state @extschema@.evaluation, score float8, label boolean) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_add';
COMMENT ON FUNCTION @extschema@.evaluation_add(state @extschema@.evaluation, score float8, label boolean) IS
  'transition of the aggregate evaluation';

CREATE FUNCTION @extschema@.evaluation_merge(state @extschema@.evaluation, other @extschema@.evaluation) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_merge';
COMMENT ON FUNCTION @extschema@.evaluation_merge(state @extschema@.evaluation, other @extschema@.evaluation) IS
  'adds up two evaluations; combines states of evaluation and rollup';

CREATE FUNCTION @extschema@.evaluation_final(state @extschema@.evaluation) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_final';
COMMENT ON FUNCTION @extschema@.evaluation_final(state @extschema@.evaluation) IS
  'canonical form of a state';

CREATE AGGREGATE @extschema@.evaluation(score float8, label boolean) (
  SFUNC = @extschema@.evaluation_add,
  STYPE = @extschema@.evaluation,
  SSPACE = 4096,
  FINALFUNC = @extschema@.evaluation_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.evaluation_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.evaluation(score float8, label boolean) IS
  'scores against outcomes; a row with a NULL score or label is skipped';

CREATE AGGREGATE @extschema@.rollup(evaluation @extschema@.evaluation) (
  SFUNC = @extschema@.evaluation_merge,
  STYPE = @extschema@.evaluation,
  SSPACE = 4096,
  FINALFUNC = @extschema@.evaluation_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.evaluation_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(evaluation @extschema@.evaluation) IS
  'adds up evaluations of disjoint rows';

CREATE FUNCTION @extschema@.n(evaluation @extschema@.evaluation) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_n';
COMMENT ON FUNCTION @extschema@.n(evaluation @extschema@.evaluation) IS
  'number of rows evaluated';

CREATE FUNCTION @extschema@.n_positive(evaluation @extschema@.evaluation) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_n_positive';
COMMENT ON FUNCTION @extschema@.n_positive(evaluation @extschema@.evaluation) IS
  'number of rows whose label was true';

CREATE FUNCTION @extschema@.auc(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_auc';
COMMENT ON FUNCTION @extschema@.auc(evaluation @extschema@.evaluation) IS
  'area under the ROC curve, ties counted one half; NULL with one class';

CREATE FUNCTION @extschema@.auc_interval(evaluation @extschema@.evaluation, level float8 DEFAULT 0.95,
  OUT auc float8, OUT std_error float8, OUT low float8, OUT high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_auc_interval';
COMMENT ON FUNCTION @extschema@.auc_interval(@extschema@.evaluation, float8) IS
  'area under the ROC curve with DeLong''s standard error and interval; NULL with fewer than two rows of a class';

CREATE FUNCTION @extschema@.average_precision(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_average_precision';
COMMENT ON FUNCTION @extschema@.average_precision(evaluation @extschema@.evaluation) IS
  'average precision over falling thresholds; NULL with one class';

CREATE FUNCTION @extschema@.ks(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_ks';
COMMENT ON FUNCTION @extschema@.ks(evaluation @extschema@.evaluation) IS
  'Kolmogorov-Smirnov distance of the two classes; NULL with one class';

CREATE FUNCTION @extschema@.log_loss(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_log_loss';
COMMENT ON FUNCTION @extschema@.log_loss(evaluation @extschema@.evaluation) IS
  'mean negative log-likelihood; infinite when a score of 0 or 1 was wrong';

CREATE FUNCTION @extschema@.brier(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_brier';
COMMENT ON FUNCTION @extschema@.brier(evaluation @extschema@.evaluation) IS
  'mean squared difference of score and outcome';

CREATE FUNCTION @extschema@.ece(evaluation @extschema@.evaluation, bins integer DEFAULT 10) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_ece';
COMMENT ON FUNCTION @extschema@.ece(evaluation @extschema@.evaluation, bins integer) IS
  'expected calibration error over bins of equally many rows';
