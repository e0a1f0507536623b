-- model: a trained model as a value, and the aggregate that fits one.

CREATE TYPE @extschema@.model;

CREATE FUNCTION @extschema@.model_in(text cstring) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_in';
COMMENT ON FUNCTION @extschema@.model_in(text cstring) IS
  'text input: a JSON object as text output prints it';

CREATE FUNCTION @extschema@.model_out(model @extschema@.model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_out';
COMMENT ON FUNCTION @extschema@.model_out(model @extschema@.model) IS
  'text output';

CREATE FUNCTION @extschema@.model_recv(message internal) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_recv';
COMMENT ON FUNCTION @extschema@.model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.model_send(model @extschema@.model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_send';
COMMENT ON FUNCTION @extschema@.model_send(model @extschema@.model) IS
  'binary output';

CREATE TYPE @extschema@.model (
  INPUT = @extschema@.model_in,
  OUTPUT = @extschema@.model_out,
  RECEIVE = @extschema@.model_recv,
  SEND = @extschema@.model_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.model IS
  'trained model: what was learned, from which features, with which options';

CREATE FUNCTION @extschema@.model_eq(a @extschema@.model, b @extschema@.model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_eq';
COMMENT ON FUNCTION @extschema@.model_eq(a @extschema@.model, b @extschema@.model) IS
  'equal';

CREATE FUNCTION @extschema@.model_ne(a @extschema@.model, b @extschema@.model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_ne';
COMMENT ON FUNCTION @extschema@.model_ne(a @extschema@.model, b @extschema@.model) IS
  'not equal';

CREATE FUNCTION @extschema@.model_hash(model @extschema@.model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_hash';
COMMENT ON FUNCTION @extschema@.model_hash(model @extschema@.model) IS
  'hash of a model';

CREATE FUNCTION @extschema@.model_hash_extended(model @extschema@.model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_hash_extended';
COMMENT ON FUNCTION @extschema@.model_hash_extended(model @extschema@.model, seed bigint) IS
  'hash of a model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.model_eq,
  LEFTARG = @extschema@.model, RIGHTARG = @extschema@.model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.model, @extschema@.model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.model_ne,
  LEFTARG = @extschema@.model, RIGHTARG = @extschema@.model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.model, @extschema@.model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.model_ops
  DEFAULT FOR TYPE @extschema@.model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.model_hash(@extschema@.model),
  FUNCTION 2 @extschema@.model_hash_extended(@extschema@.model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.model_ops USING hash IS
  'equality of models';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.model) IS
  'model as a JSON object, everything it holds';

CREATE CAST (@extschema@.model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.model);
COMMENT ON CAST (@extschema@.model AS jsonb) IS
  'model as a JSON object, everything it holds';

CREATE FUNCTION @extschema@.model(document jsonb) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_from_jsonb';
COMMENT ON FUNCTION @extschema@.model(document jsonb) IS
  'model from the JSON object that the cast to jsonb gives';

CREATE CAST (jsonb AS @extschema@.model)
  WITH FUNCTION @extschema@.model(jsonb);
COMMENT ON CAST (jsonb AS @extschema@.model) IS
  'model from the JSON object that the cast to jsonb gives';

CREATE FUNCTION @extschema@.algorithm(model @extschema@.model) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_algorithm';
COMMENT ON FUNCTION @extschema@.algorithm(model @extschema@.model) IS
  'algorithm of a model, as logistic';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.model) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(model @extschema@.model) IS
  'log-likelihood of a logistic model on its training rows; NULL for other algorithms';

CREATE FUNCTION @extschema@.warnings(model @extschema@.model) RETURNS text[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_warnings';
COMMENT ON FUNCTION @extschema@.warnings(model @extschema@.model) IS
  'what was noticed in training';

CREATE FUNCTION @extschema@.coefficients(model @extschema@.model,
  OUT feature text, OUT level text, OUT coefficient double precision,
  OUT std_error double precision, OUT z double precision,
  OUT p_value double precision, OUT odds_ratio double precision)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20
  AS 'MODULE_PATHNAME', 'model_coefficients';
COMMENT ON FUNCTION @extschema@.coefficients(@extschema@.model) IS
  'coefficients of a logistic model on the scale of its columns, or what each value adds to the log-odds of naive Bayes or of rates by stage; the intercept first';

CREATE FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'fit_accum';
COMMENT ON FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record) IS
  'transition function of fit';

CREATE FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record, options jsonb) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'fit_accum';
COMMENT ON FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record, options jsonb) IS
  'transition function of fit';

CREATE FUNCTION @extschema@.fit_final(state internal) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'fit_final';
COMMENT ON FUNCTION @extschema@.fit_final(state internal) IS
  'final function of fit';

CREATE AGGREGATE @extschema@.fit(algorithm text, label boolean, features record) (
  SFUNC = @extschema@.fit_accum,
  STYPE = internal,
  SSPACE = 1000000,
  FINALFUNC = @extschema@.fit_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit(algorithm text, label boolean, features record) IS
  'model of the label by the columns of the record';

CREATE AGGREGATE @extschema@.fit(algorithm text, label boolean, features record, options jsonb) (
  SFUNC = @extschema@.fit_accum,
  STYPE = internal,
  SSPACE = 1000000,
  FINALFUNC = @extschema@.fit_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit(algorithm text, label boolean, features record, options jsonb) IS
  'model of the label by the columns of the record, with options';
