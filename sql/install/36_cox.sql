-- cox_model: what makes the event come sooner or later (proportional hazards).

CREATE TYPE @extschema@.cox_model;

CREATE FUNCTION @extschema@.cox_model_in(text cstring) RETURNS @extschema@.cox_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_in';
COMMENT ON FUNCTION @extschema@.cox_model_in(text cstring) IS
  'text input: the JSON object that it is printed as';

CREATE FUNCTION @extschema@.cox_model_out(model @extschema@.cox_model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_out';
COMMENT ON FUNCTION @extschema@.cox_model_out(model @extschema@.cox_model) IS
  'text output';

CREATE FUNCTION @extschema@.cox_model_recv(message internal) RETURNS @extschema@.cox_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_recv';
COMMENT ON FUNCTION @extschema@.cox_model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.cox_model_send(model @extschema@.cox_model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_send';
COMMENT ON FUNCTION @extschema@.cox_model_send(model @extschema@.cox_model) IS
  'binary output';

CREATE TYPE @extschema@.cox_model (
  INPUT = @extschema@.cox_model_in,
  OUTPUT = @extschema@.cox_model_out,
  RECEIVE = @extschema@.cox_model_recv,
  SEND = @extschema@.cox_model_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.cox_model IS
  'Cox regression: hazard ratios of features, with standard errors';

CREATE FUNCTION @extschema@.cox_model_eq(a @extschema@.cox_model, b @extschema@.cox_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_eq';
COMMENT ON FUNCTION @extschema@.cox_model_eq(a @extschema@.cox_model, b @extschema@.cox_model) IS
  'equal';

CREATE FUNCTION @extschema@.cox_model_ne(a @extschema@.cox_model, b @extschema@.cox_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_ne';
COMMENT ON FUNCTION @extschema@.cox_model_ne(a @extschema@.cox_model, b @extschema@.cox_model) IS
  'not equal';

CREATE FUNCTION @extschema@.cox_model_hash(model @extschema@.cox_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_hash';
COMMENT ON FUNCTION @extschema@.cox_model_hash(model @extschema@.cox_model) IS
  'hash of a Cox model';

CREATE FUNCTION @extschema@.cox_model_hash_extended(model @extschema@.cox_model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_hash_extended';
COMMENT ON FUNCTION @extschema@.cox_model_hash_extended(model @extschema@.cox_model, seed bigint) IS
  'hash of a Cox model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.cox_model_eq,
  LEFTARG = @extschema@.cox_model, RIGHTARG = @extschema@.cox_model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.cox_model, @extschema@.cox_model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.cox_model_ne,
  LEFTARG = @extschema@.cox_model, RIGHTARG = @extschema@.cox_model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.cox_model, @extschema@.cox_model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.cox_model_ops
  DEFAULT FOR TYPE @extschema@.cox_model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.cox_model_hash(@extschema@.cox_model),
  FUNCTION 2 @extschema@.cox_model_hash_extended(@extschema@.cox_model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.cox_model_ops USING hash IS
  'equality of Cox models';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.cox_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.cox_model) IS
  'Cox model as an object of its figures and terms';

CREATE CAST (@extschema@.cox_model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.cox_model);
COMMENT ON CAST (@extschema@.cox_model AS jsonb) IS
  'Cox model as an object of its figures and terms';

CREATE FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_accum';
COMMENT ON FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record) IS
  'transition of fit_cox';

CREATE FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record, options jsonb) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_accum';
COMMENT ON FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record, options jsonb) IS
  'transition of fit_cox with options';

CREATE FUNCTION @extschema@.cox_final(state internal) RETURNS @extschema@.cox_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_final';
COMMENT ON FUNCTION @extschema@.cox_final(state internal) IS
  'fits the rows of a state';

CREATE AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record) (
  SFUNC = @extschema@.cox_accum,
  STYPE = internal,
  SSPACE = 1048576,
  FINALFUNC = @extschema@.cox_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record) IS
  'Cox regression of durations on the columns of a record, ties by Efron; a row with a NULL is skipped and counted';

CREATE AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record, options jsonb) (
  SFUNC = @extschema@.cox_accum,
  STYPE = internal,
  SSPACE = 1048576,
  FINALFUNC = @extschema@.cox_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record, options jsonb) IS
  'Cox regression with options ties, max_iter, exclude and categorical';

CREATE FUNCTION @extschema@.n_observations(model @extschema@.cox_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_n';
COMMENT ON FUNCTION @extschema@.n_observations(model @extschema@.cox_model) IS
  'number of rows fitted';

CREATE FUNCTION @extschema@.n_events(model @extschema@.cox_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_n_events';
COMMENT ON FUNCTION @extschema@.n_events(model @extschema@.cox_model) IS
  'number of events among the rows fitted';

CREATE FUNCTION @extschema@.concordance(model @extschema@.cox_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_concordance';
COMMENT ON FUNCTION @extschema@.concordance(model @extschema@.cox_model) IS
  'Harrell''s C: of two rows, how often the one with the greater hazard had the event first; NULL when none compare';

CREATE FUNCTION @extschema@.hazard_ratios(model @extschema@.cox_model, confidence float8 DEFAULT 0.95) RETURNS TABLE (feature text, level text, coefficient float8, std_error float8, z float8, p_value float8, hazard_ratio float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'cox_model_coefficients';
COMMENT ON FUNCTION @extschema@.hazard_ratios(model @extschema@.cox_model, confidence float8) IS
  'coefficients and hazard ratios with their limits; a level is compared with the first in byte order';

CREATE FUNCTION @extschema@.summary(model @extschema@.cox_model,
  OUT n bigint, OUT events bigint, OUT skipped bigint, OUT log_likelihood_null float8, OUT log_likelihood float8, OUT chi_square float8, OUT df integer, OUT p_value float8, OUT concordance float8, OUT ties text, OUT iterations integer, OUT converged boolean)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_summary';
COMMENT ON FUNCTION @extschema@.summary(@extschema@.cox_model) IS
  'size, likelihood ratio test and concordance of a Cox model';

CREATE FUNCTION @extschema@.hazard_ratio(model @extschema@.cox_model, features record) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'cox_model_hazard_ratio';
COMMENT ON FUNCTION @extschema@.hazard_ratio(model @extschema@.cox_model, features record) IS
  'hazard of a row against that of the average row; NULL for a NULL feature or a value that no row had';
