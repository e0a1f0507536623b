-- satisfaction: csat as a proportion, the net promoter score as a value.

CREATE TYPE @extschema@.nps;

CREATE FUNCTION @extschema@.nps_in(text cstring) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_in';
COMMENT ON FUNCTION @extschema@.nps_in(text cstring) IS
  'text input: a JSON object of three counts';

CREATE FUNCTION @extschema@.nps_out(nps @extschema@.nps) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_out';
COMMENT ON FUNCTION @extschema@.nps_out(nps @extschema@.nps) IS
  'text output';

CREATE FUNCTION @extschema@.nps_recv(message internal) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_recv';
COMMENT ON FUNCTION @extschema@.nps_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.nps_send(nps @extschema@.nps) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_send';
COMMENT ON FUNCTION @extschema@.nps_send(nps @extschema@.nps) IS
  'binary output';

CREATE TYPE @extschema@.nps (
  INPUT = @extschema@.nps_in,
  OUTPUT = @extschema@.nps_out,
  RECEIVE = @extschema@.nps_recv,
  SEND = @extschema@.nps_send,
  INTERNALLENGTH = 32,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.nps IS
  'net promoter score: how many promoters, passives and detractors';

CREATE FUNCTION @extschema@.nps_eq(a @extschema@.nps, b @extschema@.nps) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_eq';
COMMENT ON FUNCTION @extschema@.nps_eq(a @extschema@.nps, b @extschema@.nps) IS
  'equal';

CREATE FUNCTION @extschema@.nps_ne(a @extschema@.nps, b @extschema@.nps) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_ne';
COMMENT ON FUNCTION @extschema@.nps_ne(a @extschema@.nps, b @extschema@.nps) IS
  'not equal';

CREATE FUNCTION @extschema@.nps_hash(nps @extschema@.nps) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_hash';
COMMENT ON FUNCTION @extschema@.nps_hash(nps @extschema@.nps) IS
  'hash of a net promoter score';

CREATE FUNCTION @extschema@.nps_hash_extended(nps @extschema@.nps, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_hash_extended';
COMMENT ON FUNCTION @extschema@.nps_hash_extended(nps @extschema@.nps, seed bigint) IS
  'hash of a net promoter score with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.nps_eq,
  LEFTARG = @extschema@.nps, RIGHTARG = @extschema@.nps,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.nps, @extschema@.nps) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.nps_ne,
  LEFTARG = @extschema@.nps, RIGHTARG = @extschema@.nps,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.nps, @extschema@.nps) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.nps_ops
  DEFAULT FOR TYPE @extschema@.nps USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.nps_hash(@extschema@.nps),
  FUNCTION 2 @extschema@.nps_hash_extended(@extschema@.nps, bigint);
COMMENT ON OPERATOR CLASS @extschema@.nps_ops USING hash IS
  'equality of net promoter scores';

CREATE FUNCTION @extschema@.jsonb(nps @extschema@.nps) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(nps @extschema@.nps) IS
  'net promoter score as an object: promoters, passives, detractors, value (with answers only)';

CREATE CAST (@extschema@.nps AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.nps);
COMMENT ON CAST (@extschema@.nps AS jsonb) IS
  'net promoter score as an object: promoters, passives, detractors, value (with answers only)';

CREATE FUNCTION @extschema@.make_nps(promoters bigint, passives bigint, detractors bigint) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_make';
COMMENT ON FUNCTION @extschema@.make_nps(promoters bigint, passives bigint, detractors bigint) IS
  'net promoter score of these counts';

CREATE FUNCTION @extschema@.nps_accum(state @extschema@.nps, rating double precision) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_accum';
COMMENT ON FUNCTION @extschema@.nps_accum(state @extschema@.nps, rating double precision) IS
  'transition function of nps(double precision)';

CREATE FUNCTION @extschema@.nps_combine(state @extschema@.nps, other @extschema@.nps) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_combine';
COMMENT ON FUNCTION @extschema@.nps_combine(state @extschema@.nps, other @extschema@.nps) IS
  'sum of two net promoter scores: transition of rollup, combine function of both';

