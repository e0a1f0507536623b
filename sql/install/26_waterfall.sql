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
