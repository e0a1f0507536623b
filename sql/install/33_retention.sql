-- retention: who came back, cohort by cohort; who left, by the textbook rates.

CREATE TYPE @extschema@.retention;

CREATE FUNCTION @extschema@.retention_in(text cstring) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_in';
COMMENT ON FUNCTION @extschema@.retention_in(text cstring) IS
  'text input: {"as_of":date,"months":n,"cohorts":[[date,size,[[period,active,last],...]],...]}, with "days" or "brackets" in place of "months"';

CREATE FUNCTION @extschema@.retention_out(retention @extschema@.retention) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_out';
COMMENT ON FUNCTION @extschema@.retention_out(retention @extschema@.retention) IS
  'text output';

CREATE FUNCTION @extschema@.retention_recv(message internal) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_recv';
COMMENT ON FUNCTION @extschema@.retention_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.retention_send(retention @extschema@.retention) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_send';
COMMENT ON FUNCTION @extschema@.retention_send(retention @extschema@.retention) IS
  'binary output';

CREATE TYPE @extschema@.retention (
  INPUT = @extschema@.retention_in,
  OUTPUT = @extschema@.retention_out,
  RECEIVE = @extschema@.retention_recv,
  SEND = @extschema@.retention_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.retention IS
  'who came back: cohorts with their size, and who was active in each period';

CREATE FUNCTION @extschema@.retention_eq(a @extschema@.retention, b @extschema@.retention) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_eq';
COMMENT ON FUNCTION @extschema@.retention_eq(a @extschema@.retention, b @extschema@.retention) IS
  'equal';

CREATE FUNCTION @extschema@.retention_ne(a @extschema@.retention, b @extschema@.retention) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_ne';
COMMENT ON FUNCTION @extschema@.retention_ne(a @extschema@.retention, b @extschema@.retention) IS
  'not equal';

CREATE FUNCTION @extschema@.retention_hash(retention @extschema@.retention) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_hash';
COMMENT ON FUNCTION @extschema@.retention_hash(retention @extschema@.retention) IS
  'hash of a retention';

CREATE FUNCTION @extschema@.retention_hash_extended(retention @extschema@.retention, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_hash_extended';
COMMENT ON FUNCTION @extschema@.retention_hash_extended(retention @extschema@.retention, seed bigint) IS
  'hash of a retention with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.retention_eq,
  LEFTARG = @extschema@.retention, RIGHTARG = @extschema@.retention,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.retention, @extschema@.retention) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.retention_ne,
  LEFTARG = @extschema@.retention, RIGHTARG = @extschema@.retention,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.retention, @extschema@.retention) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.retention_ops
  DEFAULT FOR TYPE @extschema@.retention USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.retention_hash(@extschema@.retention),
  FUNCTION 2 @extschema@.retention_hash_extended(@extschema@.retention, bigint);
COMMENT ON OPERATOR CLASS @extschema@.retention_ops USING hash IS
  'equality of retention values';

CREATE FUNCTION @extschema@.jsonb(retention @extschema@.retention) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(retention @extschema@.retention) IS
  'retention as an object of its cohorts and counts';

CREATE CAST (@extschema@.retention AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.retention);
COMMENT ON CAST (@extschema@.retention AS jsonb) IS
  'retention as an object of its cohorts and counts';

CREATE FUNCTION @extschema@.retention_add(state @extschema@.retention, started date, active date[], unit interval, as_of date) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_add';
COMMENT ON FUNCTION @extschema@.retention_add(state @extschema@.retention, started date, active date[], unit interval, as_of date) IS
  'transition of retention';

CREATE FUNCTION @extschema@.retention_add_brackets(state @extschema@.retention, started date, active date[], brackets integer[], as_of date) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_add_brackets';
COMMENT ON FUNCTION @extschema@.retention_add_brackets(state @extschema@.retention, started date, active date[], brackets integer[], as_of date) IS
  'transition of bracket_retention';

CREATE FUNCTION @extschema@.retention_merge(state @extschema@.retention, other @extschema@.retention) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_merge';
COMMENT ON FUNCTION @extschema@.retention_merge(state @extschema@.retention, other @extschema@.retention) IS
  'adds up two retentions; combines states';

CREATE FUNCTION @extschema@.retention_final(state @extschema@.retention) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_final';
COMMENT ON FUNCTION @extschema@.retention_final(state @extschema@.retention) IS
  'canonical form of a state';

