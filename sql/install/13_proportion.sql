-- proportion: successes of trials, with confidence limits and comparisons.

CREATE TYPE @extschema@.proportion;

CREATE FUNCTION @extschema@.proportion_in(text cstring) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_in';
COMMENT ON FUNCTION @extschema@.proportion_in(text cstring) IS
  'text input: successes, a slash, trials';

CREATE FUNCTION @extschema@.proportion_out(proportion @extschema@.proportion) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_out';
COMMENT ON FUNCTION @extschema@.proportion_out(proportion @extschema@.proportion) IS
  'text output';

CREATE FUNCTION @extschema@.proportion_recv(message internal) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_recv';
COMMENT ON FUNCTION @extschema@.proportion_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.proportion_send(proportion @extschema@.proportion) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_send';
COMMENT ON FUNCTION @extschema@.proportion_send(proportion @extschema@.proportion) IS
  'binary output';

CREATE TYPE @extschema@.proportion (
  INPUT = @extschema@.proportion_in,
  OUTPUT = @extschema@.proportion_out,
  RECEIVE = @extschema@.proportion_recv,
  SEND = @extschema@.proportion_send,
  INTERNALLENGTH = 24,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.proportion IS
  'share of something: successes of trials, as 12/40';

CREATE FUNCTION @extschema@.proportion_eq(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_eq';
COMMENT ON FUNCTION @extschema@.proportion_eq(a @extschema@.proportion, b @extschema@.proportion) IS
  'equal';

CREATE FUNCTION @extschema@.proportion_ne(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_ne';
COMMENT ON FUNCTION @extschema@.proportion_ne(a @extschema@.proportion, b @extschema@.proportion) IS
  'not equal';

CREATE FUNCTION @extschema@.proportion_lt(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_lt';
COMMENT ON FUNCTION @extschema@.proportion_lt(a @extschema@.proportion, b @extschema@.proportion) IS
  'lower share, or the same of fewer trials';

CREATE FUNCTION @extschema@.proportion_le(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_le';
COMMENT ON FUNCTION @extschema@.proportion_le(a @extschema@.proportion, b @extschema@.proportion) IS
  'not a higher share';

CREATE FUNCTION @extschema@.proportion_gt(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_gt';
COMMENT ON FUNCTION @extschema@.proportion_gt(a @extschema@.proportion, b @extschema@.proportion) IS
  'higher share, or the same of more trials';

CREATE FUNCTION @extschema@.proportion_ge(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_ge';
COMMENT ON FUNCTION @extschema@.proportion_ge(a @extschema@.proportion, b @extschema@.proportion) IS
  'not a lower share';

CREATE FUNCTION @extschema@.proportion_cmp(a @extschema@.proportion, b @extschema@.proportion) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_cmp';
COMMENT ON FUNCTION @extschema@.proportion_cmp(a @extschema@.proportion, b @extschema@.proportion) IS
  'btree order: by value, then by trials; 0/0 comes last';

CREATE FUNCTION @extschema@.proportion_hash(proportion @extschema@.proportion) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_hash';
COMMENT ON FUNCTION @extschema@.proportion_hash(proportion @extschema@.proportion) IS
  'hash of a proportion';

CREATE FUNCTION @extschema@.proportion_hash_extended(proportion @extschema@.proportion, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_hash_extended';
COMMENT ON FUNCTION @extschema@.proportion_hash_extended(proportion @extschema@.proportion, seed bigint) IS
  'hash of a proportion with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.proportion_eq,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.proportion, @extschema@.proportion) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.proportion_ne,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.proportion, @extschema@.proportion) IS
  'not equal';

CREATE OPERATOR @extschema@.< (
  FUNCTION = @extschema@.proportion_lt,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
  RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.proportion, @extschema@.proportion) IS
  'lower share, or the same of fewer trials';

CREATE OPERATOR @extschema@.<= (
  FUNCTION = @extschema@.proportion_le,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
  RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.proportion, @extschema@.proportion) IS
  'not a higher share';

CREATE OPERATOR @extschema@.> (
  FUNCTION = @extschema@.proportion_gt,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
  RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.proportion, @extschema@.proportion) IS
  'higher share, or the same of more trials';

CREATE OPERATOR @extschema@.>= (
  FUNCTION = @extschema@.proportion_ge,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
  RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.proportion, @extschema@.proportion) IS
  'not a lower share';

CREATE OPERATOR CLASS @extschema@.proportion_ops
  DEFAULT FOR TYPE @extschema@.proportion USING btree AS
  OPERATOR 1 @extschema@.<,
  OPERATOR 2 @extschema@.<=,
  OPERATOR 3 @extschema@.=,
  OPERATOR 4 @extschema@.>=,
  OPERATOR 5 @extschema@.>,
  FUNCTION 1 @extschema@.proportion_cmp(@extschema@.proportion, @extschema@.proportion);
COMMENT ON OPERATOR CLASS @extschema@.proportion_ops USING btree IS
  'order of proportions';

CREATE OPERATOR CLASS @extschema@.proportion_ops
  DEFAULT FOR TYPE @extschema@.proportion USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.proportion_hash(@extschema@.proportion),
  FUNCTION 2 @extschema@.proportion_hash_extended(@extschema@.proportion, bigint);
COMMENT ON OPERATOR CLASS @extschema@.proportion_ops USING hash IS
  'equality of proportions';

CREATE FUNCTION @extschema@.jsonb(proportion @extschema@.proportion) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(proportion @extschema@.proportion) IS
  'proportion as an object: successes, trials, value (with trials only)';

CREATE CAST (@extschema@.proportion AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.proportion);
COMMENT ON CAST (@extschema@.proportion AS jsonb) IS
  'proportion as an object: successes, trials, value (with trials only)';

CREATE FUNCTION @extschema@.make_proportion(successes bigint, trials bigint) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_make';
COMMENT ON FUNCTION @extschema@.make_proportion(successes bigint, trials bigint) IS
  'proportion of these counts';

CREATE FUNCTION @extschema@.proportion_accum(state @extschema@.proportion, success boolean) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_accum';
COMMENT ON FUNCTION @extschema@.proportion_accum(state @extschema@.proportion, success boolean) IS
  'transition function of proportion(boolean)';

CREATE FUNCTION @extschema@.proportion_combine(
  state @extschema@.proportion,
  other @extschema@.proportion
) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_combine';
COMMENT ON FUNCTION @extschema@.proportion_combine(state @extschema@.proportion, other @extschema@.proportion) IS
  'sum of two proportions: transition of rollup, combine function of both';

CREATE AGGREGATE @extschema@.proportion(success boolean) (
  SFUNC = @extschema@.proportion_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.proportion(success boolean) IS
  'share of the rows that are true; NULL rows are skipped';

CREATE AGGREGATE @extschema@.rollup(proportion @extschema@.proportion) (
  SFUNC = @extschema@.proportion_combine,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(proportion @extschema@.proportion) IS
  'proportion of all trials together';

CREATE FUNCTION @extschema@.successes(proportion @extschema@.proportion) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_successes';
COMMENT ON FUNCTION @extschema@.successes(proportion @extschema@.proportion) IS
  'successes of a proportion';

CREATE FUNCTION @extschema@.trials(proportion @extschema@.proportion) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_trials';
COMMENT ON FUNCTION @extschema@.trials(proportion @extschema@.proportion) IS
  'trials of a proportion';

CREATE FUNCTION @extschema@.value(proportion @extschema@.proportion) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_value';
COMMENT ON FUNCTION @extschema@.value(proportion @extschema@.proportion) IS
  'successes / trials; NULL without trials';

CREATE FUNCTION @extschema@.low(proportion @extschema@.proportion, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_low';
COMMENT ON FUNCTION @extschema@.low(proportion @extschema@.proportion, level double precision) IS
  'lower Wilson limit at a confidence level; NULL without trials';

CREATE FUNCTION @extschema@.high(proportion @extschema@.proportion, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_high';
COMMENT ON FUNCTION @extschema@.high(proportion @extschema@.proportion, level double precision) IS
  'upper Wilson limit at a confidence level; NULL without trials';

CREATE FUNCTION @extschema@.shrunk_rate(
  proportion @extschema@.proportion,
  prior @extschema@.proportion,
  strength double precision
) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_shrunk_rate';
COMMENT ON FUNCTION @extschema@.shrunk_rate(proportion @extschema@.proportion, prior @extschema@.proportion, strength double precision) IS
  '(successes + strength x share of prior) / (trials + strength)';

CREATE FUNCTION @extschema@.prior_strength(groups @extschema@.proportion[]) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'proportion_prior_strength';
COMMENT ON FUNCTION @extschema@.prior_strength(groups @extschema@.proportion[]) IS
  'strength for shrunk_rate by beta-binomial maximum likelihood over groups';

CREATE FUNCTION @extschema@.ab_test(
  a @extschema@.proportion,
  b @extschema@.proportion,
  OUT difference double precision,
  OUT relative_uplift double precision,
  OUT z double precision,
  OUT p_value double precision,
  OUT low double precision,
  OUT high double precision
) RETURNS record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_ab_test';
COMMENT ON FUNCTION @extschema@.ab_test(a @extschema@.proportion, b @extschema@.proportion) IS
  'difference b - a with pooled z, two-sided p-value and Newcombe 95 % limits';
