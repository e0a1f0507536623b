-- crmprob: from 0.1.0 to 0.2.0.
\echo Use "ALTER EXTENSION crmprob UPDATE TO '0.2.0'" to load this file. \quit


CREATE FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_bigint_stage';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_bigint_stage';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage text, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_bigint_label';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage text, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_bigint_label';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage integer, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_bigint_ordinal';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage integer, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_bigint_ordinal';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity bigint, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_uuid_stage';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_uuid_stage';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage text, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_uuid_label';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage text, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_uuid_label';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage integer, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_uuid_ordinal';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage integer, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_uuid_ordinal';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity uuid, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity text, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_text_stage';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity text, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity text, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_text_stage';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity text, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity text, stage text, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_text_label';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity text, stage text, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity text, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_text_label';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity text, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity text, stage integer, at timestamptz, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_text_ordinal';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity text, stage integer, at timestamptz, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect(state internal, entity text, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_text_ordinal';
COMMENT ON FUNCTION @extschema@.funnel_collect(state internal, entity text, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'transition function of funnel(entity, stage, at, ...)';

CREATE FUNCTION @extschema@.funnel_collect_final(state internal) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_collect_final';
COMMENT ON FUNCTION @extschema@.funnel_collect_final(state internal) IS
  'final function of funnel(entity, stage, at, ...)';

CREATE AGGREGATE @extschema@.funnel(entity bigint, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity bigint, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a stage';

CREATE AGGREGATE @extschema@.funnel(entity bigint, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity bigint, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a stage';

CREATE AGGREGATE @extschema@.funnel(entity bigint, stage text, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity bigint, stage text, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a label';

CREATE AGGREGATE @extschema@.funnel(entity bigint, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity bigint, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a label';

CREATE AGGREGATE @extschema@.funnel(entity bigint, stage integer, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity bigint, stage integer, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a position in stages(pipeline)';

CREATE AGGREGATE @extschema@.funnel(entity bigint, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity bigint, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a position in stages(pipeline)';

CREATE AGGREGATE @extschema@.funnel(entity uuid, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity uuid, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a stage';

CREATE AGGREGATE @extschema@.funnel(entity uuid, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity uuid, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a stage';

CREATE AGGREGATE @extschema@.funnel(entity uuid, stage text, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity uuid, stage text, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a label';

CREATE AGGREGATE @extschema@.funnel(entity uuid, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity uuid, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a label';

CREATE AGGREGATE @extschema@.funnel(entity uuid, stage integer, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity uuid, stage integer, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a position in stages(pipeline)';

CREATE AGGREGATE @extschema@.funnel(entity uuid, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity uuid, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a position in stages(pipeline)';

CREATE AGGREGATE @extschema@.funnel(entity text, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity text, stage @extschema@.stage, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a stage';

CREATE AGGREGATE @extschema@.funnel(entity text, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity text, stage @extschema@.stage, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a stage';

CREATE AGGREGATE @extschema@.funnel(entity text, stage text, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity text, stage text, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a label';

CREATE AGGREGATE @extschema@.funnel(entity text, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity text, stage text, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a label';

CREATE AGGREGATE @extschema@.funnel(entity text, stage integer, at timestamptz, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity text, stage integer, at timestamptz, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a position in stages(pipeline)';

CREATE AGGREGATE @extschema@.funnel(entity text, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_collect,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.funnel_collect_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(entity text, stage integer, at timestamptz, amount numeric, definition @extschema@.funnel_definition) IS
  'funnel in one pass over events of deals, the step given as a position in stages(pipeline)';

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

-- velocity: how much a pipeline earns a day, and the share of deals won.

CREATE FUNCTION @extschema@.sales_velocity(opportunities bigint, win_rate double precision, average_amount numeric, cycle interval) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'velocity_sales_velocity';
COMMENT ON FUNCTION @extschema@.sales_velocity(opportunities bigint, win_rate double precision, average_amount numeric, cycle interval) IS
  'amount per day: opportunities x win_rate x average_amount / cycle in days; NULL when the cycle is 0';

CREATE FUNCTION @extschema@.win_rate(won bigint, lost bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'velocity_win_rate';
COMMENT ON FUNCTION @extschema@.win_rate(won bigint, lost bigint) IS
  'won / (won + lost); NULL when both are 0';

CREATE FUNCTION @extschema@.win_rate_accum(state @extschema@.proportion, stage @extschema@.stage) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'velocity_win_rate_accum';
COMMENT ON FUNCTION @extschema@.win_rate_accum(state @extschema@.proportion, stage @extschema@.stage) IS
  'transition of win_rate(stage)';

CREATE AGGREGATE @extschema@.win_rate(stage @extschema@.stage) (
  SFUNC = @extschema@.win_rate_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.win_rate(stage @extschema@.stage) IS
  'won of closed deals as a proportion; open stages do not count';

-- opportunity_history: what one deal was at every moment.

CREATE TYPE @extschema@.opportunity_history;

CREATE FUNCTION @extschema@.opportunity_history_in(text cstring) RETURNS @extschema@.opportunity_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_in';
COMMENT ON FUNCTION @extschema@.opportunity_history_in(text cstring) IS
  'text input: JSON array of objects with at, stage, amount, close_date';

CREATE FUNCTION @extschema@.opportunity_history_out(history @extschema@.opportunity_history) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_out';
COMMENT ON FUNCTION @extschema@.opportunity_history_out(history @extschema@.opportunity_history) IS
  'text output';

CREATE FUNCTION @extschema@.opportunity_history_recv(message internal) RETURNS @extschema@.opportunity_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_recv';
COMMENT ON FUNCTION @extschema@.opportunity_history_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.opportunity_history_send(history @extschema@.opportunity_history) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_send';
COMMENT ON FUNCTION @extschema@.opportunity_history_send(history @extschema@.opportunity_history) IS
  'binary output';

CREATE TYPE @extschema@.opportunity_history (
  INPUT = @extschema@.opportunity_history_in,
  OUTPUT = @extschema@.opportunity_history_out,
  RECEIVE = @extschema@.opportunity_history_recv,
  SEND = @extschema@.opportunity_history_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.opportunity_history IS
  'stage, amount and close date of one deal at every moment, mergeable in any order';

CREATE FUNCTION @extschema@.opportunity_history_eq(a @extschema@.opportunity_history, b @extschema@.opportunity_history) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_eq';
COMMENT ON FUNCTION @extschema@.opportunity_history_eq(a @extschema@.opportunity_history, b @extschema@.opportunity_history) IS
  'equal';

CREATE FUNCTION @extschema@.opportunity_history_ne(a @extschema@.opportunity_history, b @extschema@.opportunity_history) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_ne';
COMMENT ON FUNCTION @extschema@.opportunity_history_ne(a @extschema@.opportunity_history, b @extschema@.opportunity_history) IS
  'not equal';

CREATE FUNCTION @extschema@.opportunity_history_hash(history @extschema@.opportunity_history) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_hash';
COMMENT ON FUNCTION @extschema@.opportunity_history_hash(history @extschema@.opportunity_history) IS
  'hash of history of an opportunity';

CREATE FUNCTION @extschema@.opportunity_history_hash_extended(history @extschema@.opportunity_history, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_hash_extended';
COMMENT ON FUNCTION @extschema@.opportunity_history_hash_extended(history @extschema@.opportunity_history, seed bigint) IS
  'hash of history of an opportunity with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.opportunity_history_eq,
  LEFTARG = @extschema@.opportunity_history, RIGHTARG = @extschema@.opportunity_history,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.opportunity_history, @extschema@.opportunity_history) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.opportunity_history_ne,
  LEFTARG = @extschema@.opportunity_history, RIGHTARG = @extschema@.opportunity_history,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.opportunity_history, @extschema@.opportunity_history) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.opportunity_history_ops
  DEFAULT FOR TYPE @extschema@.opportunity_history USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.opportunity_history_hash(@extschema@.opportunity_history),
  FUNCTION 2 @extschema@.opportunity_history_hash_extended(@extschema@.opportunity_history, bigint);
COMMENT ON OPERATOR CLASS @extschema@.opportunity_history_ops USING hash IS
  'equality of opportunity_history values';

CREATE FUNCTION @extschema@.jsonb(history @extschema@.opportunity_history) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(history @extschema@.opportunity_history) IS
  'history of an opportunity as json, as in the text form';

CREATE CAST (@extschema@.opportunity_history AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.opportunity_history);
COMMENT ON CAST (@extschema@.opportunity_history AS jsonb) IS
  'history of an opportunity as json, as in the text form';

CREATE FUNCTION @extschema@.opportunity_history_accum(state @extschema@.opportunity_history, stage @extschema@.stage, at timestamptz, amount numeric, close_date date) RETURNS @extschema@.opportunity_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_accum';
COMMENT ON FUNCTION @extschema@.opportunity_history_accum(state @extschema@.opportunity_history, stage @extschema@.stage, at timestamptz, amount numeric, close_date date) IS
  'transition of opportunity_history';

CREATE FUNCTION @extschema@.opportunity_history_combine(state @extschema@.opportunity_history, other @extschema@.opportunity_history) RETURNS @extschema@.opportunity_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_combine';
COMMENT ON FUNCTION @extschema@.opportunity_history_combine(state @extschema@.opportunity_history, other @extschema@.opportunity_history) IS
  'both histories in one';

CREATE FUNCTION @extschema@.opportunity_history_final(state @extschema@.opportunity_history) RETURNS @extschema@.opportunity_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_final';
COMMENT ON FUNCTION @extschema@.opportunity_history_final(state @extschema@.opportunity_history) IS
  'history in its stored form';

CREATE AGGREGATE @extschema@.opportunity_history(stage @extschema@.stage, at timestamptz, amount numeric, close_date date) (
  SFUNC = @extschema@.opportunity_history_accum,
  STYPE = @extschema@.opportunity_history,
  SSPACE = 512,
  FINALFUNC = @extschema@.opportunity_history_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.opportunity_history_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.opportunity_history(stage @extschema@.stage, at timestamptz, amount numeric, close_date date) IS
  'history of one deal from rows that each say what the deal was from that time on';

CREATE FUNCTION @extschema@.opportunity_history_accum(state @extschema@.opportunity_history, opportunity @extschema@.opportunity) RETURNS @extschema@.opportunity_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_accum_opportunity';
COMMENT ON FUNCTION @extschema@.opportunity_history_accum(state @extschema@.opportunity_history, opportunity @extschema@.opportunity) IS
  'transition of opportunity_history from opportunities';

CREATE AGGREGATE @extschema@.opportunity_history(opportunity @extschema@.opportunity) (
  SFUNC = @extschema@.opportunity_history_accum,
  STYPE = @extschema@.opportunity_history,
  SSPACE = 512,
  FINALFUNC = @extschema@.opportunity_history_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.opportunity_history_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.opportunity_history(opportunity @extschema@.opportunity) IS
  'history of one deal from what it was at each modified_at';

CREATE AGGREGATE @extschema@.rollup(history @extschema@.opportunity_history) (
  SFUNC = @extschema@.opportunity_history_combine,
  STYPE = @extschema@.opportunity_history,
  SSPACE = 512,
  FINALFUNC = @extschema@.opportunity_history_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.opportunity_history_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(history @extschema@.opportunity_history) IS
  'pieces of the history of one deal in one; they may overlap';

CREATE FUNCTION @extschema@.timeline(history @extschema@.opportunity_history) RETURNS TABLE (at timestamptz, stage @extschema@.stage, amount numeric, close_date date)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'opportunity_history_timeline';
COMMENT ON FUNCTION @extschema@.timeline(history @extschema@.opportunity_history) IS
  'rows of a history in order of time';

CREATE FUNCTION @extschema@.changes(history @extschema@.opportunity_history, since timestamptz DEFAULT '-infinity') RETURNS TABLE (at timestamptz, change text, before text, after text)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'opportunity_history_changes';
COMMENT ON FUNCTION @extschema@.changes(history @extschema@.opportunity_history, since timestamptz) IS
  'what changed from this time on: created, forward, back, relabelled, won, lost, reopened, increased, decreased, amount_set, pushed, pulled_in, date_set';

CREATE FUNCTION @extschema@.stage_at(history @extschema@.opportunity_history, at timestamptz) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_stage_at';
COMMENT ON FUNCTION @extschema@.stage_at(history @extschema@.opportunity_history, at timestamptz) IS
  'stage of the deal at this time; NULL before its first row';

CREATE FUNCTION @extschema@.amount_at(history @extschema@.opportunity_history, at timestamptz) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_amount_at';
COMMENT ON FUNCTION @extschema@.amount_at(history @extschema@.opportunity_history, at timestamptz) IS
  'amount of the deal at this time; NULL when not known';

CREATE FUNCTION @extschema@.close_date_at(history @extschema@.opportunity_history, at timestamptz) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_close_date_at';
COMMENT ON FUNCTION @extschema@.close_date_at(history @extschema@.opportunity_history, at timestamptz) IS
  'close date of the deal at this time; NULL when not known';

CREATE FUNCTION @extschema@.stage_since(history @extschema@.opportunity_history, as_of timestamptz DEFAULT 'infinity') RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_stage_since';
COMMENT ON FUNCTION @extschema@.stage_since(history @extschema@.opportunity_history, as_of timestamptz) IS
  'when the deal entered the stage that it is in at this time; NULL before its first row';

CREATE FUNCTION @extschema@.pushes(history @extschema@.opportunity_history, since timestamptz DEFAULT '-infinity') RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_pushes';
COMMENT ON FUNCTION @extschema@.pushes(history @extschema@.opportunity_history, since timestamptz) IS
  'how often the close date of the open deal was put off, from this time on';

CREATE FUNCTION @extschema@.days_pushed(history @extschema@.opportunity_history, since timestamptz DEFAULT '-infinity') RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_days_pushed';
COMMENT ON FUNCTION @extschema@.days_pushed(history @extschema@.opportunity_history, since timestamptz) IS
  'days by which the close date moved later (negative: earlier), from this time on; NULL when there is none';

CREATE FUNCTION @extschema@.is_stale(history @extschema@.opportunity_history, rot_after interval, as_of timestamptz) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  BEGIN ATOMIC
    SELECT @extschema@.is_open(@extschema@.stage_at(history, as_of)) AND
      (pg_catalog.timezone('UTC'::text, @extschema@.stage_since(history, as_of))
        OPERATOR(pg_catalog.+) rot_after)
      OPERATOR(pg_catalog.<) pg_catalog.timezone('UTC'::text, as_of);
  END;
COMMENT ON FUNCTION @extschema@.is_stale(history @extschema@.opportunity_history, rot_after interval, as_of timestamptz) IS
  'is the deal open and longer than rot_after in its stage; NULL before its first row';

CREATE FUNCTION @extschema@.journey(history @extschema@.opportunity_history) RETURNS @extschema@.journey
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  BEGIN ATOMIC
    SELECT @extschema@.journey(t.stage, t.at, t.amount) FROM @extschema@.timeline(history) t;
  END;
COMMENT ON FUNCTION @extschema@.journey(history @extschema@.opportunity_history) IS
  'journey of a deal, with its amounts, from its history';

CREATE CAST (@extschema@.opportunity_history AS @extschema@.journey)
  WITH FUNCTION @extschema@.journey(@extschema@.opportunity_history);
COMMENT ON CAST (@extschema@.opportunity_history AS @extschema@.journey) IS
  'journey of a deal, with its amounts, from its history';

-- waterfall: how a pipeline came from its start to its end.

CREATE TYPE @extschema@.waterfall;

CREATE FUNCTION @extschema@.waterfall_in(text cstring) RETURNS @extschema@.waterfall
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_in';
COMMENT ON FUNCTION @extschema@.waterfall_in(text cstring) IS
  'text input: JSON object of period, close_window and ten parts';

CREATE FUNCTION @extschema@.waterfall_out(waterfall @extschema@.waterfall) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_out';
COMMENT ON FUNCTION @extschema@.waterfall_out(waterfall @extschema@.waterfall) IS
  'text output';

CREATE FUNCTION @extschema@.waterfall_recv(message internal) RETURNS @extschema@.waterfall
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_recv';
COMMENT ON FUNCTION @extschema@.waterfall_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.waterfall_send(waterfall @extschema@.waterfall) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_send';
COMMENT ON FUNCTION @extschema@.waterfall_send(waterfall @extschema@.waterfall) IS
  'binary output';

CREATE TYPE @extschema@.waterfall (
  INPUT = @extschema@.waterfall_in,
  OUTPUT = @extschema@.waterfall_out,
  RECEIVE = @extschema@.waterfall_recv,
  SEND = @extschema@.waterfall_send,
  INTERNALLENGTH = 272,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.waterfall IS
  'how a pipeline came from its start to its end: ten parts, each as deals and amount, that balance';

CREATE FUNCTION @extschema@.waterfall_eq(a @extschema@.waterfall, b @extschema@.waterfall) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_eq';
COMMENT ON FUNCTION @extschema@.waterfall_eq(a @extschema@.waterfall, b @extschema@.waterfall) IS
  'equal';

CREATE FUNCTION @extschema@.waterfall_ne(a @extschema@.waterfall, b @extschema@.waterfall) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_ne';
COMMENT ON FUNCTION @extschema@.waterfall_ne(a @extschema@.waterfall, b @extschema@.waterfall) IS
  'not equal';

CREATE FUNCTION @extschema@.waterfall_hash(waterfall @extschema@.waterfall) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_hash';
COMMENT ON FUNCTION @extschema@.waterfall_hash(waterfall @extschema@.waterfall) IS
  'hash of waterfall';

CREATE FUNCTION @extschema@.waterfall_hash_extended(waterfall @extschema@.waterfall, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_hash_extended';
COMMENT ON FUNCTION @extschema@.waterfall_hash_extended(waterfall @extschema@.waterfall, seed bigint) IS
  'hash of waterfall with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.waterfall_eq,
  LEFTARG = @extschema@.waterfall, RIGHTARG = @extschema@.waterfall,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.waterfall, @extschema@.waterfall) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.waterfall_ne,
  LEFTARG = @extschema@.waterfall, RIGHTARG = @extschema@.waterfall,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.waterfall, @extschema@.waterfall) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.waterfall_ops
  DEFAULT FOR TYPE @extschema@.waterfall USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.waterfall_hash(@extschema@.waterfall),
  FUNCTION 2 @extschema@.waterfall_hash_extended(@extschema@.waterfall, bigint);
COMMENT ON OPERATOR CLASS @extschema@.waterfall_ops USING hash IS
  'equality of waterfall values';

CREATE FUNCTION @extschema@.jsonb(waterfall @extschema@.waterfall) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(waterfall @extschema@.waterfall) IS
  'waterfall as json, as in the text form';

CREATE CAST (@extschema@.waterfall AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.waterfall);
COMMENT ON CAST (@extschema@.waterfall AS jsonb) IS
  'waterfall as json, as in the text form';

CREATE FUNCTION @extschema@.waterfall_accum(state @extschema@.waterfall, history @extschema@.opportunity_history, period tstzrange) RETURNS @extschema@.waterfall
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_accum';
COMMENT ON FUNCTION @extschema@.waterfall_accum(state @extschema@.waterfall, history @extschema@.opportunity_history, period tstzrange) IS
  'transition of waterfall without a window of close dates';

CREATE FUNCTION @extschema@.waterfall_accum(state @extschema@.waterfall, history @extschema@.opportunity_history, period tstzrange, close_window daterange) RETURNS @extschema@.waterfall
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_accum';
COMMENT ON FUNCTION @extschema@.waterfall_accum(state @extschema@.waterfall, history @extschema@.opportunity_history, period tstzrange, close_window daterange) IS
  'transition of waterfall with a window of close dates';

CREATE FUNCTION @extschema@.waterfall_combine(state @extschema@.waterfall, other @extschema@.waterfall) RETURNS @extschema@.waterfall
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_combine';
COMMENT ON FUNCTION @extschema@.waterfall_combine(state @extschema@.waterfall, other @extschema@.waterfall) IS
  'sum of two waterfalls of the same period and window';

CREATE AGGREGATE @extschema@.waterfall(history @extschema@.opportunity_history, period tstzrange) (
  SFUNC = @extschema@.waterfall_accum,
  STYPE = @extschema@.waterfall,
  SSPACE = 272,
  COMBINEFUNC = @extschema@.waterfall_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.waterfall(history @extschema@.opportunity_history, period tstzrange) IS
  'changes of a pipeline in a period, from one history a deal';

CREATE AGGREGATE @extschema@.waterfall(history @extschema@.opportunity_history, period tstzrange, close_window daterange) (
  SFUNC = @extschema@.waterfall_accum,
  STYPE = @extschema@.waterfall,
  SSPACE = 272,
  COMBINEFUNC = @extschema@.waterfall_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.waterfall(history @extschema@.opportunity_history, period tstzrange, close_window daterange) IS
  'changes in a period of the pipeline with close dates in a window, from one history a deal';

CREATE AGGREGATE @extschema@.rollup(waterfall @extschema@.waterfall) (
  SFUNC = @extschema@.waterfall_combine,
  STYPE = @extschema@.waterfall,
  SSPACE = 272,
  COMBINEFUNC = @extschema@.waterfall_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(waterfall @extschema@.waterfall) IS
  'sum of waterfalls of different deals';

CREATE FUNCTION @extschema@.parts(waterfall @extschema@.waterfall) RETURNS TABLE (step integer, part text, deals bigint, amount numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'waterfall_parts';
COMMENT ON FUNCTION @extschema@.parts(waterfall @extschema@.waterfall) IS
  'start, new, moved_in, reopened, increased, decreased, moved_out, won, lost, end';

CREATE FUNCTION @extschema@.deals(waterfall @extschema@.waterfall, part text) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_deals';
COMMENT ON FUNCTION @extschema@.deals(waterfall @extschema@.waterfall, part text) IS
  'deals of a part of a waterfall';

CREATE FUNCTION @extschema@.amount(waterfall @extschema@.waterfall, part text) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_amount';
COMMENT ON FUNCTION @extschema@.amount(waterfall @extschema@.waterfall, part text) IS
  'amount of a part of a waterfall';

CREATE FUNCTION @extschema@.period(waterfall @extschema@.waterfall) RETURNS tstzrange
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_period';
COMMENT ON FUNCTION @extschema@.period(waterfall @extschema@.waterfall) IS
  'period of a waterfall';

CREATE FUNCTION @extschema@.close_window(waterfall @extschema@.waterfall) RETURNS daterange
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_close_window';
COMMENT ON FUNCTION @extschema@.close_window(waterfall @extschema@.waterfall) IS
  'window of close dates of a waterfall; NULL when it has none';

CREATE FUNCTION @extschema@.movement(
  history @extschema@.opportunity_history,
  period tstzrange,
  close_window daterange DEFAULT NULL,
  OUT part_in text,
  OUT amount_in numeric,
  OUT change numeric,
  OUT part_out text,
  OUT amount_out numeric
)
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'waterfall_movement';
COMMENT ON FUNCTION @extschema@.movement(history @extschema@.opportunity_history, period tstzrange, close_window daterange) IS
  'what one deal adds to a waterfall: its way in, its change of amount and its way out';

-- live_funnel: journeys kept current by statement triggers, as deltas that
-- are merged when they are read.

-- The caller's tables are named by the trigger's arguments and reached with the
-- writer's rights; nothing depends on the writer's search_path.
CREATE FUNCTION @extschema@.journey_delta_trigger() RETURNS trigger
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  target text[];
  new_rows name;
  old_rows name;
  columns text;
  events text;
  with_amount boolean := coalesce(TG_ARGV[5], '') <> '';
BEGIN
  IF TG_LEVEL <> 'STATEMENT' OR TG_WHEN <> 'AFTER' OR
     TG_OP NOT IN ('INSERT', 'UPDATE') THEN
    RAISE trigger_protocol_violated USING
      MESSAGE = format('trigger "%s" cannot keep journeys', TG_NAME),
      DETAIL = 'Events are added to a journey and never taken back.',
      HINT = 'Make it AFTER INSERT or AFTER UPDATE, FOR EACH STATEMENT.';
  END IF;
  IF TG_NARGS NOT BETWEEN 4 AND 6 THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('trigger "%s" needs 4 to 6 arguments', TG_NAME),
      HINT = 'They are the table of deltas, the columns of deal, stage and time, and if needed the pipeline and the column of the amount.';
  END IF;
  SELECT t.tgnewtable, t.tgoldtable INTO new_rows, old_rows
    FROM pg_trigger t WHERE t.tgrelid = TG_RELID AND t.tgname = TG_NAME;
  IF new_rows IS NULL OR (TG_OP = 'UPDATE' AND old_rows IS NULL) THEN
    RAISE trigger_protocol_violated USING
      MESSAGE = format('trigger "%s" has no transition table', TG_NAME),
      HINT = 'Write REFERENCING NEW TABLE AS new_rows, and for UPDATE also OLD TABLE AS old_rows.';
  END IF;
  target := parse_ident(TG_ARGV[0]);
  IF cardinality(target) = 1 THEN
    target := ARRAY[TG_TABLE_SCHEMA::text] || target;
  ELSIF cardinality(target) <> 2 THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('invalid table name "%s"', TG_ARGV[0]);
  END IF;

  columns := format('r.%I AS entity, %s AS stage, r.%I::timestamptz AS at, %s AS amount',
    TG_ARGV[1],
    CASE WHEN coalesce(TG_ARGV[4], '') = ''
         THEN format('r.%I::crmprob.stage', TG_ARGV[2])
         ELSE format('crmprob.stage(%L::text, r.%I::text)', TG_ARGV[4], TG_ARGV[2])
    END,
    TG_ARGV[3],
    CASE WHEN with_amount THEN format('r.%I::numeric', TG_ARGV[5])
         ELSE 'NULL::numeric' END);
  IF TG_OP = 'INSERT' THEN
    events := format('SELECT %s FROM %I r', columns, new_rows);
  ELSE
    -- grouping compares by the types' own classes, whatever the search_path
    events := format('SELECT entity, stage, min(at) AS at, amount FROM ('
      'SELECT %1$s, false AS old FROM %2$I r UNION ALL '
      'SELECT %1$s, true FROM %3$I r) b '
      'GROUP BY entity, stage, amount HAVING NOT bool_or(old)',
      columns, new_rows, old_rows);
  END IF;
  EXECUTE format('INSERT INTO %I.%I (entity, journey) '
    'SELECT entity, crmprob.journey(stage, at%s) FROM (%s) e '
    'WHERE entity IS NOT NULL GROUP BY entity',
    target[1], target[2], CASE WHEN with_amount THEN ', amount' ELSE '' END,
    events);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION @extschema@.journey_delta_trigger() IS
  'statement trigger that adds what was written to a table of journeys: (deltas, deal column, stage column, time column [, pipeline [, amount column]])';

CREATE FUNCTION @extschema@.compact_journeys(deltas regclass) RETURNS bigint
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  removed bigint;
BEGIN
  IF (SELECT c.relkind FROM pg_class c WHERE c.oid = deltas) <> 'r' THEN
    RAISE wrong_object_type USING
      MESSAGE = format('"%s" is not an ordinary table', deltas),
      HINT = 'Compact the partitions one by one.';
  END IF;
  -- keeps other compactions out, but neither readers nor writers
  EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', deltas);
  EXECUTE format('WITH taken AS ('
    'DELETE FROM %1$s WHERE ctid IN ('
    'SELECT s.ctid FROM (SELECT ctid, count(*) OVER (PARTITION BY entity) AS n'
    ' FROM %1$s) s WHERE s.n > 1) RETURNING entity, journey'
    '), merged AS ('
    'INSERT INTO %1$s (entity, journey) '
    'SELECT entity, crmprob.rollup(journey) FROM taken GROUP BY entity RETURNING 1'
    ') SELECT (SELECT count(*) FROM taken) - (SELECT count(*) FROM merged)',
    deltas) INTO removed;
  RETURN removed;
END
$function$;
COMMENT ON FUNCTION @extschema@.compact_journeys(deltas regclass) IS
  'merges the rows of each deal in a table of journeys into one; returns how many rows that saved';

-- Tables made of counted funnels: mature conversion, bottleneck, compare.

CREATE FUNCTION @extschema@.conversion(
  funnel @extschema@.funnel,
  as_of timestamptz,
  OUT step integer,
  OUT stage text,
  OUT entered bigint,
  OUT dropped bigint,
  OUT step_conversion double precision,
  OUT conversion double precision,
  OUT low double precision,
  OUT high double precision,
  OUT median_time interval,
  OUT p90_time interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_mature_conversion';
COMMENT ON FUNCTION @extschema@.conversion(@extschema@.funnel, timestamptz) IS
  'conversion of the entries whose window is closed at as_of; times are NULL';

CREATE FUNCTION @extschema@.bottleneck(
  funnel @extschema@.funnel,
  OUT step integer,
  OUT stage text,
  OUT dropped bigint,
  OUT drop_share double precision,
  OUT amount_lost numeric,
  OUT amount_share double precision,
  OUT time_share double precision,
  OUT next_conversion double precision,
  OUT gained_deals double precision,
  OUT gained_amount numeric,
  OUT largest_gain boolean
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_bottleneck';
COMMENT ON FUNCTION @extschema@.bottleneck(@extschema@.funnel) IS
  'one row a step: its share of what is lost and of the time to the next step, and what one point more of conversion to it wins';

CREATE FUNCTION @extschema@.compare(
  a @extschema@.funnel,
  b @extschema@.funnel,
  OUT step integer,
  OUT stage text,
  OUT entered_a bigint,
  OUT entered_b bigint,
  OUT step_conversion_a double precision,
  OUT step_conversion_b double precision,
  OUT difference double precision,
  OUT low double precision,
  OUT high double precision,
  OUT p_value double precision,
  OUT conversion_a double precision,
  OUT conversion_b double precision,
  OUT conversion_difference double precision,
  OUT conversion_p_value double precision,
  OUT median_time_a interval,
  OUT median_time_b interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_compare';
COMMENT ON FUNCTION @extschema@.compare(@extschema@.funnel, @extschema@.funnel) IS
  'two funnels of different deals step by step: difference b - a with 95 % limits and p-value, medians side by side';

CREATE FUNCTION @extschema@.compare(
  a @extschema@.funnel,
  b @extschema@.funnel,
  as_of timestamptz,
  OUT step integer,
  OUT stage text,
  OUT entered_a bigint,
  OUT entered_b bigint,
  OUT step_conversion_a double precision,
  OUT step_conversion_b double precision,
  OUT difference double precision,
  OUT low double precision,
  OUT high double precision,
  OUT p_value double precision,
  OUT conversion_a double precision,
  OUT conversion_b double precision,
  OUT conversion_difference double precision,
  OUT conversion_p_value double precision,
  OUT median_time_a interval,
  OUT median_time_b interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_mature_compare';
COMMENT ON FUNCTION @extschema@.compare(@extschema@.funnel, @extschema@.funnel, timestamptz) IS
  'comparison of the entries whose window is closed at as_of; times are NULL';
