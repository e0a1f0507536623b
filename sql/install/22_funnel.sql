-- funnel: how far deals come, step by step.

CREATE TYPE @extschema@.funnel;

CREATE FUNCTION @extschema@.funnel_in(text cstring) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_in';
COMMENT ON FUNCTION @extschema@.funnel_in(text cstring) IS
  'text input: the object that the output gives';

CREATE FUNCTION @extschema@.funnel_out(funnel @extschema@.funnel) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_out';
COMMENT ON FUNCTION @extschema@.funnel_out(funnel @extschema@.funnel) IS
  'text output';

CREATE FUNCTION @extschema@.funnel_recv(message internal) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_recv';
COMMENT ON FUNCTION @extschema@.funnel_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.funnel_send(funnel @extschema@.funnel) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_send';
COMMENT ON FUNCTION @extschema@.funnel_send(funnel @extschema@.funnel) IS
  'binary output';

CREATE TYPE @extschema@.funnel (
  INPUT = @extschema@.funnel_in,
  OUTPUT = @extschema@.funnel_out,
  RECEIVE = @extschema@.funnel_recv,
  SEND = @extschema@.funnel_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.funnel IS
  'counts, amounts and times of deals by step of a funnel';

CREATE FUNCTION @extschema@.funnel_eq(a @extschema@.funnel, b @extschema@.funnel) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_eq';
COMMENT ON FUNCTION @extschema@.funnel_eq(a @extschema@.funnel, b @extschema@.funnel) IS
  'equal';

CREATE FUNCTION @extschema@.funnel_ne(a @extschema@.funnel, b @extschema@.funnel) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_ne';
COMMENT ON FUNCTION @extschema@.funnel_ne(a @extschema@.funnel, b @extschema@.funnel) IS
  'not equal';

CREATE FUNCTION @extschema@.funnel_hash(funnel @extschema@.funnel) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_hash';
COMMENT ON FUNCTION @extschema@.funnel_hash(funnel @extschema@.funnel) IS
  'hash of a funnel';

CREATE FUNCTION @extschema@.funnel_hash_extended(funnel @extschema@.funnel, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_hash_extended';
COMMENT ON FUNCTION @extschema@.funnel_hash_extended(funnel @extschema@.funnel, seed bigint) IS
  'hash of a funnel with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.funnel_eq,
  LEFTARG = @extschema@.funnel, RIGHTARG = @extschema@.funnel,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.funnel, @extschema@.funnel) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.funnel_ne,
  LEFTARG = @extschema@.funnel, RIGHTARG = @extschema@.funnel,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.funnel, @extschema@.funnel) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.funnel_ops
  DEFAULT FOR TYPE @extschema@.funnel USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.funnel_hash(@extschema@.funnel),
  FUNCTION 2 @extschema@.funnel_hash_extended(@extschema@.funnel, bigint);
COMMENT ON OPERATOR CLASS @extschema@.funnel_ops USING hash IS
  'equality of funnels';

CREATE FUNCTION @extschema@.jsonb(funnel @extschema@.funnel) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(funnel @extschema@.funnel) IS
  'funnel as an object: definition, counts, steps, days';

CREATE CAST (@extschema@.funnel AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.funnel);
COMMENT ON CAST (@extschema@.funnel AS jsonb) IS
  'funnel as an object: definition, counts, steps, days';

CREATE FUNCTION @extschema@.funnel_add(state @extschema@.funnel, journey @extschema@.journey, definition @extschema@.funnel_definition) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_add';
COMMENT ON FUNCTION @extschema@.funnel_add(state @extschema@.funnel, journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'transition function of funnel(journey, definition)';

CREATE FUNCTION @extschema@.funnel_merge(state @extschema@.funnel, funnel @extschema@.funnel) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_merge';
COMMENT ON FUNCTION @extschema@.funnel_merge(state @extschema@.funnel, funnel @extschema@.funnel) IS
  'combine function of funnel, transition function of rollup(funnel)';

CREATE FUNCTION @extschema@.funnel_final(state @extschema@.funnel) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_final';
COMMENT ON FUNCTION @extschema@.funnel_final(state @extschema@.funnel) IS
  'final function of funnel and rollup(funnel)';

CREATE AGGREGATE @extschema@.funnel(journey @extschema@.journey, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_add,
  STYPE = @extschema@.funnel,
  SSPACE = 4096,
  FINALFUNC = @extschema@.funnel_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.funnel_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'funnel of deals, each given by its journey';

CREATE AGGREGATE @extschema@.rollup(funnel @extschema@.funnel) (
  SFUNC = @extschema@.funnel_merge,
  STYPE = @extschema@.funnel,
  SSPACE = 4096,
  FINALFUNC = @extschema@.funnel_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.funnel_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(funnel @extschema@.funnel) IS
  'funnels of the same definition and of different deals as one';

CREATE FUNCTION @extschema@.conversion(
  funnel @extschema@.funnel,
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
  AS 'MODULE_PATHNAME', 'funnel_conversion';
COMMENT ON FUNCTION @extschema@.conversion(@extschema@.funnel) IS
  'one row a step: deals that entered and dropped, rates with 95 % limits, times from the step before';

CREATE FUNCTION @extschema@.definition(funnel @extschema@.funnel) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_of';
COMMENT ON FUNCTION @extschema@.definition(funnel @extschema@.funnel) IS
  'the definition that a funnel was counted by';

CREATE FUNCTION @extschema@.n_deals(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_deals';
COMMENT ON FUNCTION @extschema@.n_deals(funnel @extschema@.funnel) IS
  'deals with at least one event, in the funnel or not';

CREATE FUNCTION @extschema@.n_entries(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_entries';
COMMENT ON FUNCTION @extschema@.n_entries(funnel @extschema@.funnel) IS
  'entries into the funnel: deals, or attempts where entries are counted';

CREATE FUNCTION @extschema@.n_ignored(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(funnel @extschema@.funnel) IS
  'rows left out because something in them was NULL';

CREATE FUNCTION @extschema@.n_unknown(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_unknown';
COMMENT ON FUNCTION @extschema@.n_unknown(funnel @extschema@.funnel) IS
  'events whose stage is not in the pipeline';

CREATE FUNCTION @extschema@.n_immature(funnel @extschema@.funnel, as_of timestamptz) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_immature';
COMMENT ON FUNCTION @extschema@.n_immature(funnel @extschema@.funnel, as_of timestamptz) IS
  'entries whose window is still open at as_of, by whole days in UTC; NULL without a window';

CREATE FUNCTION @extschema@.funnel_level(journey @extschema@.journey, definition @extschema@.funnel_definition) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_level';
COMMENT ON FUNCTION @extschema@.funnel_level(journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'how far a deal came: the number that funnel() counts it by, 0 where it did not enter';

CREATE FUNCTION @extschema@.step_times(journey @extschema@.journey, definition @extschema@.funnel_definition) RETURNS interval[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_step_times';
COMMENT ON FUNCTION @extschema@.step_times(journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'exact time of a deal from each step to the next, at the later step; NULL where one of the two has no time';
