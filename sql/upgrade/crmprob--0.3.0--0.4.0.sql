-- crmprob: from 0.3.0 to 0.4.0.
\echo Use "ALTER EXTENSION crmprob UPDATE TO '0.4.0'" to load this file. \quit

-- rfm: a customer's buying pattern, as the repeat-buying models take it.

CREATE TYPE @extschema@.rfm;

CREATE FUNCTION @extschema@.rfm_in(text cstring) RETURNS @extschema@.rfm
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_in';
COMMENT ON FUNCTION @extschema@.rfm_in(text cstring) IS
  'text input: JSON object of frequency, recency, age and what else is known';

CREATE FUNCTION @extschema@.rfm_out(rfm @extschema@.rfm) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_out';
COMMENT ON FUNCTION @extschema@.rfm_out(rfm @extschema@.rfm) IS
  'text output';

CREATE FUNCTION @extschema@.rfm_recv(message internal) RETURNS @extschema@.rfm
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_recv';
COMMENT ON FUNCTION @extschema@.rfm_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.rfm_send(rfm @extschema@.rfm) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_send';
COMMENT ON FUNCTION @extschema@.rfm_send(rfm @extschema@.rfm) IS
  'binary output';

CREATE TYPE @extschema@.rfm (
  INPUT = @extschema@.rfm_in,
  OUTPUT = @extschema@.rfm_out,
  RECEIVE = @extschema@.rfm_recv,
  SEND = @extschema@.rfm_send,
  INTERNALLENGTH = 48,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.rfm IS
  'buying pattern of a customer: repeat purchases, recency, age, and the spend';

CREATE FUNCTION @extschema@.rfm_eq(a @extschema@.rfm, b @extschema@.rfm) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_eq';
COMMENT ON FUNCTION @extschema@.rfm_eq(a @extschema@.rfm, b @extschema@.rfm) IS
  'equal';

CREATE FUNCTION @extschema@.rfm_ne(a @extschema@.rfm, b @extschema@.rfm) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_ne';
COMMENT ON FUNCTION @extschema@.rfm_ne(a @extschema@.rfm, b @extschema@.rfm) IS
  'not equal';

CREATE FUNCTION @extschema@.rfm_hash(rfm @extschema@.rfm) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_hash';
COMMENT ON FUNCTION @extschema@.rfm_hash(rfm @extschema@.rfm) IS
  'hash of rfm';

CREATE FUNCTION @extschema@.rfm_hash_extended(rfm @extschema@.rfm, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_hash_extended';
COMMENT ON FUNCTION @extschema@.rfm_hash_extended(rfm @extschema@.rfm, seed bigint) IS
  'hash of rfm with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.rfm_eq,
  LEFTARG = @extschema@.rfm, RIGHTARG = @extschema@.rfm,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.rfm, @extschema@.rfm) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.rfm_ne,
  LEFTARG = @extschema@.rfm, RIGHTARG = @extschema@.rfm,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.rfm, @extschema@.rfm) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.rfm_ops
  DEFAULT FOR TYPE @extschema@.rfm USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.rfm_hash(@extschema@.rfm),
  FUNCTION 2 @extschema@.rfm_hash_extended(@extschema@.rfm, bigint);
COMMENT ON OPERATOR CLASS @extschema@.rfm_ops USING hash IS
  'equality of rfm values';

CREATE FUNCTION @extschema@.jsonb(rfm @extschema@.rfm) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(rfm @extschema@.rfm) IS
  'rfm as json, as in the text form';

CREATE CAST (@extschema@.rfm AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.rfm);
COMMENT ON CAST (@extschema@.rfm AS jsonb) IS
  'rfm as json, as in the text form';

CREATE FUNCTION @extschema@.make_rfm(frequency integer, recency double precision, age double precision, monetary_value numeric DEFAULT NULL) RETURNS @extschema@.rfm
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_make';
COMMENT ON FUNCTION @extschema@.make_rfm(frequency integer, recency double precision, age double precision, monetary_value numeric) IS
  'buying pattern from its parts, in units of the model; monetary_value is the mean over repeat purchases';

