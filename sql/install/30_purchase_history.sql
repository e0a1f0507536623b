-- purchase_history: what one customer bought, a sum for each day with a purchase.

CREATE TYPE @extschema@.purchase_history;

CREATE FUNCTION @extschema@.purchase_history_in(text cstring) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_in';
COMMENT ON FUNCTION @extschema@.purchase_history_in(text cstring) IS
  'text input: JSON object with a list of [day, amount]';

CREATE FUNCTION @extschema@.purchase_history_out(purchase_history @extschema@.purchase_history) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_out';
COMMENT ON FUNCTION @extschema@.purchase_history_out(purchase_history @extschema@.purchase_history) IS
  'text output';

CREATE FUNCTION @extschema@.purchase_history_recv(message internal) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_recv';
COMMENT ON FUNCTION @extschema@.purchase_history_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.purchase_history_send(purchase_history @extschema@.purchase_history) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_send';
COMMENT ON FUNCTION @extschema@.purchase_history_send(purchase_history @extschema@.purchase_history) IS
  'binary output';

CREATE TYPE @extschema@.purchase_history (
  INPUT = @extschema@.purchase_history_in,
  OUTPUT = @extschema@.purchase_history_out,
  RECEIVE = @extschema@.purchase_history_recv,
  SEND = @extschema@.purchase_history_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.purchase_history IS
  'what one customer bought: a sum of money for each day with a purchase';

CREATE FUNCTION @extschema@.purchase_history_eq(a @extschema@.purchase_history, b @extschema@.purchase_history) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_eq';
COMMENT ON FUNCTION @extschema@.purchase_history_eq(a @extschema@.purchase_history, b @extschema@.purchase_history) IS
  'equal';

CREATE FUNCTION @extschema@.purchase_history_ne(a @extschema@.purchase_history, b @extschema@.purchase_history) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_ne';
COMMENT ON FUNCTION @extschema@.purchase_history_ne(a @extschema@.purchase_history, b @extschema@.purchase_history) IS
  'not equal';

CREATE FUNCTION @extschema@.purchase_history_hash(purchase_history @extschema@.purchase_history) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_hash';
COMMENT ON FUNCTION @extschema@.purchase_history_hash(purchase_history @extschema@.purchase_history) IS
  'hash of purchase_history';

CREATE FUNCTION @extschema@.purchase_history_hash_extended(purchase_history @extschema@.purchase_history, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_hash_extended';
COMMENT ON FUNCTION @extschema@.purchase_history_hash_extended(purchase_history @extschema@.purchase_history, seed bigint) IS
  'hash of purchase_history with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.purchase_history_eq,
  LEFTARG = @extschema@.purchase_history, RIGHTARG = @extschema@.purchase_history,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.purchase_history, @extschema@.purchase_history) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.purchase_history_ne,
  LEFTARG = @extschema@.purchase_history, RIGHTARG = @extschema@.purchase_history,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.purchase_history, @extschema@.purchase_history) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.purchase_history_ops
  DEFAULT FOR TYPE @extschema@.purchase_history USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.purchase_history_hash(@extschema@.purchase_history),
  FUNCTION 2 @extschema@.purchase_history_hash_extended(@extschema@.purchase_history, bigint);
COMMENT ON OPERATOR CLASS @extschema@.purchase_history_ops USING hash IS
  'equality of purchase_history values';

CREATE FUNCTION @extschema@.jsonb(purchase_history @extschema@.purchase_history) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(purchase_history @extschema@.purchase_history) IS
  'purchase_history as json, as in the text form';

CREATE CAST (@extschema@.purchase_history AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.purchase_history);
COMMENT ON CAST (@extschema@.purchase_history AS jsonb) IS
  'purchase_history as json, as in the text form';

CREATE FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, day date, amount numeric) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_add';
COMMENT ON FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, day date, amount numeric) IS
  'transition of purchase_history: a purchase on a day';

CREATE FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, at timestamptz, amount numeric) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_add_at';
COMMENT ON FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, at timestamptz, amount numeric) IS
  'transition of purchase_history: a purchase at a time, whose day is that in UTC';

CREATE FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, at timestamp, amount numeric) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_add_at';
COMMENT ON FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, at timestamp, amount numeric) IS
  'transition of purchase_history: a purchase at a time without a zone';

CREATE FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, at timestamptz, amount numeric, zone text) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_add_at';
COMMENT ON FUNCTION @extschema@.purchase_history_add(state @extschema@.purchase_history, at timestamptz, amount numeric, zone text) IS
  'transition of purchase_history: a purchase at a time, whose day is that in the zone';

CREATE FUNCTION @extschema@.purchase_history_merge(state @extschema@.purchase_history, other @extschema@.purchase_history) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_merge';
COMMENT ON FUNCTION @extschema@.purchase_history_merge(state @extschema@.purchase_history, other @extschema@.purchase_history) IS
  'purchases of both histories';

CREATE FUNCTION @extschema@.purchase_history_final(state @extschema@.purchase_history) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_final';
COMMENT ON FUNCTION @extschema@.purchase_history_final(state @extschema@.purchase_history) IS
  'purchase history of a state';