CREATE AGGREGATE @extschema@.retention(started date, active date[], unit interval, as_of date) (
  SFUNC = @extschema@.retention_add,
  STYPE = @extschema@.retention,
  SSPACE = 4096,
  FINALFUNC = @extschema@.retention_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.retention_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.retention(started date, active date[], unit interval, as_of date) IS
  'who came back, one row a customer: cohorts by calendar month, or by days since the start; as_of is the last day that is known';

CREATE AGGREGATE @extschema@.bracket_retention(started date, active date[], brackets integer[], as_of date) (
  SFUNC = @extschema@.retention_add_brackets,
  STYPE = @extschema@.retention,
  SSPACE = 4096,
  FINALFUNC = @extschema@.retention_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.retention_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.bracket_retention(started date, active date[], brackets integer[], as_of date) IS
  'who came back in brackets of days since the start: {1,31,61} makes days 1 to 30 and 31 to 60';

CREATE AGGREGATE @extschema@.rollup(retention @extschema@.retention) (
  SFUNC = @extschema@.retention_merge,
  STYPE = @extschema@.retention,
  SSPACE = 4096,
  FINALFUNC = @extschema@.retention_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.retention_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(retention @extschema@.retention) IS
  'adds up retentions of different customers';

CREATE FUNCTION @extschema@.as_of(retention @extschema@.retention) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_as_of';
COMMENT ON FUNCTION @extschema@.as_of(retention @extschema@.retention) IS
  'last day that is known';

CREATE FUNCTION @extschema@.cohorts(retention @extschema@.retention, mode text DEFAULT 'on') RETURNS TABLE (cohort date, period integer, size bigint, active bigint, rate float8, complete boolean)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100
  AS 'MODULE_PATHNAME', 'retention_cohorts';
COMMENT ON FUNCTION @extschema@.cohorts(retention @extschema@.retention, mode text) IS
  'rows of a cohort table: active in the period (on) or in it or later (on_or_after); the rate is NULL until the period is over';

CREATE FUNCTION @extschema@.overall(retention @extschema@.retention, mode text DEFAULT 'on') RETURNS TABLE (period integer, size bigint, active bigint, rate float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20
  AS 'MODULE_PATHNAME', 'retention_overall';
COMMENT ON FUNCTION @extschema@.overall(retention @extschema@.retention, mode text) IS
  'retention by period over all cohorts for which the period is over';

-- sbg_model: renewals of contracts by the shifted-beta-geometric model.

CREATE TYPE @extschema@.sbg_model;

CREATE FUNCTION @extschema@.sbg_model_in(text cstring) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_in';
COMMENT ON FUNCTION @extschema@.sbg_model_in(text cstring) IS
  'text input: the JSON object that it is printed as';

CREATE FUNCTION @extschema@.sbg_model_out(model @extschema@.sbg_model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_out';
COMMENT ON FUNCTION @extschema@.sbg_model_out(model @extschema@.sbg_model) IS
  'text output';

CREATE FUNCTION @extschema@.sbg_model_recv(message internal) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_recv';
COMMENT ON FUNCTION @extschema@.sbg_model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.sbg_model_send(model @extschema@.sbg_model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_send';
COMMENT ON FUNCTION @extschema@.sbg_model_send(model @extschema@.sbg_model) IS
  'binary output';

CREATE TYPE @extschema@.sbg_model (
  INPUT = @extschema@.sbg_model_in,
  OUTPUT = @extschema@.sbg_model_out,
  RECEIVE = @extschema@.sbg_model_recv,
  SEND = @extschema@.sbg_model_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.sbg_model IS
  'shifted-beta-geometric model of contract renewals, with the survivors that it was fitted to';

CREATE FUNCTION @extschema@.sbg_model_eq(a @extschema@.sbg_model, b @extschema@.sbg_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_eq';
COMMENT ON FUNCTION @extschema@.sbg_model_eq(a @extschema@.sbg_model, b @extschema@.sbg_model) IS
  'equal';

CREATE FUNCTION @extschema@.sbg_model_ne(a @extschema@.sbg_model, b @extschema@.sbg_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_ne';
COMMENT ON FUNCTION @extschema@.sbg_model_ne(a @extschema@.sbg_model, b @extschema@.sbg_model) IS
  'not equal';

CREATE FUNCTION @extschema@.sbg_model_hash(model @extschema@.sbg_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_hash';
COMMENT ON FUNCTION @extschema@.sbg_model_hash(model @extschema@.sbg_model) IS
  'hash of an sbg_model';

CREATE FUNCTION @extschema@.sbg_model_hash_extended(model @extschema@.sbg_model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_hash_extended';
COMMENT ON FUNCTION @extschema@.sbg_model_hash_extended(model @extschema@.sbg_model, seed bigint) IS
  'hash of an sbg_model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.sbg_model_eq,
  LEFTARG = @extschema@.sbg_model, RIGHTARG = @extschema@.sbg_model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.sbg_model, @extschema@.sbg_model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.sbg_model_ne,
  LEFTARG = @extschema@.sbg_model, RIGHTARG = @extschema@.sbg_model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.sbg_model, @extschema@.sbg_model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.sbg_model_ops
  DEFAULT FOR TYPE @extschema@.sbg_model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.sbg_model_hash(@extschema@.sbg_model),
  FUNCTION 2 @extschema@.sbg_model_hash_extended(@extschema@.sbg_model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.sbg_model_ops USING hash IS
  'equality of sbg_model values';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.sbg_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.sbg_model) IS
  'sbg_model as an object of its parameters and survivors';

CREATE CAST (@extschema@.sbg_model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.sbg_model);
COMMENT ON CAST (@extschema@.sbg_model AS jsonb) IS
  'sbg_model as an object of its parameters and survivors';

CREATE FUNCTION @extschema@.sbg_model_add(state @extschema@.sbg_model, period integer, survivors bigint) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_add';
COMMENT ON FUNCTION @extschema@.sbg_model_add(state @extschema@.sbg_model, period integer, survivors bigint) IS
  'transition of fit_sbg';

CREATE FUNCTION @extschema@.sbg_model_merge(state @extschema@.sbg_model, other @extschema@.sbg_model) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_merge';
COMMENT ON FUNCTION @extschema@.sbg_model_merge(state @extschema@.sbg_model, other @extschema@.sbg_model) IS
  'adds up the survivors of two sbg_models; combines states';

CREATE FUNCTION @extschema@.sbg_model_final(state @extschema@.sbg_model) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_final';
COMMENT ON FUNCTION @extschema@.sbg_model_final(state @extschema@.sbg_model) IS
  'fits the survivors of a state';

CREATE AGGREGATE @extschema@.fit_sbg(period integer, survivors bigint) (
  SFUNC = @extschema@.sbg_model_add,
  STYPE = @extschema@.sbg_model,
  SSPACE = 1024,
  FINALFUNC = @extschema@.sbg_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sbg_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_sbg(period integer, survivors bigint) IS
  'fits the shifted-beta-geometric model to how many of period 0 are left in period 0, 1, 2 and so on';

CREATE AGGREGATE @extschema@.rollup(model @extschema@.sbg_model) (
  SFUNC = @extschema@.sbg_model_merge,
  STYPE = @extschema@.sbg_model,
  SSPACE = 1024,
  FINALFUNC = @extschema@.sbg_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sbg_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(model @extschema@.sbg_model) IS
  'adds up the survivors of models of different customers over the same periods, and fits them anew';

CREATE FUNCTION @extschema@.summary(model @extschema@.sbg_model,
  OUT alpha float8, OUT beta float8, OUT alpha_error float8, OUT beta_error float8, OUT log_likelihood float8, OUT iterations integer, OUT converged boolean)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_summary';
COMMENT ON FUNCTION @extschema@.summary(@extschema@.sbg_model) IS
  'parameters of an sbg_model with standard errors, NULL unless converged';

CREATE FUNCTION @extschema@.survival_at(model @extschema@.sbg_model, period integer) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_survival_at';
COMMENT ON FUNCTION @extschema@.survival_at(model @extschema@.sbg_model, period integer) IS
  'share of customers left after so many renewals';

CREATE FUNCTION @extschema@.retention_at(model @extschema@.sbg_model, period integer) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_retention_at';
COMMENT ON FUNCTION @extschema@.retention_at(model @extschema@.sbg_model, period integer) IS
  'share who renew at this renewal of those who came to it';

CREATE FUNCTION @extschema@.survival_table(model @extschema@.sbg_model, until integer) RETURNS TABLE (period integer, survivors bigint, observed float8, survival float8, retention float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 12
  AS 'MODULE_PATHNAME', 'sbg_model_table';
COMMENT ON FUNCTION @extschema@.survival_table(model @extschema@.sbg_model, until integer) IS
  'observed and expected survival period by period, beyond the data as a forecast';

CREATE FUNCTION @extschema@.expected_lifetime(model @extschema@.sbg_model, horizon integer DEFAULT NULL) RETURNS float8
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_expected_lifetime';
COMMENT ON FUNCTION @extschema@.expected_lifetime(model @extschema@.sbg_model, horizon integer) IS
  'expected number of periods of a new customer, within the horizon if there is one; NULL where it is infinite';

CREATE FUNCTION @extschema@.discounted_lifetime(model @extschema@.sbg_model, discount float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_discounted_lifetime';
COMMENT ON FUNCTION @extschema@.discounted_lifetime(model @extschema@.sbg_model, discount float8) IS
  'expected number of periods of a new customer, each discounted by so much a period against the one before';

CREATE FUNCTION @extschema@.residual_lifetime(model @extschema@.sbg_model, renewals integer, discount float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_residual_lifetime';
COMMENT ON FUNCTION @extschema@.residual_lifetime(model @extschema@.sbg_model, renewals integer, discount float8) IS
  'expected discounted number of periods still to come of a customer who has renewed so often and is about to be asked again';
