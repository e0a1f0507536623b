-- stage: a stage of a sales pipeline, ordered, with its own label.

CREATE TYPE @extschema@.stage;

CREATE FUNCTION @extschema@.stage_in(text cstring) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_in';
COMMENT ON FUNCTION @extschema@.stage_in(text cstring) IS
  'text input: position (1 to 999), won or lost, a colon, a label';

CREATE FUNCTION @extschema@.stage_out(stage @extschema@.stage) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_out';
COMMENT ON FUNCTION @extschema@.stage_out(stage @extschema@.stage) IS
  'text output';

CREATE FUNCTION @extschema@.stage_recv(message internal) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_recv';
COMMENT ON FUNCTION @extschema@.stage_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.stage_send(stage @extschema@.stage) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_send';
COMMENT ON FUNCTION @extschema@.stage_send(stage @extschema@.stage) IS
  'binary output';

CREATE TYPE @extschema@.stage (
  INPUT = @extschema@.stage_in,
  OUTPUT = @extschema@.stage_out,
  RECEIVE = @extschema@.stage_recv,
  SEND = @extschema@.stage_send,
  ALIGNMENT = int4,
  STORAGE = main
);
COMMENT ON TYPE @extschema@.stage IS
  'stage of a sales pipeline: position, won or lost, with its label, as 3:Proposal';

CREATE FUNCTION @extschema@.stage_eq(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_eq';
COMMENT ON FUNCTION @extschema@.stage_eq(a @extschema@.stage, b @extschema@.stage) IS
  'equal';

CREATE FUNCTION @extschema@.stage_ne(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_ne';
COMMENT ON FUNCTION @extschema@.stage_ne(a @extschema@.stage, b @extschema@.stage) IS
  'not equal';

CREATE FUNCTION @extschema@.stage_lt(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_lt';
COMMENT ON FUNCTION @extschema@.stage_lt(a @extschema@.stage, b @extschema@.stage) IS
  'earlier in the pipeline';

CREATE FUNCTION @extschema@.stage_le(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_le';
COMMENT ON FUNCTION @extschema@.stage_le(a @extschema@.stage, b @extschema@.stage) IS
  'not later in the pipeline';

CREATE FUNCTION @extschema@.stage_gt(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_gt';
COMMENT ON FUNCTION @extschema@.stage_gt(a @extschema@.stage, b @extschema@.stage) IS
  'later in the pipeline';

CREATE FUNCTION @extschema@.stage_ge(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_ge';
COMMENT ON FUNCTION @extschema@.stage_ge(a @extschema@.stage, b @extschema@.stage) IS
  'not earlier in the pipeline';

CREATE FUNCTION @extschema@.stage_cmp(a @extschema@.stage, b @extschema@.stage) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_cmp';
COMMENT ON FUNCTION @extschema@.stage_cmp(a @extschema@.stage, b @extschema@.stage) IS
  'btree order: open stages by position, then won, then lost; label bytes break ties';

CREATE FUNCTION @extschema@.stage_hash(stage @extschema@.stage) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_hash';
COMMENT ON FUNCTION @extschema@.stage_hash(stage @extschema@.stage) IS
  'hash of a stage';

CREATE FUNCTION @extschema@.stage_hash_extended(stage @extschema@.stage, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_hash_extended';
COMMENT ON FUNCTION @extschema@.stage_hash_extended(stage @extschema@.stage, seed bigint) IS
  'hash of a stage with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.stage_eq,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.stage, @extschema@.stage) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.stage_ne,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.stage, @extschema@.stage) IS
  'not equal';

CREATE OPERATOR @extschema@.< (
  FUNCTION = @extschema@.stage_lt,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
  RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.stage, @extschema@.stage) IS
  'earlier in the pipeline';

CREATE OPERATOR @extschema@.<= (
  FUNCTION = @extschema@.stage_le,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
  RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.stage, @extschema@.stage) IS
  'not later in the pipeline';

CREATE OPERATOR @extschema@.> (
  FUNCTION = @extschema@.stage_gt,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
  RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.stage, @extschema@.stage) IS
  'later in the pipeline';

CREATE OPERATOR @extschema@.>= (
  FUNCTION = @extschema@.stage_ge,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
  RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.stage, @extschema@.stage) IS
  'not earlier in the pipeline';

CREATE OPERATOR CLASS @extschema@.stage_ops
  DEFAULT FOR TYPE @extschema@.stage USING btree AS
  OPERATOR 1 @extschema@.<,
  OPERATOR 2 @extschema@.<=,
  OPERATOR 3 @extschema@.=,
  OPERATOR 4 @extschema@.>=,
  OPERATOR 5 @extschema@.>,
  FUNCTION 1 @extschema@.stage_cmp(@extschema@.stage, @extschema@.stage);
COMMENT ON OPERATOR CLASS @extschema@.stage_ops USING btree IS
  'order of stages';

CREATE OPERATOR CLASS @extschema@.stage_ops
  DEFAULT FOR TYPE @extschema@.stage USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.stage_hash(@extschema@.stage),
  FUNCTION 2 @extschema@.stage_hash_extended(@extschema@.stage, bigint);
COMMENT ON OPERATOR CLASS @extschema@.stage_ops USING hash IS
  'equality of stages';

CREATE FUNCTION @extschema@.jsonb(stage @extschema@.stage) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(stage @extschema@.stage) IS
  'stage as an object: ordinal (open stages only), label, outcome';

CREATE CAST (@extschema@.stage AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.stage);
COMMENT ON CAST (@extschema@.stage AS jsonb) IS
  'stage as an object: ordinal (open stages only), label, outcome';

CREATE FUNCTION @extschema@.ordinal(stage @extschema@.stage) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_ordinal';
COMMENT ON FUNCTION @extschema@.ordinal(stage @extschema@.stage) IS
  'position of an open stage (1 to 999); NULL at the won and lost ends';

CREATE FUNCTION @extschema@.label(stage @extschema@.stage) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_label';
COMMENT ON FUNCTION @extschema@.label(stage @extschema@.stage) IS
  'label of a stage';

CREATE FUNCTION @extschema@.outcome(stage @extschema@.stage) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_outcome';
COMMENT ON FUNCTION @extschema@.outcome(stage @extschema@.stage) IS
  'open, won or lost';

CREATE FUNCTION @extschema@.is_open(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_open';
COMMENT ON FUNCTION @extschema@.is_open(stage @extschema@.stage) IS
  'is the stage neither won nor lost';

CREATE FUNCTION @extschema@.is_won(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_won';
COMMENT ON FUNCTION @extschema@.is_won(stage @extschema@.stage) IS
  'is the stage a won end';

CREATE FUNCTION @extschema@.is_lost(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_lost';
COMMENT ON FUNCTION @extschema@.is_lost(stage @extschema@.stage) IS
  'is the stage a lost end';

CREATE FUNCTION @extschema@.is_closed(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_closed';
COMMENT ON FUNCTION @extschema@.is_closed(stage @extschema@.stage) IS
  'is the stage a won or a lost end';