CREATE FUNCTION @extschema@.frequency(rfm @extschema@.rfm) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_frequency';
COMMENT ON FUNCTION @extschema@.frequency(rfm @extschema@.rfm) IS
  'repeat purchases: days with a purchase less one';

CREATE FUNCTION @extschema@.recency(rfm @extschema@.rfm) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_recency';
COMMENT ON FUNCTION @extschema@.recency(rfm @extschema@.rfm) IS
  'time from the first to the last purchase, in units; 0 without a repeat purchase';

CREATE FUNCTION @extschema@.age(rfm @extschema@.rfm) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_age';
COMMENT ON FUNCTION @extschema@.age(rfm @extschema@.rfm) IS
  'time from the first purchase to the end of observation, in units';

CREATE FUNCTION @extschema@.monetary_value(rfm @extschema@.rfm) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_monetary_value';
COMMENT ON FUNCTION @extschema@.monetary_value(rfm @extschema@.rfm) IS
  'mean amount of the repeat purchases; NULL without one whose amount is known';

CREATE FUNCTION @extschema@.unit(rfm @extschema@.rfm) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_unit';
COMMENT ON FUNCTION @extschema@.unit(rfm @extschema@.rfm) IS
  'unit of recency and age; NULL when it is not recorded';

CREATE FUNCTION @extschema@.observed_until(rfm @extschema@.rfm) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rfm_observed_until';
COMMENT ON FUNCTION @extschema@.observed_until(rfm @extschema@.rfm) IS
  'last day of observation, inclusive; NULL when it is not recorded';
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
-- mrr_bridge: how recurring revenue came from one period to the next.

CREATE TYPE @extschema@.mrr_bridge;

CREATE FUNCTION @extschema@.mrr_bridge_in(text cstring) RETURNS @extschema@.mrr_bridge
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_in';
COMMENT ON FUNCTION @extschema@.mrr_bridge_in(text cstring) IS
  'text input: JSON object of seven parts';

CREATE FUNCTION @extschema@.mrr_bridge_out(bridge @extschema@.mrr_bridge) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_out';
COMMENT ON FUNCTION @extschema@.mrr_bridge_out(bridge @extschema@.mrr_bridge) IS
  'text output';

CREATE FUNCTION @extschema@.mrr_bridge_recv(message internal) RETURNS @extschema@.mrr_bridge
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_recv';
COMMENT ON FUNCTION @extschema@.mrr_bridge_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.mrr_bridge_send(bridge @extschema@.mrr_bridge) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_send';
COMMENT ON FUNCTION @extschema@.mrr_bridge_send(bridge @extschema@.mrr_bridge) IS
  'binary output';

CREATE TYPE @extschema@.mrr_bridge (
  INPUT = @extschema@.mrr_bridge_in,
  OUTPUT = @extschema@.mrr_bridge_out,
  RECEIVE = @extschema@.mrr_bridge_recv,
  SEND = @extschema@.mrr_bridge_send,
  INTERNALLENGTH = 176,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.mrr_bridge IS
  'how recurring revenue came from one period to the next: seven parts, each as customers and amount, that balance';

CREATE FUNCTION @extschema@.mrr_bridge_eq(a @extschema@.mrr_bridge, b @extschema@.mrr_bridge) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_eq';
COMMENT ON FUNCTION @extschema@.mrr_bridge_eq(a @extschema@.mrr_bridge, b @extschema@.mrr_bridge) IS
  'equal';

CREATE FUNCTION @extschema@.mrr_bridge_ne(a @extschema@.mrr_bridge, b @extschema@.mrr_bridge) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_ne';
COMMENT ON FUNCTION @extschema@.mrr_bridge_ne(a @extschema@.mrr_bridge, b @extschema@.mrr_bridge) IS
  'not equal';

CREATE FUNCTION @extschema@.mrr_bridge_hash(bridge @extschema@.mrr_bridge) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_hash';
COMMENT ON FUNCTION @extschema@.mrr_bridge_hash(bridge @extschema@.mrr_bridge) IS
  'hash of an mrr_bridge';

CREATE FUNCTION @extschema@.mrr_bridge_hash_extended(bridge @extschema@.mrr_bridge, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_hash_extended';
COMMENT ON FUNCTION @extschema@.mrr_bridge_hash_extended(bridge @extschema@.mrr_bridge, seed bigint) IS
  'hash of an mrr_bridge with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.mrr_bridge_eq,
  LEFTARG = @extschema@.mrr_bridge, RIGHTARG = @extschema@.mrr_bridge,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.mrr_bridge, @extschema@.mrr_bridge) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.mrr_bridge_ne,
  LEFTARG = @extschema@.mrr_bridge, RIGHTARG = @extschema@.mrr_bridge,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.mrr_bridge, @extschema@.mrr_bridge) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.mrr_bridge_ops
  DEFAULT FOR TYPE @extschema@.mrr_bridge USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.mrr_bridge_hash(@extschema@.mrr_bridge),
  FUNCTION 2 @extschema@.mrr_bridge_hash_extended(@extschema@.mrr_bridge, bigint);
