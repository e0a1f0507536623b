-- clv_model: customer lifetime value models, their parameters and what they predict.

CREATE TYPE @extschema@.clv_model;

CREATE FUNCTION @extschema@.clv_model_in(text cstring) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_in';
COMMENT ON FUNCTION @extschema@.clv_model_in(text cstring) IS
  'text input: {"kind":"bg_nbd","parameters":{...},...}';

CREATE FUNCTION @extschema@.clv_model_out(model @extschema@.clv_model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_out';
COMMENT ON FUNCTION @extschema@.clv_model_out(model @extschema@.clv_model) IS
  'text output';

CREATE FUNCTION @extschema@.clv_model_recv(message internal) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_recv';
COMMENT ON FUNCTION @extschema@.clv_model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.clv_model_send(model @extschema@.clv_model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_send';
COMMENT ON FUNCTION @extschema@.clv_model_send(model @extschema@.clv_model) IS
  'binary output';

CREATE TYPE @extschema@.clv_model (
  INPUT = @extschema@.clv_model_in,
  OUTPUT = @extschema@.clv_model_out,
  RECEIVE = @extschema@.clv_model_recv,
  SEND = @extschema@.clv_model_send,
  ALIGNMENT = double,
  STORAGE = main
);
COMMENT ON TYPE @extschema@.clv_model IS
  'customer lifetime value model: kind, parameters and how well they are known';

CREATE FUNCTION @extschema@.clv_model_eq(a @extschema@.clv_model, b @extschema@.clv_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_eq';
COMMENT ON FUNCTION @extschema@.clv_model_eq(a @extschema@.clv_model, b @extschema@.clv_model) IS
  'equal';

CREATE FUNCTION @extschema@.clv_model_ne(a @extschema@.clv_model, b @extschema@.clv_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_ne';
COMMENT ON FUNCTION @extschema@.clv_model_ne(a @extschema@.clv_model, b @extschema@.clv_model) IS
  'not equal';

CREATE FUNCTION @extschema@.clv_model_hash(model @extschema@.clv_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_hash';
COMMENT ON FUNCTION @extschema@.clv_model_hash(model @extschema@.clv_model) IS
  'hash of a clv_model';

CREATE FUNCTION @extschema@.clv_model_hash_extended(model @extschema@.clv_model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_hash_extended';
COMMENT ON FUNCTION @extschema@.clv_model_hash_extended(model @extschema@.clv_model, seed bigint) IS
  'hash of a clv_model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.clv_model_eq,
  LEFTARG = @extschema@.clv_model, RIGHTARG = @extschema@.clv_model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.clv_model, @extschema@.clv_model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.clv_model_ne,
  LEFTARG = @extschema@.clv_model, RIGHTARG = @extschema@.clv_model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.clv_model, @extschema@.clv_model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.clv_model_ops
  DEFAULT FOR TYPE @extschema@.clv_model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.clv_model_hash(@extschema@.clv_model),
  FUNCTION 2 @extschema@.clv_model_hash_extended(@extschema@.clv_model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.clv_model_ops USING hash IS
  'equality of clv_model values';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.clv_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.clv_model) IS
  'clv_model as an object, like its text form';

CREATE CAST (@extschema@.clv_model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.clv_model);
COMMENT ON CAST (@extschema@.clv_model AS jsonb) IS
  'clv_model as an object, like its text form';

CREATE FUNCTION @extschema@.make_clv_model(kind text, parameters jsonb, unit interval DEFAULT NULL) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_make';
COMMENT ON FUNCTION @extschema@.make_clv_model(kind text, parameters jsonb, unit interval) IS
  'model of given parameters; without a unit it answers only what needs no horizon';

CREATE FUNCTION @extschema@.with_unit(model @extschema@.clv_model, unit interval) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_with_unit';
COMMENT ON FUNCTION @extschema@.with_unit(model @extschema@.clv_model, unit interval) IS
  'a model that has no unit yet, with this one';

CREATE FUNCTION @extschema@.kind(model @extschema@.clv_model) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_kind';
COMMENT ON FUNCTION @extschema@.kind(model @extschema@.clv_model) IS
  'bg_nbd, mbg_nbd, pareto_nbd, gamma_gamma or bg_bb';

CREATE FUNCTION @extschema@.parameters(model @extschema@.clv_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_parameters';
COMMENT ON FUNCTION @extschema@.parameters(model @extschema@.clv_model) IS
  'parameters by name';

CREATE FUNCTION @extschema@.standard_errors(model @extschema@.clv_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_standard_errors';
COMMENT ON FUNCTION @extschema@.standard_errors(model @extschema@.clv_model) IS
  'standard errors by parameter; NULL unless the fit converged';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.clv_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(model @extschema@.clv_model) IS
  'log-likelihood of the customers fitted to; NULL for given parameters';

CREATE FUNCTION @extschema@.aic(model @extschema@.clv_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_aic';
COMMENT ON FUNCTION @extschema@.aic(model @extschema@.clv_model) IS
  'Akaike information criterion; NULL for given parameters';

CREATE FUNCTION @extschema@.bic(model @extschema@.clv_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_bic';
COMMENT ON FUNCTION @extschema@.bic(model @extschema@.clv_model) IS
  'Bayesian information criterion; NULL for given parameters';

CREATE FUNCTION @extschema@.converged(model @extschema@.clv_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_converged';
COMMENT ON FUNCTION @extschema@.converged(model @extschema@.clv_model) IS
  'was a maximum of the likelihood found; NULL for given parameters';

CREATE FUNCTION @extschema@.iterations(model @extschema@.clv_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_iterations';
COMMENT ON FUNCTION @extschema@.iterations(model @extschema@.clv_model) IS
  'steps of the search; NULL for given parameters';

CREATE FUNCTION @extschema@.n_customers(model @extschema@.clv_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_n_customers';
COMMENT ON FUNCTION @extschema@.n_customers(model @extschema@.clv_model) IS
  'customers that the likelihood is of; NULL for given parameters';

CREATE FUNCTION @extschema@.unit(model @extschema@.clv_model) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_unit';
COMMENT ON FUNCTION @extschema@.unit(model @extschema@.clv_model) IS
  'unit of time of the parameters; NULL when it is not recorded';

CREATE FUNCTION @extschema@.observed_until(model @extschema@.clv_model) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_observed_until';
COMMENT ON FUNCTION @extschema@.observed_until(model @extschema@.clv_model) IS
  'last day observed, inclusive; NULL when it is not recorded';

CREATE FUNCTION @extschema@.summary(model @extschema@.clv_model) RETURNS TABLE (parameter text, value float8, std_error float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4
  AS 'MODULE_PATHNAME', 'clv_model_summary';
COMMENT ON FUNCTION @extschema@.summary(model @extschema@.clv_model) IS
  'parameters with standard errors and 95 % intervals, where the fit converged';

CREATE FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'clv_model_alive';
COMMENT ON FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm) IS
  'probability that the customer will buy again, at the end of observation';

CREATE FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm, ahead interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_alive_ahead';
COMMENT ON FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm, ahead interval) IS
  'probability that the customer will still be alive so much later';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, customer @extschema@.rfm, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_expected';
COMMENT ON FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, customer @extschema@.rfm, horizon interval) IS
  'expected purchases of a known customer within the horizon';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_expected_new';
COMMENT ON FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, horizon interval) IS
  'expected repeat purchases of a new customer within the horizon';

CREATE FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, customer @extschema@.rfm, n integer, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_probability';
COMMENT ON FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, customer @extschema@.rfm, n integer, horizon interval) IS
  'probability that a known customer buys exactly n times within the horizon';

CREATE FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, n integer, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_probability_new';
COMMENT ON FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, n integer, horizon interval) IS
  'probability that a new customer buys again exactly n times within the horizon';

CREATE FUNCTION @extschema@.expected_spend(model @extschema@.clv_model, customer @extschema@.rfm) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'clv_model_expected_spend';
COMMENT ON FUNCTION @extschema@.expected_spend(model @extschema@.clv_model, customer @extschema@.rfm) IS
  'expected mean spend of a purchase by a gamma_gamma model; NULL where there is none';

CREATE FUNCTION @extschema@.residual_transactions(model @extschema@.clv_model, customer @extschema@.rfm, annual_discount float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'clv_model_residual';
COMMENT ON FUNCTION @extschema@.residual_transactions(model @extschema@.clv_model, customer @extschema@.rfm, annual_discount float8) IS
  'discounted expected purchases of all time to come; NULL where they are infinite';

CREATE FUNCTION @extschema@.lifetime_value(model @extschema@.clv_model, spend @extschema@.clv_model, customer @extschema@.rfm, horizon interval, annual_discount float8 DEFAULT 0, margin float8 DEFAULT 1) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'clv_model_lifetime_value';
COMMENT ON FUNCTION @extschema@.lifetime_value(model @extschema@.clv_model, spend @extschema@.clv_model, customer @extschema@.rfm, horizon interval, annual_discount float8, margin float8) IS
  'discounted expected spend within the horizon, times the margin; NULL without an expected spend';
