-- stage_flow: how stages follow each other, and what follows from that.

CREATE TYPE @extschema@.stage_flow;

CREATE FUNCTION @extschema@.stage_flow_in(text cstring) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_in';
COMMENT ON FUNCTION @extschema@.stage_flow_in(text cstring) IS
  'text input: a JSON object';

CREATE FUNCTION @extschema@.stage_flow_out(stage_flow @extschema@.stage_flow) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_out';
COMMENT ON FUNCTION @extschema@.stage_flow_out(stage_flow @extschema@.stage_flow) IS
  'text output';

CREATE FUNCTION @extschema@.stage_flow_recv(message internal) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_recv';
COMMENT ON FUNCTION @extschema@.stage_flow_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.stage_flow_send(stage_flow @extschema@.stage_flow) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_send';
COMMENT ON FUNCTION @extschema@.stage_flow_send(stage_flow @extschema@.stage_flow) IS
  'binary output';

CREATE TYPE @extschema@.stage_flow (
  INPUT = @extschema@.stage_flow_in,
  OUTPUT = @extschema@.stage_flow_out,
  RECEIVE = @extschema@.stage_flow_recv,
  SEND = @extschema@.stage_flow_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.stage_flow IS
  'how stages follow each other: counts and times of every move, and visits still open';

CREATE FUNCTION @extschema@.stage_flow_eq(a @extschema@.stage_flow, b @extschema@.stage_flow) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_eq';
COMMENT ON FUNCTION @extschema@.stage_flow_eq(a @extschema@.stage_flow, b @extschema@.stage_flow) IS
  'equal';

CREATE FUNCTION @extschema@.stage_flow_ne(a @extschema@.stage_flow, b @extschema@.stage_flow) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_ne';
COMMENT ON FUNCTION @extschema@.stage_flow_ne(a @extschema@.stage_flow, b @extschema@.stage_flow) IS
  'not equal';

CREATE FUNCTION @extschema@.stage_flow_hash(stage_flow @extschema@.stage_flow) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_hash';
COMMENT ON FUNCTION @extschema@.stage_flow_hash(stage_flow @extschema@.stage_flow) IS
  'hash of a stage_flow';

CREATE FUNCTION @extschema@.stage_flow_hash_extended(stage_flow @extschema@.stage_flow, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_hash_extended';
COMMENT ON FUNCTION @extschema@.stage_flow_hash_extended(stage_flow @extschema@.stage_flow, seed bigint) IS
  'hash of a stage_flow with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.stage_flow_eq,
  LEFTARG = @extschema@.stage_flow, RIGHTARG = @extschema@.stage_flow,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.stage_flow, @extschema@.stage_flow) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.stage_flow_ne,
  LEFTARG = @extschema@.stage_flow, RIGHTARG = @extschema@.stage_flow,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.stage_flow, @extschema@.stage_flow) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.stage_flow_ops
  DEFAULT FOR TYPE @extschema@.stage_flow USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.stage_flow_hash(@extschema@.stage_flow),
  FUNCTION 2 @extschema@.stage_flow_hash_extended(@extschema@.stage_flow, bigint);
COMMENT ON OPERATOR CLASS @extschema@.stage_flow_ops USING hash IS
  'equality of stage_flow';

CREATE FUNCTION @extschema@.jsonb(stage_flow @extschema@.stage_flow) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(stage_flow @extschema@.stage_flow) IS
  'stage_flow as an object: kind, as_of or step, ignored, stages, transitions, open';

CREATE CAST (@extschema@.stage_flow AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.stage_flow);
COMMENT ON CAST (@extschema@.stage_flow AS jsonb) IS
  'stage_flow as an object: kind, as_of or step, ignored, stages, transitions, open';

CREATE FUNCTION @extschema@.stage_flow_add_journey(state @extschema@.stage_flow, journey @extschema@.journey) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_add_journey';
COMMENT ON FUNCTION @extschema@.stage_flow_add_journey(state @extschema@.stage_flow, journey @extschema@.journey) IS
  'transition function of stage_flow(journey)';

CREATE FUNCTION @extschema@.stage_flow_add_journey(state @extschema@.stage_flow, journey @extschema@.journey, as_of timestamptz) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_add_journey';
COMMENT ON FUNCTION @extschema@.stage_flow_add_journey(state @extschema@.stage_flow, journey @extschema@.journey, as_of timestamptz) IS
  'transition function of stage_flow(journey, as_of)';

