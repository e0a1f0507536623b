-- survival_curve: how long until the event, when some have not had it yet.

CREATE TYPE @extschema@.survival_curve;

CREATE FUNCTION @extschema@.survival_curve_in(text cstring) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_in';
COMMENT ON FUNCTION @extschema@.survival_curve_in(text cstring) IS
  'text input: {"times":[[duration,events,censored],...]}';

CREATE FUNCTION @extschema@.survival_curve_out(curve @extschema@.survival_curve) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_out';
COMMENT ON FUNCTION @extschema@.survival_curve_out(curve @extschema@.survival_curve) IS
  'text output';

CREATE FUNCTION @extschema@.survival_curve_recv(message internal) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_recv';
COMMENT ON FUNCTION @extschema@.survival_curve_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.survival_curve_send(curve @extschema@.survival_curve) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_send';
COMMENT ON FUNCTION @extschema@.survival_curve_send(curve @extschema@.survival_curve) IS
  'binary output';

CREATE TYPE @extschema@.survival_curve (
  INPUT = @extschema@.survival_curve_in,
  OUTPUT = @extschema@.survival_curve_out,
  RECEIVE = @extschema@.survival_curve_recv,
  SEND = @extschema@.survival_curve_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.survival_curve IS
  'Kaplan-Meier curve: each distinct duration with its events and censored observations';

CREATE FUNCTION @extschema@.survival_curve_eq(a @extschema@.survival_curve, b @extschema@.survival_curve) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_eq';
COMMENT ON FUNCTION @extschema@.survival_curve_eq(a @extschema@.survival_curve, b @extschema@.survival_curve) IS
  'equal';

CREATE FUNCTION @extschema@.survival_curve_ne(a @extschema@.survival_curve, b @extschema@.survival_curve) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_ne';
COMMENT ON FUNCTION @extschema@.survival_curve_ne(a @extschema@.survival_curve, b @extschema@.survival_curve) IS
  'not equal';

CREATE FUNCTION @extschema@.survival_curve_hash(curve @extschema@.survival_curve) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_hash';
COMMENT ON FUNCTION @extschema@.survival_curve_hash(curve @extschema@.survival_curve) IS
  'hash of a survival curve';

CREATE FUNCTION @extschema@.survival_curve_hash_extended(curve @extschema@.survival_curve, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_hash_extended';
COMMENT ON FUNCTION @extschema@.survival_curve_hash_extended(curve @extschema@.survival_curve, seed bigint) IS
  'hash of a survival curve with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.survival_curve_eq,
  LEFTARG = @extschema@.survival_curve, RIGHTARG = @extschema@.survival_curve,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.survival_curve, @extschema@.survival_curve) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.survival_curve_ne,
  LEFTARG = @extschema@.survival_curve, RIGHTARG = @extschema@.survival_curve,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.survival_curve, @extschema@.survival_curve) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.survival_curve_ops
  DEFAULT FOR TYPE @extschema@.survival_curve USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.survival_curve_hash(@extschema@.survival_curve),
  FUNCTION 2 @extschema@.survival_curve_hash_extended(@extschema@.survival_curve, bigint);
COMMENT ON OPERATOR CLASS @extschema@.survival_curve_ops USING hash IS
  'equality of survival curves';

CREATE FUNCTION @extschema@.jsonb(curve @extschema@.survival_curve) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(curve @extschema@.survival_curve) IS
  'survival curve as an object of its durations and counts';

CREATE CAST (@extschema@.survival_curve AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.survival_curve);
COMMENT ON CAST (@extschema@.survival_curve AS jsonb) IS
  'survival curve as an object of its durations and counts';

CREATE FUNCTION @extschema@.survival_curve_add(state @extschema@.survival_curve, duration float8, event boolean) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_add';
COMMENT ON FUNCTION @extschema@.survival_curve_add(state @extschema@.survival_curve, duration float8, event boolean) IS
  'transition of survival_curve';

CREATE FUNCTION @extschema@.survival_curve_add(state @extschema@.survival_curve, duration float8, event boolean, weight bigint) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_add';
COMMENT ON FUNCTION @extschema@.survival_curve_add(state @extschema@.survival_curve, duration float8, event boolean, weight bigint) IS
  'transition of survival_curve with weights';