CREATE AGGREGATE @extschema@.nps(rating double precision) (
  SFUNC = @extschema@.nps_accum,
  STYPE = @extschema@.nps,
  SSPACE = 32,
  COMBINEFUNC = @extschema@.nps_combine,
  INITCOND = '{"promoters":0,"passives":0,"detractors":0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.nps(rating double precision) IS
  'net promoter score of answers from 0 to 10; NULL rows are skipped';

CREATE AGGREGATE @extschema@.rollup(nps @extschema@.nps) (
  SFUNC = @extschema@.nps_combine,
  STYPE = @extschema@.nps,
  SSPACE = 32,
  COMBINEFUNC = @extschema@.nps_combine,
  INITCOND = '{"promoters":0,"passives":0,"detractors":0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(nps @extschema@.nps) IS
  'net promoter score of all answers together';

CREATE FUNCTION @extschema@.promoters(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_promoters';
COMMENT ON FUNCTION @extschema@.promoters(nps @extschema@.nps) IS
  'answers of 9 and 10';

CREATE FUNCTION @extschema@.passives(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_passives';
COMMENT ON FUNCTION @extschema@.passives(nps @extschema@.nps) IS
  'answers of 7 and 8';

CREATE FUNCTION @extschema@.detractors(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_detractors';
COMMENT ON FUNCTION @extschema@.detractors(nps @extschema@.nps) IS
  'answers from 0 to 6';

CREATE FUNCTION @extschema@.answers(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_answers';
COMMENT ON FUNCTION @extschema@.answers(nps @extschema@.nps) IS
  'all answers of a net promoter score';

CREATE FUNCTION @extschema@.net_score(nps @extschema@.nps) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_value';
COMMENT ON FUNCTION @extschema@.net_score(nps @extschema@.nps) IS
  '(promoters - detractors) / answers x 100; NULL without answers';

CREATE FUNCTION @extschema@.net_score_low(nps @extschema@.nps, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_low';
COMMENT ON FUNCTION @extschema@.net_score_low(nps @extschema@.nps, level double precision) IS
  'lower score limit at a confidence level, in points; NULL without answers';

CREATE FUNCTION @extschema@.net_score_high(nps @extschema@.nps, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_high';
COMMENT ON FUNCTION @extschema@.net_score_high(nps @extschema@.nps, level double precision) IS
  'upper score limit at a confidence level, in points; NULL without answers';

CREATE FUNCTION @extschema@.net_score_test(
  a @extschema@.nps,
  b @extschema@.nps,
  OUT difference double precision,
  OUT z double precision,
  OUT p_value double precision,
  OUT low double precision,
  OUT high double precision
) RETURNS record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_test';
COMMENT ON FUNCTION @extschema@.net_score_test(a @extschema@.nps, b @extschema@.nps) IS
  'difference b - a in points with pooled z, two-sided p-value and 95 % limits';

CREATE FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_accum';
COMMENT ON FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision) IS
  'transition function of csat(double precision)';

CREATE FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision, scale integer, top integer) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_accum_same';
COMMENT ON FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision, scale integer, top integer) IS
  'transition function of csat(double precision, integer, integer)';

CREATE FUNCTION @extschema@.csat_combine(state @extschema@.proportion, other @extschema@.proportion) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_combine';
COMMENT ON FUNCTION @extschema@.csat_combine(state @extschema@.proportion, other @extschema@.proportion) IS
  'combine function of csat(double precision, integer, integer)';

CREATE FUNCTION @extschema@.csat_final(state @extschema@.proportion) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_final';
COMMENT ON FUNCTION @extschema@.csat_final(state @extschema@.proportion) IS
  'a state as a proportion';

CREATE AGGREGATE @extschema@.csat(rating double precision) (
  SFUNC = @extschema@.csat_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.csat(rating double precision) IS
  'share of satisfied answers: 4 and 5 of ratings from 1 to 5; NULL rows are skipped';

CREATE AGGREGATE @extschema@.csat(rating double precision, scale integer, top integer) (
  SFUNC = @extschema@.csat_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  FINALFUNC = @extschema@.csat_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.csat_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.csat(rating double precision, scale integer, top integer) IS
  'share of answers among the top ratings of a scale from 1; NULL rows are skipped';
