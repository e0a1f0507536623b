-- funnel_definition: which stages a funnel counts, and how.

CREATE TYPE @extschema@.funnel_definition;

CREATE FUNCTION @extschema@.funnel_definition_in(text cstring) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_in';
COMMENT ON FUNCTION @extschema@.funnel_definition_in(text cstring) IS
  'text input: the object that the output gives';

CREATE FUNCTION @extschema@.funnel_definition_out(funnel_definition @extschema@.funnel_definition) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_out';
COMMENT ON FUNCTION @extschema@.funnel_definition_out(funnel_definition @extschema@.funnel_definition) IS
  'text output';

CREATE FUNCTION @extschema@.funnel_definition_recv(message internal) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_recv';
COMMENT ON FUNCTION @extschema@.funnel_definition_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.funnel_definition_send(funnel_definition @extschema@.funnel_definition) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_send';
COMMENT ON FUNCTION @extschema@.funnel_definition_send(funnel_definition @extschema@.funnel_definition) IS
  'binary output';

CREATE TYPE @extschema@.funnel_definition (
  INPUT = @extschema@.funnel_definition_in,
  OUTPUT = @extschema@.funnel_definition_out,
  RECEIVE = @extschema@.funnel_definition_recv,
  SEND = @extschema@.funnel_definition_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.funnel_definition IS
  'steps, mode and options of a funnel, with its pipeline';

CREATE FUNCTION @extschema@.funnel_definition_eq(a @extschema@.funnel_definition, b @extschema@.funnel_definition) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_eq';
COMMENT ON FUNCTION @extschema@.funnel_definition_eq(a @extschema@.funnel_definition, b @extschema@.funnel_definition) IS
  'equal';

CREATE FUNCTION @extschema@.funnel_definition_ne(a @extschema@.funnel_definition, b @extschema@.funnel_definition) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_ne';
COMMENT ON FUNCTION @extschema@.funnel_definition_ne(a @extschema@.funnel_definition, b @extschema@.funnel_definition) IS
  'not equal';

CREATE FUNCTION @extschema@.funnel_definition_hash(funnel_definition @extschema@.funnel_definition) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_hash';
COMMENT ON FUNCTION @extschema@.funnel_definition_hash(funnel_definition @extschema@.funnel_definition) IS
  'hash of a funnel definition';

CREATE FUNCTION @extschema@.funnel_definition_hash_extended(funnel_definition @extschema@.funnel_definition, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_hash_extended';
COMMENT ON FUNCTION @extschema@.funnel_definition_hash_extended(funnel_definition @extschema@.funnel_definition, seed bigint) IS
  'hash of a funnel definition with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.funnel_definition_eq,
  LEFTARG = @extschema@.funnel_definition, RIGHTARG = @extschema@.funnel_definition,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.funnel_definition, @extschema@.funnel_definition) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.funnel_definition_ne,
  LEFTARG = @extschema@.funnel_definition, RIGHTARG = @extschema@.funnel_definition,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.funnel_definition, @extschema@.funnel_definition) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.funnel_definition_ops
  DEFAULT FOR TYPE @extschema@.funnel_definition USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.funnel_definition_hash(@extschema@.funnel_definition),
  FUNCTION 2 @extschema@.funnel_definition_hash_extended(@extschema@.funnel_definition, bigint);
COMMENT ON OPERATOR CLASS @extschema@.funnel_definition_ops USING hash IS
  'equality of funnel definitions';

CREATE FUNCTION @extschema@.jsonb(funnel_definition @extschema@.funnel_definition) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(funnel_definition @extschema@.funnel_definition) IS
  'funnel definition as an object';

CREATE CAST (@extschema@.funnel_definition AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.funnel_definition);
COMMENT ON CAST (@extschema@.funnel_definition AS jsonb) IS
  'funnel definition as an object';

CREATE FUNCTION @extschema@.define_funnel(
  pipeline @extschema@.pipeline,
  mode text DEFAULT 'reached',
  within interval DEFAULT NULL,
  steps text[] DEFAULT NULL,
  exclude text[] DEFAULT NULL,
  optional text[] DEFAULT NULL,
  within_step interval[] DEFAULT NULL,
  tolerance interval DEFAULT NULL,
  entry tstzrange DEFAULT NULL,
  repeats text DEFAULT 'visit',
  counting text DEFAULT 'entities'
) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_define';
COMMENT ON FUNCTION @extschema@.define_funnel(@extschema@.pipeline, text, interval, text[], text[], text[], interval[], interval, tstzrange, text, text) IS
  'definition of a funnel over a pipeline';

CREATE FUNCTION @extschema@.define_funnel(
  pipeline_name text,
  mode text DEFAULT 'reached',
  within interval DEFAULT NULL,
  steps text[] DEFAULT NULL,
  exclude text[] DEFAULT NULL,
  optional text[] DEFAULT NULL,
  within_step interval[] DEFAULT NULL,
  tolerance interval DEFAULT NULL,
  entry tstzrange DEFAULT NULL,
  repeats text DEFAULT 'visit',
  counting text DEFAULT 'entities'
) RETURNS @extschema@.funnel_definition
  LANGUAGE c STABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_define_by_name';
COMMENT ON FUNCTION @extschema@.define_funnel(text, text, interval, text[], text[], text[], interval[], interval, tstzrange, text, text) IS
  'definition of a funnel over a registered pipeline';