COMMENT ON OPERATOR CLASS @extschema@.mrr_bridge_ops USING hash IS
  'equality of mrr_bridge values';

CREATE FUNCTION @extschema@.jsonb(bridge @extschema@.mrr_bridge) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(bridge @extschema@.mrr_bridge) IS
  'bridge as json, as in the text form';

CREATE CAST (@extschema@.mrr_bridge AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.mrr_bridge);
COMMENT ON CAST (@extschema@.mrr_bridge AS jsonb) IS
  'bridge as json, as in the text form';

CREATE FUNCTION @extschema@.mrr_movement(previous numeric, current numeric, ever_active boolean) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_movement';
COMMENT ON FUNCTION @extschema@.mrr_movement(previous numeric, current numeric, ever_active boolean) IS
  'what a customer''s recurring revenue did: new, expansion, contraction, churn, reactivation or none; NULL is 0 and false';

CREATE FUNCTION @extschema@.mrr_bridge_accum(state @extschema@.mrr_bridge, previous numeric, current numeric, ever_active boolean) RETURNS @extschema@.mrr_bridge
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_accum';
COMMENT ON FUNCTION @extschema@.mrr_bridge_accum(state @extschema@.mrr_bridge, previous numeric, current numeric, ever_active boolean) IS
  'transition of mrr_bridge';

CREATE FUNCTION @extschema@.mrr_bridge_combine(state @extschema@.mrr_bridge, other @extschema@.mrr_bridge) RETURNS @extschema@.mrr_bridge
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_combine';
COMMENT ON FUNCTION @extschema@.mrr_bridge_combine(state @extschema@.mrr_bridge, other @extschema@.mrr_bridge) IS
  'sum of two bridges of different customers';

