-- journey: how one deal moved through its stages.

CREATE TYPE @extschema@.journey;

CREATE FUNCTION @extschema@.journey_in(text cstring) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_in';
COMMENT ON FUNCTION @extschema@.journey_in(text cstring) IS
  'text input: {"events":[["1:Lead","2026-01-01T00:00:00Z"]],"ignored":0}';

CREATE FUNCTION @extschema@.journey_out(journey @extschema@.journey) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_out';
COMMENT ON FUNCTION @extschema@.journey_out(journey @extschema@.journey) IS
  'text output';

CREATE FUNCTION @extschema@.journey_recv(message internal) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_recv';
COMMENT ON FUNCTION @extschema@.journey_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.journey_send(journey @extschema@.journey) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_send';
COMMENT ON FUNCTION @extschema@.journey_send(journey @extschema@.journey) IS
  'binary output';

CREATE TYPE @extschema@.journey (
  INPUT = @extschema@.journey_in,
  OUTPUT = @extschema@.journey_out,
  RECEIVE = @extschema@.journey_recv,
  SEND = @extschema@.journey_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.journey IS
  'how one deal moved: its stages with times and, if given, amounts';

CREATE FUNCTION @extschema@.journey_eq(a @extschema@.journey, b @extschema@.journey) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_eq';
COMMENT ON FUNCTION @extschema@.journey_eq(a @extschema@.journey, b @extschema@.journey) IS
  'equal';

CREATE FUNCTION @extschema@.journey_ne(a @extschema@.journey, b @extschema@.journey) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_ne';
COMMENT ON FUNCTION @extschema@.journey_ne(a @extschema@.journey, b @extschema@.journey) IS
  'not equal';

CREATE FUNCTION @extschema@.journey_hash(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_hash';
COMMENT ON FUNCTION @extschema@.journey_hash(journey @extschema@.journey) IS
  'hash of a journey';

CREATE FUNCTION @extschema@.journey_hash_extended(journey @extschema@.journey, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_hash_extended';
COMMENT ON FUNCTION @extschema@.journey_hash_extended(journey @extschema@.journey, seed bigint) IS
  'hash of a journey with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.journey_eq,
  LEFTARG = @extschema@.journey, RIGHTARG = @extschema@.journey,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.journey, @extschema@.journey) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.journey_ne,
  LEFTARG = @extschema@.journey, RIGHTARG = @extschema@.journey,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.journey, @extschema@.journey) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.journey_ops
  DEFAULT FOR TYPE @extschema@.journey USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.journey_hash(@extschema@.journey),
  FUNCTION 2 @extschema@.journey_hash_extended(@extschema@.journey, bigint);
COMMENT ON OPERATOR CLASS @extschema@.journey_ops USING hash IS
  'equality of journeys';

CREATE FUNCTION @extschema@.jsonb(journey @extschema@.journey) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(journey @extschema@.journey) IS
  'journey as an object: events, ignored';

CREATE CAST (@extschema@.journey AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.journey);
COMMENT ON CAST (@extschema@.journey AS jsonb) IS
  'journey as an object: events, ignored';

CREATE FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_add';
COMMENT ON FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz) IS
  'transition function of journey(stage, at)';

CREATE FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz, amount numeric) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_add';
COMMENT ON FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz, amount numeric) IS
  'transition function of journey(stage, at, amount)';

CREATE FUNCTION @extschema@.journey_merge(state @extschema@.journey, journey @extschema@.journey) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_merge';
COMMENT ON FUNCTION @extschema@.journey_merge(state @extschema@.journey, journey @extschema@.journey) IS
  'combine function of journey, transition function of rollup(journey)';

CREATE FUNCTION @extschema@.journey_final(state @extschema@.journey) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_final';
COMMENT ON FUNCTION @extschema@.journey_final(state @extschema@.journey) IS
  'final function of journey and rollup(journey)';