CREATE FUNCTION @extschema@.stage_flow_add_moves(state @extschema@.stage_flow, from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_add_moves';
COMMENT ON FUNCTION @extschema@.stage_flow_add_moves(state @extschema@.stage_flow, from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint) IS
  'transition function of stage_flow(from_stage, to_stage, n)';

CREATE FUNCTION @extschema@.stage_flow_add_moves(state @extschema@.stage_flow, from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint, step interval) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_add_moves';
COMMENT ON FUNCTION @extschema@.stage_flow_add_moves(state @extschema@.stage_flow, from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint, step interval) IS
  'transition function of stage_flow(from_stage, to_stage, n, step)';

CREATE FUNCTION @extschema@.stage_flow_merge(state @extschema@.stage_flow, stage_flow @extschema@.stage_flow) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_merge';
COMMENT ON FUNCTION @extschema@.stage_flow_merge(state @extschema@.stage_flow, stage_flow @extschema@.stage_flow) IS
  'combine function of stage_flow, transition function of rollup(stage_flow)';

CREATE FUNCTION @extschema@.stage_flow_final(state @extschema@.stage_flow) RETURNS @extschema@.stage_flow
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_flow_final';
COMMENT ON FUNCTION @extschema@.stage_flow_final(state @extschema@.stage_flow) IS
  'final function of stage_flow and rollup(stage_flow)';

CREATE AGGREGATE @extschema@.stage_flow(journey @extschema@.journey) (
  SFUNC = @extschema@.stage_flow_add_journey,
  STYPE = @extschema@.stage_flow,
  SSPACE = 8192,
  FINALFUNC = @extschema@.stage_flow_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.stage_flow_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.stage_flow(journey @extschema@.journey) IS
  'moves between stages in the journeys of deals; a visit still open lasts to the last row of its deal';

CREATE AGGREGATE @extschema@.stage_flow(journey @extschema@.journey, as_of timestamptz) (
  SFUNC = @extschema@.stage_flow_add_journey,
  STYPE = @extschema@.stage_flow,
  SSPACE = 8192,
  FINALFUNC = @extschema@.stage_flow_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.stage_flow_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.stage_flow(journey @extschema@.journey, as_of timestamptz) IS
  'moves between stages in the journeys of deals as known at as_of, to which open visits last';

CREATE AGGREGATE @extschema@.stage_flow(from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint) (
  SFUNC = @extschema@.stage_flow_add_moves,
  STYPE = @extschema@.stage_flow,
  SSPACE = 8192,
  FINALFUNC = @extschema@.stage_flow_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.stage_flow_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.stage_flow(from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint) IS
  'moves between stages from counts, those from a stage to itself included';

CREATE AGGREGATE @extschema@.stage_flow(from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint, step interval) (
  SFUNC = @extschema@.stage_flow_add_moves,
  STYPE = @extschema@.stage_flow,
  SSPACE = 8192,
  FINALFUNC = @extschema@.stage_flow_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.stage_flow_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.stage_flow(from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint, step interval) IS
  'moves between stages from counts, each taking one step of time';

CREATE AGGREGATE @extschema@.rollup(stage_flow @extschema@.stage_flow) (
  SFUNC = @extschema@.stage_flow_merge,
  STYPE = @extschema@.stage_flow,
  SSPACE = 8192,
  FINALFUNC = @extschema@.stage_flow_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.stage_flow_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(stage_flow @extschema@.stage_flow) IS
  'adds up flows of different deals, or of different counts';

CREATE FUNCTION @extschema@.transitions(stage_flow @extschema@.stage_flow)
  RETURNS TABLE (from_stage @extschema@.stage, to_stage @extschema@.stage, n bigint, probability float8, median_time interval, direction text)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20
  AS 'MODULE_PATHNAME', 'stage_flow_transitions';
COMMENT ON FUNCTION @extschema@.transitions(stage_flow @extschema@.stage_flow) IS
  'moves with count, share of the visits that ended, median time and direction: forward, skip, back, lost, reopen or stay';

CREATE FUNCTION @extschema@.open_visits(stage_flow @extschema@.stage_flow)
  RETURNS TABLE (stage @extschema@.stage, n bigint)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
  AS 'MODULE_PATHNAME', 'stage_flow_open_visits';
COMMENT ON FUNCTION @extschema@.open_visits(stage_flow @extschema@.stage_flow) IS
  'visits to open stages that have not ended, by stage';

CREATE FUNCTION @extschema@.n_ignored(stage_flow @extschema@.stage_flow) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'stage_flow_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(stage_flow @extschema@.stage_flow) IS
  'rows that were ignored for a NULL';

CREATE FUNCTION @extschema@.win_probability(stage_flow @extschema@.stage_flow, label text) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_flow_win_probability';
COMMENT ON FUNCTION @extschema@.win_probability(stage_flow @extschema@.stage_flow, label text) IS
  'probability that a deal in this stage is won in the end';

CREATE FUNCTION @extschema@.win_probability(stage_flow @extschema@.stage_flow, label text, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'stage_flow_win_within';
COMMENT ON FUNCTION @extschema@.win_probability(stage_flow @extschema@.stage_flow, label text, horizon interval) IS
  'probability that a deal that enters this stage is won within the horizon';

CREATE FUNCTION @extschema@.win_probability(stage_flow @extschema@.stage_flow, label text, horizon interval, elapsed interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'stage_flow_win_within';
COMMENT ON FUNCTION @extschema@.win_probability(stage_flow @extschema@.stage_flow, label text, horizon interval, elapsed interval) IS
  'probability that a deal that has been in this stage for some time is won within the horizon from now';

CREATE FUNCTION @extschema@.expected_time(stage_flow @extschema@.stage_flow, label text) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_flow_expected_time';
COMMENT ON FUNCTION @extschema@.expected_time(stage_flow @extschema@.stage_flow, label text) IS
  'mean time until a deal that enters this stage is won or lost';

CREATE FUNCTION @extschema@.expected_steps(stage_flow @extschema@.stage_flow, label text) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_flow_expected_steps';
COMMENT ON FUNCTION @extschema@.expected_steps(stage_flow @extschema@.stage_flow, label text) IS
  'mean number of moves until a deal in this stage is won or lost';