CREATE AGGREGATE @extschema@.mrr_bridge(previous numeric, current numeric, ever_active boolean) (
  SFUNC = @extschema@.mrr_bridge_accum,
  STYPE = @extschema@.mrr_bridge,
  SSPACE = 176,
  COMBINEFUNC = @extschema@.mrr_bridge_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.mrr_bridge(previous numeric, current numeric, ever_active boolean) IS
  'recurring revenue from one period to the next, one row a customer; NULL is 0 and false';

CREATE AGGREGATE @extschema@.rollup(bridge @extschema@.mrr_bridge) (
  SFUNC = @extschema@.mrr_bridge_combine,
  STYPE = @extschema@.mrr_bridge,
  SSPACE = 176,
  COMBINEFUNC = @extschema@.mrr_bridge_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(bridge @extschema@.mrr_bridge) IS
  'sum of bridges of different customers';

CREATE FUNCTION @extschema@.parts(bridge @extschema@.mrr_bridge) RETURNS TABLE (step integer, part text, customers bigint, amount numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 7
  AS 'MODULE_PATHNAME', 'mrr_bridge_parts';
COMMENT ON FUNCTION @extschema@.parts(bridge @extschema@.mrr_bridge) IS
  'start, new, expansion, contraction, churn, reactivation, end';

CREATE FUNCTION @extschema@.customers(bridge @extschema@.mrr_bridge, part text) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_customers';
COMMENT ON FUNCTION @extschema@.customers(bridge @extschema@.mrr_bridge, part text) IS
  'customers of a part of a bridge';

CREATE FUNCTION @extschema@.amount(bridge @extschema@.mrr_bridge, part text) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_amount';
COMMENT ON FUNCTION @extschema@.amount(bridge @extschema@.mrr_bridge, part text) IS
  'amount of a part of a bridge';

CREATE FUNCTION @extschema@.nrr(bridge @extschema@.mrr_bridge, include_reactivation boolean DEFAULT false) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_nrr';
COMMENT ON FUNCTION @extschema@.nrr(bridge @extschema@.mrr_bridge, include_reactivation boolean) IS
  'net revenue retention: (start + expansion - contraction - churn) / start; NULL without revenue at the start';

CREATE FUNCTION @extschema@.grr(bridge @extschema@.mrr_bridge) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_grr';
COMMENT ON FUNCTION @extschema@.grr(bridge @extschema@.mrr_bridge) IS
  'gross revenue retention: (start - contraction - churn) / start; NULL without revenue at the start';

CREATE FUNCTION @extschema@.net_churn(bridge @extschema@.mrr_bridge, include_reactivation boolean DEFAULT false) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_net_churn';
COMMENT ON FUNCTION @extschema@.net_churn(bridge @extschema@.mrr_bridge, include_reactivation boolean) IS
  'net revenue churn: (contraction + churn - expansion) / start = 1 - nrr; NULL without revenue at the start';

CREATE FUNCTION @extschema@.gross_churn(bridge @extschema@.mrr_bridge) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_gross_churn';
COMMENT ON FUNCTION @extschema@.gross_churn(bridge @extschema@.mrr_bridge) IS
  'gross revenue churn: (contraction + churn) / start; NULL without revenue at the start';

CREATE FUNCTION @extschema@.logo_churn(bridge @extschema@.mrr_bridge) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_logo_churn';
COMMENT ON FUNCTION @extschema@.logo_churn(bridge @extschema@.mrr_bridge) IS
  'customers lost / customers at the start; NULL without customers at the start';

CREATE FUNCTION @extschema@.quick_ratio(bridge @extschema@.mrr_bridge, include_reactivation boolean DEFAULT true) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'mrr_bridge_quick_ratio';
COMMENT ON FUNCTION @extschema@.quick_ratio(bridge @extschema@.mrr_bridge, include_reactivation boolean) IS
  '(new + expansion + reactivation) / (contraction + churn); NULL when nothing was lost';
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

CREATE FUNCTION @extschema@.n(curve @extschema@.survival_curve) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'survival_curve_n';
COMMENT ON FUNCTION @extschema@.n(curve @extschema@.survival_curve) IS
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
-- cox_model: what makes the event come sooner or later (proportional hazards).

CREATE TYPE @extschema@.cox_model;

CREATE FUNCTION @extschema@.cox_model_in(text cstring) RETURNS @extschema@.cox_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_in';
COMMENT ON FUNCTION @extschema@.cox_model_in(text cstring) IS
  'text input: the JSON object that it is printed as';

CREATE FUNCTION @extschema@.cox_model_out(model @extschema@.cox_model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_out';
COMMENT ON FUNCTION @extschema@.cox_model_out(model @extschema@.cox_model) IS
  'text output';

CREATE FUNCTION @extschema@.cox_model_recv(message internal) RETURNS @extschema@.cox_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_recv';
COMMENT ON FUNCTION @extschema@.cox_model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.cox_model_send(model @extschema@.cox_model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_send';
COMMENT ON FUNCTION @extschema@.cox_model_send(model @extschema@.cox_model) IS
  'binary output';

CREATE TYPE @extschema@.cox_model (
  INPUT = @extschema@.cox_model_in,
  OUTPUT = @extschema@.cox_model_out,
  RECEIVE = @extschema@.cox_model_recv,
  SEND = @extschema@.cox_model_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.cox_model IS
  'Cox regression: hazard ratios of features, with standard errors';

CREATE FUNCTION @extschema@.cox_model_eq(a @extschema@.cox_model, b @extschema@.cox_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_eq';
COMMENT ON FUNCTION @extschema@.cox_model_eq(a @extschema@.cox_model, b @extschema@.cox_model) IS
  'equal';

CREATE FUNCTION @extschema@.cox_model_ne(a @extschema@.cox_model, b @extschema@.cox_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_ne';
COMMENT ON FUNCTION @extschema@.cox_model_ne(a @extschema@.cox_model, b @extschema@.cox_model) IS
  'not equal';

CREATE FUNCTION @extschema@.cox_model_hash(model @extschema@.cox_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_hash';
COMMENT ON FUNCTION @extschema@.cox_model_hash(model @extschema@.cox_model) IS
  'hash of a Cox model';

CREATE FUNCTION @extschema@.cox_model_hash_extended(model @extschema@.cox_model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_hash_extended';
COMMENT ON FUNCTION @extschema@.cox_model_hash_extended(model @extschema@.cox_model, seed bigint) IS
  'hash of a Cox model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.cox_model_eq,
  LEFTARG = @extschema@.cox_model, RIGHTARG = @extschema@.cox_model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.cox_model, @extschema@.cox_model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.cox_model_ne,
  LEFTARG = @extschema@.cox_model, RIGHTARG = @extschema@.cox_model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.cox_model, @extschema@.cox_model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.cox_model_ops
  DEFAULT FOR TYPE @extschema@.cox_model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.cox_model_hash(@extschema@.cox_model),
  FUNCTION 2 @extschema@.cox_model_hash_extended(@extschema@.cox_model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.cox_model_ops USING hash IS
  'equality of Cox models';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.cox_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.cox_model) IS
  'Cox model as an object of its figures and terms';

CREATE CAST (@extschema@.cox_model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.cox_model);
COMMENT ON CAST (@extschema@.cox_model AS jsonb) IS
  'Cox model as an object of its figures and terms';

CREATE FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_accum';
COMMENT ON FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record) IS
  'transition of fit_cox';

CREATE FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record, options jsonb) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_accum';
COMMENT ON FUNCTION @extschema@.cox_accum(state internal, duration float8, event boolean, features record, options jsonb) IS
  'transition of fit_cox with options';

CREATE FUNCTION @extschema@.cox_final(state internal) RETURNS @extschema@.cox_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_final';
COMMENT ON FUNCTION @extschema@.cox_final(state internal) IS
  'fits the rows of a state';

CREATE AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record) (
  SFUNC = @extschema@.cox_accum,
  STYPE = internal,
  SSPACE = 1048576,
  FINALFUNC = @extschema@.cox_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record) IS
  'Cox regression of durations on the columns of a record, ties by Efron; a row with a NULL is skipped and counted';

CREATE AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record, options jsonb) (
  SFUNC = @extschema@.cox_accum,
  STYPE = internal,
  SSPACE = 1048576,
  FINALFUNC = @extschema@.cox_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_cox(duration float8, event boolean, features record, options jsonb) IS
  'Cox regression with options ties, max_iter, exclude and categorical';

CREATE FUNCTION @extschema@.n(model @extschema@.cox_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_n';
COMMENT ON FUNCTION @extschema@.n(model @extschema@.cox_model) IS
  'number of rows fitted';

CREATE FUNCTION @extschema@.n_events(model @extschema@.cox_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_n_events';
COMMENT ON FUNCTION @extschema@.n_events(model @extschema@.cox_model) IS
  'number of events among the rows fitted';

CREATE FUNCTION @extschema@.concordance(model @extschema@.cox_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_concordance';
COMMENT ON FUNCTION @extschema@.concordance(model @extschema@.cox_model) IS
  'Harrell''s C: of two rows, how often the one with the greater hazard had the event first; NULL when none compare';

CREATE FUNCTION @extschema@.coefficients(model @extschema@.cox_model, confidence float8 DEFAULT 0.95) RETURNS TABLE (feature text, level text, coefficient float8, std_error float8, z float8, p_value float8, hazard_ratio float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'cox_model_coefficients';
COMMENT ON FUNCTION @extschema@.coefficients(model @extschema@.cox_model, confidence float8) IS
  'coefficients and hazard ratios with their limits; a level is compared with the first in byte order';

CREATE FUNCTION @extschema@.summary(model @extschema@.cox_model,
  OUT n bigint, OUT events bigint, OUT skipped bigint, OUT log_likelihood_null float8, OUT log_likelihood float8, OUT chi_square float8, OUT df integer, OUT p_value float8, OUT concordance float8, OUT ties text, OUT iterations integer, OUT converged boolean)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_summary';
COMMENT ON FUNCTION @extschema@.summary(@extschema@.cox_model) IS
  'size, likelihood ratio test and concordance of a Cox model';

CREATE FUNCTION @extschema@.hazard_ratio(model @extschema@.cox_model, features record) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'cox_model_hazard_ratio';
COMMENT ON FUNCTION @extschema@.hazard_ratio(model @extschema@.cox_model, features record) IS
  'hazard of a row against that of the average row; NULL for a NULL feature or a value that no row had';
-- acquisition: what a customer costs, when that is earned back, what it brings.

CREATE FUNCTION @extschema@.payback(cac numeric, arpa numeric, margin numeric DEFAULT 1) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'acquisition_payback';
COMMENT ON FUNCTION @extschema@.payback(cac numeric, arpa numeric, margin numeric) IS
  'periods until a customer has earned its cost: cac / (arpa x margin), in the periods of arpa; NULL when nothing is earned';

CREATE FUNCTION @extschema@.ltv_cac(ltv numeric, cac numeric) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'acquisition_ltv_cac';
COMMENT ON FUNCTION @extschema@.ltv_cac(ltv numeric, cac numeric) IS
  'what a customer brings for each unit of money that winning it costs: ltv / cac; NULL without a cost';

CREATE FUNCTION @extschema@.average_order_value(history @extschema@.purchase_history, as_of date) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'acquisition_average_order_value';
COMMENT ON FUNCTION @extschema@.average_order_value(history @extschema@.purchase_history, as_of date) IS
  'mean amount of the purchases up to as_of whose amount is known';

CREATE FUNCTION @extschema@.purchase_frequency(history @extschema@.purchase_history, as_of date, per interval DEFAULT interval '1 year') RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'acquisition_purchase_frequency';
COMMENT ON FUNCTION @extschema@.purchase_frequency(history @extschema@.purchase_history, as_of date, per interval) IS
  'purchases up to as_of by the time observed since the first one, as a number for a span of time; NULL before the first';

CREATE FUNCTION @extschema@.clv(history @extschema@.purchase_history, as_of date, lifetime interval) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'acquisition_clv';
COMMENT ON FUNCTION @extschema@.clv(history @extschema@.purchase_history, as_of date, lifetime interval) IS
  'customer lifetime value: average order value x purchase frequency x lifetime, from what was bought up to as_of';

CREATE FUNCTION @extschema@.cac_by_channel(costs text, customers text)
  RETURNS TABLE (channel text, is_total boolean, cost numeric, new_customers bigint, cac numeric,
    share_of_cost double precision, share_of_customers double precision)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20
  AS $$
BEGIN
  RETURN QUERY EXECUTE pg_catalog.format(
    'WITH crmprob_c AS (SELECT q.channel::pg_catalog.text AS channel, q.cost::pg_catalog.numeric AS cost, '
    '0::pg_catalog.numeric AS won FROM (%1$s) q (channel, cost) '
    'UNION ALL SELECT q.channel::pg_catalog.text, 0, q.new_customers::pg_catalog.numeric FROM (%2$s) q (channel, new_customers)'
    '), crmprob_s AS (SELECT c.channel, GROUPING(c.channel) OPERATOR(pg_catalog.=) 1 AS is_total, '
    'COALESCE(pg_catalog.sum(c.cost), 0) AS cost, COALESCE(pg_catalog.sum(c.won), 0)::pg_catalog.int8 AS won '
    'FROM crmprob_c c GROUP BY GROUPING SETS ((c.channel), ())) '
    'SELECT s.channel, s.is_total, s.cost, s.won, crmprob.cac(s.cost, s.won), '
    '(s.cost OPERATOR(pg_catalog./) NULLIF(t.cost, 0))::pg_catalog.float8, '
    's.won::pg_catalog.float8 OPERATOR(pg_catalog./) NULLIF(t.won, 0)::pg_catalog.float8 '
    'FROM crmprob_s s, crmprob_s t WHERE t.is_total '
    'ORDER BY s.is_total, 5, s.channel COLLATE pg_catalog."C"',
    pg_catalog.concat(pg_catalog.rtrim(cac_by_channel.costs, E' \t\r\n;'), E'\n'),
    pg_catalog.concat(pg_catalog.rtrim(cac_by_channel.customers, E' \t\r\n;'), E'\n'));
END $$;
COMMENT ON FUNCTION @extschema@.cac_by_channel(costs text, customers text) IS
  'customer acquisition cost by channel, cheapest first, and in all: from a query of (channel, cost) and one of (channel, new customers)';

CREATE FUNCTION @extschema@.create_score_function(name text, function_name text,
  version integer DEFAULT NULL) RETURNS regprocedure
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  parts text[];
  features jsonb;
  types text[];
  arguments text;
  columns text;
  passed text;
BEGIN
  IF name IS NULL OR function_name IS NULL THEN
    RAISE EXCEPTION 'argument "%" of create_score_function must not be null',
        CASE WHEN name IS NULL THEN 'name' ELSE 'function_name' END
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  parts := parse_ident(function_name);
  IF cardinality(parts) <> 2 THEN
    RAISE EXCEPTION 'function name "%" has no schema', function_name
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Write it as schema.name.';
  END IF;
  SELECT v.model::jsonb -> 'features' INTO features
    FROM crmprob.model_versions v
   WHERE v.name = create_score_function.name
     AND CASE WHEN create_score_function.version IS NULL THEN v.status = 'champion'
              ELSE v.version = create_score_function.version END;
  IF features IS NULL THEN
    RAISE EXCEPTION 'model "%" has no %', name,
        coalesce('version ' || version, 'champion')
      USING ERRCODE = 'undefined_object';
  END IF;
  SELECT array_agg(type ORDER BY i),
         string_agg(format('%I %s', f ->> 'name', type), ', ' ORDER BY i),
         array_agg(f ->> 'name' ORDER BY i)::text,
         string_agg(', $' || i, '' ORDER BY i)
    INTO types, arguments, columns, passed
    FROM jsonb_array_elements(features) WITH ORDINALITY AS e (f, i),
         LATERAL (SELECT CASE f ->> 'type'
             WHEN 'number' THEN 'pg_catalog.float8'
             WHEN 'boolean' THEN 'pg_catalog.bool'
             WHEN 'stage' THEN 'crmprob.stage'
             WHEN 'date' THEN 'pg_catalog.date'
             WHEN 'timestamp' THEN 'pg_catalog.timestamp'
             WHEN 'timestamptz' THEN 'pg_catalog.timestamptz'
             ELSE 'pg_catalog.text'
           END) AS t (type);
  EXECUTE format(
    'CREATE FUNCTION %I.%I(%s) RETURNS pg_catalog.float8'
    ' LANGUAGE sql STABLE PARALLEL SAFE COST 50'
    ' RETURN crmprob.score_columns(%L::pg_catalog.text, %s%L::pg_catalog.text[], 0::pg_catalog.oid%s)',
    parts[1], parts[2], arguments, name,
    coalesce(version || '::pg_catalog.int4, ', ''), columns, passed);
  RETURN to_regprocedure(format('%I.%I(%s)', parts[1], parts[2],
                                array_to_string(types, ', ')));
END $$;
COMMENT ON FUNCTION @extschema@.create_score_function(text, text, integer) IS
  'creates a SQL function of the model''s features that gives the score by the champion of a name, or by one version';
-- at_risk: the customers that may leave, by the value at stake.

CREATE FUNCTION @extschema@.at_risk(query text, model text DEFAULT NULL, customer_column text DEFAULT 'customer',
  value_column text DEFAULT 'value_if_alive', risk_column text DEFAULT 'churn_risk',
  min_risk double precision DEFAULT 0, k bigint DEFAULT NULL)
  RETURNS TABLE (rank bigint, customer text, churn_risk double precision, value numeric, at_stake numeric)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 200
  AS $$
DECLARE
  crmprob_r pg_catalog.record;
BEGIN
  IF at_risk.query IS NULL OR at_risk.customer_column IS NULL OR at_risk.value_column IS NULL
     OR at_risk.min_risk IS NULL OR (at_risk.model IS NULL AND at_risk.risk_column IS NULL) THEN
    RAISE 'query, columns and min_risk of at_risk must not be null'
      USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Give the name of a churn model, or the column that holds the risk.';
  END IF;
  IF NOT (at_risk.min_risk OPERATOR(pg_catalog.>=) 0 AND at_risk.min_risk OPERATOR(pg_catalog.<=) 1) THEN
    RAISE '"%" must be between 0 and 1', 'min_risk' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  rank := 0;
  FOR crmprob_r IN EXECUTE pg_catalog.format(
    'SELECT r.key, r.risk, r.value, pg_catalog.round(r.risk::pg_catalog.numeric OPERATOR(pg_catalog.*) r.value, 4) AS at_stake, r.n_wrong '
    'FROM (SELECT s.*, pg_catalog.count(*) FILTER (WHERE NOT (s.risk OPERATOR(pg_catalog.>=) 0 AND s.risk OPERATOR(pg_catalog.<=) 1)) OVER () AS n_wrong '
    'FROM (SELECT crmprob_q.%1$I::pg_catalog.text AS key, crmprob_q.%2$I::pg_catalog.numeric AS value, %3$s::pg_catalog.float8 AS risk '
    'FROM (%4$s) crmprob_q) s WHERE s.risk IS NOT NULL AND s.value IS NOT NULL) r '
    'WHERE r.n_wrong OPERATOR(pg_catalog.>) 0 OR r.risk OPERATOR(pg_catalog.>=) $2 '
    'ORDER BY at_stake DESC, r.risk DESC, r.key COLLATE pg_catalog."C" LIMIT $3',
    at_risk.customer_column, at_risk.value_column,
    CASE WHEN at_risk.model IS NULL THEN pg_catalog.format('crmprob_q.%I', at_risk.risk_column)
         ELSE 'crmprob.score($1, crmprob_q)' END,
    -- a comment at its end ends with the line
    pg_catalog.concat(pg_catalog.rtrim(at_risk.query, E' \t\r\n;'), E'\n'))
    USING at_risk.model, at_risk.min_risk, at_risk.k
  LOOP
    IF crmprob_r.n_wrong OPERATOR(pg_catalog.>) 0 THEN
      RAISE 'churn risk must be between 0 and 1'
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = pg_catalog.format('It is not in %s rows.', crmprob_r.n_wrong);
    END IF;
    rank := rank OPERATOR(pg_catalog.+) 1;
    customer := crmprob_r.key;
    churn_risk := crmprob_r.risk;
    value := crmprob_r.value;
    at_stake := crmprob_r.at_stake;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.at_risk(query text, model text, customer_column text, value_column text, risk_column text, min_risk double precision, k bigint) IS
  'customers by the value at stake, risk x value, the most first: the risk is the score of a churn model or a column of the query';