CREATE AGGREGATE @extschema@.purchase_history(day date, amount numeric) (
  SFUNC = @extschema@.purchase_history_add,
  STYPE = @extschema@.purchase_history,
  SSPACE = 256,
  FINALFUNC = @extschema@.purchase_history_final,
  COMBINEFUNC = @extschema@.purchase_history_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.purchase_history(day date, amount numeric) IS
  'what a customer bought: a sum for each day; a NULL amount is a purchase whose money is not known';

CREATE AGGREGATE @extschema@.purchase_history(at timestamptz, amount numeric) (
  SFUNC = @extschema@.purchase_history_add,
  STYPE = @extschema@.purchase_history,
  SSPACE = 256,
  FINALFUNC = @extschema@.purchase_history_final,
  COMBINEFUNC = @extschema@.purchase_history_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.purchase_history(at timestamptz, amount numeric) IS
  'what a customer bought, by days in UTC';

CREATE AGGREGATE @extschema@.purchase_history(at timestamp, amount numeric) (
  SFUNC = @extschema@.purchase_history_add,
  STYPE = @extschema@.purchase_history,
  SSPACE = 256,
  FINALFUNC = @extschema@.purchase_history_final,
  COMBINEFUNC = @extschema@.purchase_history_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.purchase_history(at timestamp, amount numeric) IS
  'what a customer bought, by the day of a time without a zone';

CREATE AGGREGATE @extschema@.purchase_history(at timestamptz, amount numeric, zone text) (
  SFUNC = @extschema@.purchase_history_add,
  STYPE = @extschema@.purchase_history,
  SSPACE = 256,
  FINALFUNC = @extschema@.purchase_history_final,
  COMBINEFUNC = @extschema@.purchase_history_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.purchase_history(at timestamptz, amount numeric, zone text) IS
  'what a customer bought, by days in a time zone';

CREATE AGGREGATE @extschema@.rollup(history @extschema@.purchase_history) (
  SFUNC = @extschema@.purchase_history_merge,
  STYPE = @extschema@.purchase_history,
  SSPACE = 256,
  FINALFUNC = @extschema@.purchase_history_final,
  COMBINEFUNC = @extschema@.purchase_history_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(history @extschema@.purchase_history) IS
  'the purchases of all the histories, such as of two periods of one customer';

CREATE FUNCTION @extschema@.rfm(history @extschema@.purchase_history, as_of date, unit interval DEFAULT interval '1 day') RETURNS @extschema@.rfm
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_rfm';
COMMENT ON FUNCTION @extschema@.rfm(history @extschema@.purchase_history, as_of date, unit interval) IS
  'buying pattern on a day, which counts; recency and age in this unit; NULL before the first purchase';

CREATE FUNCTION @extschema@.days_since_last(history @extschema@.purchase_history, as_of date) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_days_since_last';
COMMENT ON FUNCTION @extschema@.days_since_last(history @extschema@.purchase_history, as_of date) IS
  'days from the last purchase up to as_of to as_of; NULL before the first purchase';

CREATE FUNCTION @extschema@.as_of(history @extschema@.purchase_history, day date) RETURNS @extschema@.purchase_history
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_as_of';
COMMENT ON FUNCTION @extschema@.as_of(history @extschema@.purchase_history, day date) IS
  'the history as it was known on this day, which counts';

CREATE FUNCTION @extschema@.purchases(history @extschema@.purchase_history) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_purchases';
COMMENT ON FUNCTION @extschema@.purchases(history @extschema@.purchase_history) IS
  'days with a purchase';

CREATE FUNCTION @extschema@.purchases(history @extschema@.purchase_history, as_of date) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_purchases';
COMMENT ON FUNCTION @extschema@.purchases(history @extschema@.purchase_history, as_of date) IS
  'days with a purchase up to as_of, which counts';

CREATE FUNCTION @extschema@.first_day(history @extschema@.purchase_history) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_first_day';
COMMENT ON FUNCTION @extschema@.first_day(history @extschema@.purchase_history) IS
  'day of the first purchase; NULL without one';

CREATE FUNCTION @extschema@.last_day(history @extschema@.purchase_history) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_last_day';
COMMENT ON FUNCTION @extschema@.last_day(history @extschema@.purchase_history) IS
  'day of the last purchase; NULL without one';

CREATE FUNCTION @extschema@.total(history @extschema@.purchase_history) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_total';
COMMENT ON FUNCTION @extschema@.total(history @extschema@.purchase_history) IS
  'sum of all amounts; NULL where none is known';

CREATE FUNCTION @extschema@.total(history @extschema@.purchase_history, as_of date) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_total';
COMMENT ON FUNCTION @extschema@.total(history @extschema@.purchase_history, as_of date) IS
  'sum of the amounts up to as_of, which counts; NULL where none is known';

CREATE FUNCTION @extschema@.timeline(history @extschema@.purchase_history) RETURNS TABLE (day date, amount numeric, gap integer, total numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'purchase_history_timeline';
COMMENT ON FUNCTION @extschema@.timeline(history @extschema@.purchase_history) IS
  'the purchases in order: day, amount, days since the one before, sum so far';

CREATE FUNCTION @extschema@.quantile_score(parts integer DEFAULT 5) RETURNS integer
  LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_quantile_score';
COMMENT ON FUNCTION @extschema@.quantile_score(parts integer) IS
  'window function: 1 to parts, by the share of rows that are before this one in the window order; peers have the same';

CREATE FUNCTION @extschema@.rfm_segment(recency_score integer, frequency_score integer, monetary_score integer DEFAULT NULL) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'purchase_history_segment';
COMMENT ON FUNCTION @extschema@.rfm_segment(recency_score integer, frequency_score integer, monetary_score integer) IS
  'name of the segment of scores from 1 to 5, as champion, at risk or hibernating';