CREATE FUNCTION @extschema@.survival_curve_merge(state @extschema@.survival_curve, other @extschema@.survival_curve) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_merge';
COMMENT ON FUNCTION @extschema@.survival_curve_merge(state @extschema@.survival_curve, other @extschema@.survival_curve) IS
  'adds up two survival curves; combines states of survival_curve and rollup';

CREATE FUNCTION @extschema@.survival_curve_final(state @extschema@.survival_curve) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_final';
COMMENT ON FUNCTION @extschema@.survival_curve_final(state @extschema@.survival_curve) IS
  'canonical form of a state';

CREATE AGGREGATE @extschema@.survival_curve(duration float8, event boolean) (
  SFUNC = @extschema@.survival_curve_add,
  STYPE = @extschema@.survival_curve,
  SSPACE = 4096,
  FINALFUNC = @extschema@.survival_curve_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.survival_curve_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survival_curve(duration float8, event boolean) IS
  'Kaplan-Meier curve; event false is censored; a row with a NULL is skipped';

CREATE AGGREGATE @extschema@.survival_curve(duration float8, event boolean, weight bigint) (
  SFUNC = @extschema@.survival_curve_add,
  STYPE = @extschema@.survival_curve,
  SSPACE = 4096,
  FINALFUNC = @extschema@.survival_curve_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.survival_curve_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.survival_curve(duration float8, event boolean, weight bigint) IS
  'Kaplan-Meier curve of rows that stand for several observations';

CREATE AGGREGATE @extschema@.rollup(curve @extschema@.survival_curve) (
  SFUNC = @extschema@.survival_curve_merge,
  STYPE = @extschema@.survival_curve,
  SSPACE = 4096,
  FINALFUNC = @extschema@.survival_curve_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.survival_curve_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(curve @extschema@.survival_curve) IS
  'adds up survival curves of disjoint observations';

CREATE FUNCTION @extschema@.n_observations(curve @extschema@.survival_curve) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_n';
COMMENT ON FUNCTION @extschema@.n_observations(curve @extschema@.survival_curve) IS
  'number of observations';

CREATE FUNCTION @extschema@.n_events(curve @extschema@.survival_curve) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_n_events';
COMMENT ON FUNCTION @extschema@.n_events(curve @extschema@.survival_curve) IS
  'number of events';

CREATE FUNCTION @extschema@.survival_at(curve @extschema@.survival_curve, duration float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_at';
COMMENT ON FUNCTION @extschema@.survival_at(curve @extschema@.survival_curve, duration float8) IS
  'share without the event by then; NULL beyond the longest duration, unless nobody is left';

CREATE FUNCTION @extschema@.survival_interval(curve @extschema@.survival_curve, duration float8, level float8 DEFAULT 0.95, conf_type text DEFAULT 'log-log',
  OUT survival float8, OUT std_error float8, OUT low float8, OUT high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_interval';
COMMENT ON FUNCTION @extschema@.survival_interval(@extschema@.survival_curve, float8, float8, text) IS
  'survival at a duration with Greenwood''s standard error and limits of type log-log, log or plain';

CREATE FUNCTION @extschema@.cumulative_hazard(curve @extschema@.survival_curve, duration float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_hazard';
COMMENT ON FUNCTION @extschema@.cumulative_hazard(curve @extschema@.survival_curve, duration float8) IS
  'cumulative hazard by Nelson and Aalen; NULL beyond the longest duration, unless nobody is left';

CREATE FUNCTION @extschema@.quantile_survival(curve @extschema@.survival_curve, share float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_quantile';
COMMENT ON FUNCTION @extschema@.quantile_survival(curve @extschema@.survival_curve, share float8) IS
  'duration by which this share had the event; NULL when fewer had it';

CREATE FUNCTION @extschema@.quantile_survival_interval(curve @extschema@.survival_curve, share float8, level float8 DEFAULT 0.95, conf_type text DEFAULT 'log-log',
  OUT duration float8, OUT low float8, OUT high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_quantile_interval';
COMMENT ON FUNCTION @extschema@.quantile_survival_interval(@extschema@.survival_curve, float8, float8, text) IS
  'duration by which this share had the event, with limits; each NULL when it is not reached';

CREATE FUNCTION @extschema@.median_survival(curve @extschema@.survival_curve) RETURNS float8
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
  SELECT @extschema@.quantile_survival(curve, 0.5::float8);
END;
COMMENT ON FUNCTION @extschema@.median_survival(curve @extschema@.survival_curve) IS
  'duration by which half had the event; NULL when fewer had it';

CREATE FUNCTION @extschema@.median_survival_interval(curve @extschema@.survival_curve, level float8 DEFAULT 0.95, conf_type text DEFAULT 'log-log',
  OUT median float8, OUT low float8, OUT high float8)
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
  SELECT q.duration, q.low, q.high
    FROM @extschema@.quantile_survival_interval(curve, 0.5::float8, level, conf_type) AS q;
END;
COMMENT ON FUNCTION @extschema@.median_survival_interval(@extschema@.survival_curve, float8, text) IS
  'median with limits; each NULL when it is not reached';

CREATE FUNCTION @extschema@.restricted_mean(curve @extschema@.survival_curve, horizon float8 DEFAULT NULL) RETURNS float8
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_mean';
COMMENT ON FUNCTION @extschema@.restricted_mean(curve @extschema@.survival_curve, horizon float8) IS
  'mean duration up to the horizon, by default the longest duration; NULL where the curve is not known so far';

CREATE FUNCTION @extschema@.restricted_mean_interval(curve @extschema@.survival_curve, horizon float8 DEFAULT NULL, level float8 DEFAULT 0.95,
  OUT mean float8, OUT std_error float8, OUT low float8, OUT high float8)
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'survival_curve_mean_interval';
COMMENT ON FUNCTION @extschema@.restricted_mean_interval(@extschema@.survival_curve, float8, float8) IS
  'mean duration up to the horizon with standard error and limits';

CREATE FUNCTION @extschema@.survival_table(curve @extschema@.survival_curve, level float8 DEFAULT 0.95, conf_type text DEFAULT 'log-log') RETURNS TABLE (duration float8, at_risk bigint, events bigint, censored bigint, survival float8, std_error float8, low float8, high float8, cumulative_hazard float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100
  AS 'MODULE_PATHNAME', 'survival_curve_table';
COMMENT ON FUNCTION @extschema@.survival_table(curve @extschema@.survival_curve, level float8, conf_type text) IS
  'the curve row by row, to plot: one row a distinct duration';

-- logrank: do groups differ in how long until the event?

CREATE TYPE @extschema@.logrank;

CREATE FUNCTION @extschema@.logrank_in(text cstring) RETURNS @extschema@.logrank
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_in';
COMMENT ON FUNCTION @extschema@.logrank_in(text cstring) IS
  'text input: {"groups":[label,...],"times":[[duration,group,events,censored],...]}';

CREATE FUNCTION @extschema@.logrank_out(comparison @extschema@.logrank) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_out';
COMMENT ON FUNCTION @extschema@.logrank_out(comparison @extschema@.logrank) IS
  'text output';

CREATE FUNCTION @extschema@.logrank_recv(message internal) RETURNS @extschema@.logrank
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_recv';
COMMENT ON FUNCTION @extschema@.logrank_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.logrank_send(comparison @extschema@.logrank) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_send';
COMMENT ON FUNCTION @extschema@.logrank_send(comparison @extschema@.logrank) IS
  'binary output';

CREATE TYPE @extschema@.logrank (
  INPUT = @extschema@.logrank_in,
  OUTPUT = @extschema@.logrank_out,
  RECEIVE = @extschema@.logrank_recv,
  SEND = @extschema@.logrank_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.logrank IS
  'groups and their durations, to test whether they differ';

CREATE FUNCTION @extschema@.logrank_eq(a @extschema@.logrank, b @extschema@.logrank) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_eq';
COMMENT ON FUNCTION @extschema@.logrank_eq(a @extschema@.logrank, b @extschema@.logrank) IS
  'equal';

CREATE FUNCTION @extschema@.logrank_ne(a @extschema@.logrank, b @extschema@.logrank) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_ne';
COMMENT ON FUNCTION @extschema@.logrank_ne(a @extschema@.logrank, b @extschema@.logrank) IS
  'not equal';

CREATE FUNCTION @extschema@.logrank_hash(comparison @extschema@.logrank) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_hash';
COMMENT ON FUNCTION @extschema@.logrank_hash(comparison @extschema@.logrank) IS
  'hash of a logrank';

CREATE FUNCTION @extschema@.logrank_hash_extended(comparison @extschema@.logrank, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_hash_extended';
COMMENT ON FUNCTION @extschema@.logrank_hash_extended(comparison @extschema@.logrank, seed bigint) IS
  'hash of a logrank with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.logrank_eq,
  LEFTARG = @extschema@.logrank, RIGHTARG = @extschema@.logrank,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.logrank, @extschema@.logrank) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.logrank_ne,
  LEFTARG = @extschema@.logrank, RIGHTARG = @extschema@.logrank,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.logrank, @extschema@.logrank) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.logrank_ops
  DEFAULT FOR TYPE @extschema@.logrank USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.logrank_hash(@extschema@.logrank),
  FUNCTION 2 @extschema@.logrank_hash_extended(@extschema@.logrank, bigint);
COMMENT ON OPERATOR CLASS @extschema@.logrank_ops USING hash IS
  'equality of logrank values';

CREATE FUNCTION @extschema@.jsonb(comparison @extschema@.logrank) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(comparison @extschema@.logrank) IS
  'logrank as an object of its groups and counts';

CREATE CAST (@extschema@.logrank AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.logrank);
COMMENT ON CAST (@extschema@.logrank AS jsonb) IS
  'logrank as an object of its groups and counts';

CREATE FUNCTION @extschema@.logrank_add(state @extschema@.logrank, duration float8, event boolean, segment text) RETURNS @extschema@.logrank
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_add';
COMMENT ON FUNCTION @extschema@.logrank_add(state @extschema@.logrank, duration float8, event boolean, segment text) IS
  'transition of logrank';

CREATE FUNCTION @extschema@.logrank_merge(state @extschema@.logrank, other @extschema@.logrank) RETURNS @extschema@.logrank
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_merge';
COMMENT ON FUNCTION @extschema@.logrank_merge(state @extschema@.logrank, other @extschema@.logrank) IS
  'adds up two logranks; combines states of logrank and rollup';

CREATE FUNCTION @extschema@.logrank_final(state @extschema@.logrank) RETURNS @extschema@.logrank
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'logrank_final';
COMMENT ON FUNCTION @extschema@.logrank_final(state @extschema@.logrank) IS
  'canonical form of a state';

CREATE AGGREGATE @extschema@.logrank(duration float8, event boolean, segment text) (
  SFUNC = @extschema@.logrank_add,
  STYPE = @extschema@.logrank,
  SSPACE = 8192,
  FINALFUNC = @extschema@.logrank_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.logrank_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.logrank(duration float8, event boolean, segment text) IS
  'durations by segment, for the log-rank test; event false is censored; a row with a NULL is skipped';

CREATE AGGREGATE @extschema@.rollup(comparison @extschema@.logrank) (
  SFUNC = @extschema@.logrank_merge,
  STYPE = @extschema@.logrank,
  SSPACE = 8192,
  FINALFUNC = @extschema@.logrank_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.logrank_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(comparison @extschema@.logrank) IS
  'adds up logranks of disjoint observations';

CREATE FUNCTION @extschema@.logrank_test(comparison @extschema@.logrank,
  OUT chi_square float8, OUT df integer, OUT p_value float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'logrank_test';
COMMENT ON FUNCTION @extschema@.logrank_test(@extschema@.logrank) IS
  'log-rank test that the segments do not differ; NULL where fewer than two can be compared';

CREATE FUNCTION @extschema@.groups(comparison @extschema@.logrank) RETURNS TABLE (segment text, n bigint, observed bigint, expected float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 4
  AS 'MODULE_PATHNAME', 'logrank_groups';
COMMENT ON FUNCTION @extschema@.groups(comparison @extschema@.logrank) IS
  'events of each segment, and how many there would be if segments did not differ';

CREATE FUNCTION @extschema@.curve(comparison @extschema@.logrank, segment text) RETURNS @extschema@.survival_curve
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'logrank_curve';
COMMENT ON FUNCTION @extschema@.curve(comparison @extschema@.logrank, segment text) IS
  'survival curve of one segment; NULL when there is no such segment';
