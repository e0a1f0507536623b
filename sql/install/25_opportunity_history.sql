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
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_is_stale';
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
