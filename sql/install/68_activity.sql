-- activity: what happened with one lead, and what a model makes of it.

CREATE TYPE @extschema@.activity;

CREATE FUNCTION @extschema@.activity_in(text cstring) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_in';
COMMENT ON FUNCTION @extschema@.activity_in(text cstring) IS
  'text input: JSON array of [kind, time] or [kind, time, count]';

CREATE FUNCTION @extschema@.activity_out(activity @extschema@.activity) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_out';
COMMENT ON FUNCTION @extschema@.activity_out(activity @extschema@.activity) IS
  'text output';

CREATE FUNCTION @extschema@.activity_recv(message internal) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_recv';
COMMENT ON FUNCTION @extschema@.activity_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.activity_send(activity @extschema@.activity) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_send';
COMMENT ON FUNCTION @extschema@.activity_send(activity @extschema@.activity) IS
  'binary output';

CREATE TYPE @extschema@.activity (
  INPUT = @extschema@.activity_in,
  OUTPUT = @extschema@.activity_out,
  RECEIVE = @extschema@.activity_recv,
  SEND = @extschema@.activity_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.activity IS
  'events of one lead by kind and time, mergeable in any order';

CREATE FUNCTION @extschema@.activity_eq(a @extschema@.activity, b @extschema@.activity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_eq';
COMMENT ON FUNCTION @extschema@.activity_eq(a @extschema@.activity, b @extschema@.activity) IS
  'equal';

CREATE FUNCTION @extschema@.activity_ne(a @extschema@.activity, b @extschema@.activity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_ne';
COMMENT ON FUNCTION @extschema@.activity_ne(a @extschema@.activity, b @extschema@.activity) IS
  'not equal';

CREATE FUNCTION @extschema@.activity_hash(activity @extschema@.activity) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_hash';
COMMENT ON FUNCTION @extschema@.activity_hash(activity @extschema@.activity) IS
  'hash of an activity';

CREATE FUNCTION @extschema@.activity_hash_extended(activity @extschema@.activity, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_hash_extended';
COMMENT ON FUNCTION @extschema@.activity_hash_extended(activity @extschema@.activity, seed bigint) IS
  'hash of an activity with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.activity_eq,
  LEFTARG = @extschema@.activity, RIGHTARG = @extschema@.activity,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.activity, @extschema@.activity) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.activity_ne,
  LEFTARG = @extschema@.activity, RIGHTARG = @extschema@.activity,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.activity, @extschema@.activity) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.activity_ops
  DEFAULT FOR TYPE @extschema@.activity USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.activity_hash(@extschema@.activity),
  FUNCTION 2 @extschema@.activity_hash_extended(@extschema@.activity, bigint);
COMMENT ON OPERATOR CLASS @extschema@.activity_ops USING hash IS
  'equality of activity values';

CREATE FUNCTION @extschema@.jsonb(activity @extschema@.activity) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(activity @extschema@.activity) IS
  'as the text form';

CREATE CAST (@extschema@.activity AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.activity);
COMMENT ON CAST (@extschema@.activity AS jsonb) IS
  'as the text form';

CREATE FUNCTION @extschema@.activity_add(state @extschema@.activity, kind text, at timestamptz) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_add';
COMMENT ON FUNCTION @extschema@.activity_add(state @extschema@.activity, kind text, at timestamptz) IS
  'transition of activity';

CREATE FUNCTION @extschema@.activity_add(state @extschema@.activity, kind text, at timestamptz, n integer) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_add';
COMMENT ON FUNCTION @extschema@.activity_add(state @extschema@.activity, kind text, at timestamptz, n integer) IS
  'transition of activity with counts';

CREATE FUNCTION @extschema@.activity_merge(state @extschema@.activity, other @extschema@.activity) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_merge';
COMMENT ON FUNCTION @extschema@.activity_merge(state @extschema@.activity, other @extschema@.activity) IS
  'events of both';

CREATE FUNCTION @extschema@.activity_final(state @extschema@.activity) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_final';
COMMENT ON FUNCTION @extschema@.activity_final(state @extschema@.activity) IS
  'activity in its stored form';

CREATE AGGREGATE @extschema@.activity(kind text, at timestamptz) (
  SFUNC = @extschema@.activity_add,
  STYPE = @extschema@.activity,
  SSPACE = 256,
  FINALFUNC = @extschema@.activity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.activity_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.activity(kind text, at timestamptz) IS
  'events of one lead; NULL without any';

CREATE AGGREGATE @extschema@.activity(kind text, at timestamptz, n integer) (
  SFUNC = @extschema@.activity_add,
  STYPE = @extschema@.activity,
  SSPACE = 256,
  FINALFUNC = @extschema@.activity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.activity_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.activity(kind text, at timestamptz, n integer) IS
  'events of one lead, n of a kind at each time; NULL without any';

CREATE AGGREGATE @extschema@.rollup(activity @extschema@.activity) (
  SFUNC = @extschema@.activity_merge,
  STYPE = @extschema@.activity,
  SSPACE = 256,
  FINALFUNC = @extschema@.activity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.activity_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(activity @extschema@.activity) IS
  'pieces of the activity of one lead in one; they must not overlap';

CREATE FUNCTION @extschema@.make_activity(kind text, at timestamptz, n integer DEFAULT 1) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_make';
COMMENT ON FUNCTION @extschema@.make_activity(kind text, at timestamptz, n integer) IS
  'activity of one event, or of n at one time';

CREATE FUNCTION @extschema@.activity_plus(a @extschema@.activity, b @extschema@.activity) RETURNS @extschema@.activity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_plus';
COMMENT ON FUNCTION @extschema@.activity_plus(a @extschema@.activity, b @extschema@.activity) IS
  'events of both';

CREATE OPERATOR @extschema@.+ (
  FUNCTION = @extschema@.activity_plus,
  LEFTARG = @extschema@.activity, RIGHTARG = @extschema@.activity,
  COMMUTATOR = OPERATOR(@extschema@.+)
);
COMMENT ON OPERATOR @extschema@.+ (@extschema@.activity, @extschema@.activity) IS
  'events of both';

CREATE FUNCTION @extschema@.timeline(activity @extschema@.activity) RETURNS TABLE (at timestamptz, kind text, n bigint)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20
  AS 'MODULE_PATHNAME', 'activity_timeline';
COMMENT ON FUNCTION @extschema@.timeline(activity @extschema@.activity) IS
  'events in order of time';

CREATE FUNCTION @extschema@.event_count(activity @extschema@.activity, as_of timestamptz, within interval DEFAULT NULL, kinds text[] DEFAULT NULL) RETURNS bigint
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_count';
COMMENT ON FUNCTION @extschema@.event_count(activity @extschema@.activity, as_of timestamptz, within interval, kinds text[]) IS
  'events until as_of, at most this old, of these kinds';

CREATE FUNCTION @extschema@.event_counts(activity @extschema@.activity, as_of timestamptz, within interval DEFAULT NULL) RETURNS TABLE (kind text, n bigint, last_at timestamptz)
  LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 5
  AS 'MODULE_PATHNAME', 'activity_counts';
COMMENT ON FUNCTION @extschema@.event_counts(activity @extschema@.activity, as_of timestamptz, within interval) IS
  'events until as_of, at most this old, by kind, with the last time';

CREATE FUNCTION @extschema@.days_since_last(activity @extschema@.activity, as_of timestamptz, kinds text[] DEFAULT NULL) RETURNS double precision
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_days_since_last';
COMMENT ON FUNCTION @extschema@.days_since_last(activity @extschema@.activity, as_of timestamptz, kinds text[]) IS
  'days from the last event until as_of to as_of; NULL before the first';

CREATE FUNCTION @extschema@.intensity(activity @extschema@.activity, as_of timestamptz, half_life interval DEFAULT '30 days', kinds text[] DEFAULT NULL) RETURNS double precision
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_intensity';
COMMENT ON FUNCTION @extschema@.intensity(activity @extschema@.activity, as_of timestamptz, half_life interval, kinds text[]) IS
  'events until as_of, each counting half after each half-life';

CREATE FUNCTION @extschema@.activity_features(activity @extschema@.activity, as_of timestamptz, kinds text[] DEFAULT NULL,
  windows interval[] DEFAULT '{7 days,30 days,90 days}', half_life interval DEFAULT '30 days',
  OUT n bigint, OUT n_short bigint, OUT n_medium bigint, OUT n_long bigint, OUT n_kinds integer,
  OUT days_since_first double precision, OUT days_since_last double precision, OUT intensity double precision)
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'activity_features';
COMMENT ON FUNCTION @extschema@.activity_features(activity @extschema@.activity, as_of timestamptz, kinds text[], windows interval[], half_life interval) IS
  'features of a model from the events until as_of: counts in all and by window, kinds, days since first and last, intensity';