CREATE AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz) (
  SFUNC = @extschema@.journey_add,
  STYPE = @extschema@.journey,
  SSPACE = 512,
  FINALFUNC = @extschema@.journey_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.journey_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz) IS
  'the journey of a deal from the stages it entered, rows in any order';

CREATE AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz, amount numeric) (
  SFUNC = @extschema@.journey_add,
  STYPE = @extschema@.journey,
  SSPACE = 512,
  FINALFUNC = @extschema@.journey_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.journey_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz, amount numeric) IS
  'the journey of a deal with its amounts, rows in any order';

CREATE AGGREGATE @extschema@.rollup(journey @extschema@.journey) (
  SFUNC = @extschema@.journey_merge,
  STYPE = @extschema@.journey,
  SSPACE = 512,
  FINALFUNC = @extschema@.journey_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.journey_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(journey @extschema@.journey) IS
  'pieces of the journey of one deal, overlapping or not, as one';

CREATE FUNCTION @extschema@.timeline(journey @extschema@.journey, OUT stage @extschema@.stage, OUT entered_at timestamptz, OUT exited_at timestamptz) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'journey_timeline';
COMMENT ON FUNCTION @extschema@.timeline(@extschema@.journey) IS
  'the visits of a deal in order; a repeated stage is one visit, the last one has no exit';

CREATE FUNCTION @extschema@.stage_at(journey @extschema@.journey, at timestamptz) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_stage_at';
COMMENT ON FUNCTION @extschema@.stage_at(journey @extschema@.journey, at timestamptz) IS
  'the stage of a deal at a time; NULL before its first';

CREATE FUNCTION @extschema@.entered_at(journey @extschema@.journey, label text) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_entered_at';
COMMENT ON FUNCTION @extschema@.entered_at(journey @extschema@.journey, label text) IS
  'when the deal first came to a stage; NULL where it never did';

CREATE FUNCTION @extschema@.time_in_stage(journey @extschema@.journey, label text, as_of timestamptz) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_time_in_stage';
COMMENT ON FUNCTION @extschema@.time_in_stage(journey @extschema@.journey, label text, as_of timestamptz) IS
  'time spent in a stage, all visits together, up to as_of; NULL where there was none';

CREATE FUNCTION @extschema@.visits(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_visits';
COMMENT ON FUNCTION @extschema@.visits(journey @extschema@.journey) IS
  'number of visits: runs of rows with the same stage';

CREATE FUNCTION @extschema@.regressions(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_regressions';
COMMENT ON FUNCTION @extschema@.regressions(journey @extschema@.journey) IS
  'number of moves from an open stage to an earlier one';

CREATE FUNCTION @extschema@.skipped_stages(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_skipped_stages';
COMMENT ON FUNCTION @extschema@.skipped_stages(journey @extschema@.journey) IS
  'number of open positions that moves forward passed over';

CREATE FUNCTION @extschema@.reopened(journey @extschema@.journey) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_reopened';
COMMENT ON FUNCTION @extschema@.reopened(journey @extschema@.journey) IS
  'did the deal move from a closed stage to an open one';

CREATE FUNCTION @extschema@.outcome(journey @extschema@.journey) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_outcome';
COMMENT ON FUNCTION @extschema@.outcome(journey @extschema@.journey) IS
  'open, won or lost, by the last stage';

CREATE FUNCTION @extschema@.age(journey @extschema@.journey, as_of timestamptz) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_age';
COMMENT ON FUNCTION @extschema@.age(journey @extschema@.journey, as_of timestamptz) IS
  'time since the first stage, of a closed deal up to its closing';

CREATE FUNCTION @extschema@.cycle_length(journey @extschema@.journey) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_cycle_length';
COMMENT ON FUNCTION @extschema@.cycle_length(journey @extschema@.journey) IS
  'time from the first stage to the last closing; NULL while the deal is open';

CREATE FUNCTION @extschema@.n_ignored(journey @extschema@.journey) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(journey @extschema@.journey) IS
  'rows left out because their stage or time was NULL';
