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
