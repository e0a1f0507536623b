-- crmprob: from 0.3.0 to 0.4.0.
\echo Use "ALTER EXTENSION crmprob UPDATE TO '0.4.0'" to load this file. \quit


CREATE OR REPLACE FUNCTION @extschema@.is_stale(history @extschema@.opportunity_history, rot_after interval, as_of timestamptz) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_history_is_stale';

CREATE OR REPLACE FUNCTION @extschema@.compact_journeys(deltas regclass) RETURNS bigint
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  removed bigint;
  kind "char" := (SELECT c.relkind FROM pg_class c WHERE c.oid = deltas);
  missing name;
BEGIN
  IF kind IS NULL THEN
    RAISE undefined_table USING
      MESSAGE = format('relation with OID %s does not exist', deltas::oid);
  ELSIF kind <> 'r' THEN
    RAISE wrong_object_type USING
      MESSAGE = format('"%s" is not an ordinary table', deltas),
      HINT = CASE kind
        WHEN 'p' THEN 'Compact the partitions one by one.'
        WHEN 'm' THEN 'Compact the table that it is made from.'
        WHEN 'v' THEN 'Compact the table that it reads.'
        ELSE 'Give the table that the trigger writes to.' END;
  END IF;
  SELECT n.name INTO missing
    FROM unnest('{entity,journey}'::name[]) WITH ORDINALITY AS n (name, place)
   WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = deltas
      AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped)
   ORDER BY n.place LIMIT 1;
  IF missing IS NOT NULL THEN
    RAISE undefined_column USING
      MESSAGE = format('table "%s" has no column "%s"', deltas, missing),
      HINT = 'A table of deltas has the columns "entity" and "journey".';
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
-- clv_model: customer lifetime value models, their parameters and what they predict.

CREATE TYPE @extschema@.clv_model;

CREATE FUNCTION @extschema@.clv_model_in(text cstring) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_in';
COMMENT ON FUNCTION @extschema@.clv_model_in(text cstring) IS
  'text input: {"kind":"bg_nbd","parameters":{...},...}';

CREATE FUNCTION @extschema@.clv_model_out(model @extschema@.clv_model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_out';
COMMENT ON FUNCTION @extschema@.clv_model_out(model @extschema@.clv_model) IS
  'text output';

CREATE FUNCTION @extschema@.clv_model_recv(message internal) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_recv';
COMMENT ON FUNCTION @extschema@.clv_model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.clv_model_send(model @extschema@.clv_model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_send';
COMMENT ON FUNCTION @extschema@.clv_model_send(model @extschema@.clv_model) IS
  'binary output';

CREATE TYPE @extschema@.clv_model (
  INPUT = @extschema@.clv_model_in,
  OUTPUT = @extschema@.clv_model_out,
  RECEIVE = @extschema@.clv_model_recv,
  SEND = @extschema@.clv_model_send,
  ALIGNMENT = double,
  STORAGE = main
);
COMMENT ON TYPE @extschema@.clv_model IS
  'customer lifetime value model: kind, parameters and how well they are known';

CREATE FUNCTION @extschema@.clv_model_eq(a @extschema@.clv_model, b @extschema@.clv_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_eq';
COMMENT ON FUNCTION @extschema@.clv_model_eq(a @extschema@.clv_model, b @extschema@.clv_model) IS
  'equal';

CREATE FUNCTION @extschema@.clv_model_ne(a @extschema@.clv_model, b @extschema@.clv_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_ne';
COMMENT ON FUNCTION @extschema@.clv_model_ne(a @extschema@.clv_model, b @extschema@.clv_model) IS
  'not equal';

CREATE FUNCTION @extschema@.clv_model_hash(model @extschema@.clv_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_hash';
COMMENT ON FUNCTION @extschema@.clv_model_hash(model @extschema@.clv_model) IS
  'hash of a clv_model';

CREATE FUNCTION @extschema@.clv_model_hash_extended(model @extschema@.clv_model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_hash_extended';
COMMENT ON FUNCTION @extschema@.clv_model_hash_extended(model @extschema@.clv_model, seed bigint) IS
  'hash of a clv_model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.clv_model_eq,
  LEFTARG = @extschema@.clv_model, RIGHTARG = @extschema@.clv_model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.clv_model, @extschema@.clv_model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.clv_model_ne,
  LEFTARG = @extschema@.clv_model, RIGHTARG = @extschema@.clv_model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.clv_model, @extschema@.clv_model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.clv_model_ops
  DEFAULT FOR TYPE @extschema@.clv_model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.clv_model_hash(@extschema@.clv_model),
  FUNCTION 2 @extschema@.clv_model_hash_extended(@extschema@.clv_model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.clv_model_ops USING hash IS
  'equality of clv_model values';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.clv_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.clv_model) IS
  'clv_model as an object, like its text form';

CREATE CAST (@extschema@.clv_model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.clv_model);
COMMENT ON CAST (@extschema@.clv_model AS jsonb) IS
  'clv_model as an object, like its text form';

CREATE FUNCTION @extschema@.make_clv_model(kind text, parameters jsonb, unit interval DEFAULT NULL) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_make';
COMMENT ON FUNCTION @extschema@.make_clv_model(kind text, parameters jsonb, unit interval) IS
  'model of given parameters; without a unit it answers only what needs no horizon';

CREATE FUNCTION @extschema@.with_unit(model @extschema@.clv_model, unit interval) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_with_unit';
COMMENT ON FUNCTION @extschema@.with_unit(model @extschema@.clv_model, unit interval) IS
  'a model that has no unit yet, with this one';

CREATE FUNCTION @extschema@.kind(model @extschema@.clv_model) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_kind';
COMMENT ON FUNCTION @extschema@.kind(model @extschema@.clv_model) IS
  'bg_nbd, mbg_nbd, pareto_nbd, gamma_gamma or bg_bb';

CREATE FUNCTION @extschema@.parameters(model @extschema@.clv_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_parameters';
COMMENT ON FUNCTION @extschema@.parameters(model @extschema@.clv_model) IS
  'parameters by name';

CREATE FUNCTION @extschema@.standard_errors(model @extschema@.clv_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_standard_errors';
COMMENT ON FUNCTION @extschema@.standard_errors(model @extschema@.clv_model) IS
  'standard errors by parameter; NULL unless the fit converged';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.clv_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(model @extschema@.clv_model) IS
  'log-likelihood of the customers fitted to; NULL for given parameters';

CREATE FUNCTION @extschema@.aic(model @extschema@.clv_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_aic';
COMMENT ON FUNCTION @extschema@.aic(model @extschema@.clv_model) IS
  'Akaike information criterion; NULL for given parameters';

CREATE FUNCTION @extschema@.bic(model @extschema@.clv_model) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_bic';
COMMENT ON FUNCTION @extschema@.bic(model @extschema@.clv_model) IS
  'Bayesian information criterion; NULL for given parameters';

CREATE FUNCTION @extschema@.converged(model @extschema@.clv_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_converged';
COMMENT ON FUNCTION @extschema@.converged(model @extschema@.clv_model) IS
  'was a maximum of the likelihood found; NULL for given parameters';

CREATE FUNCTION @extschema@.iterations(model @extschema@.clv_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_iterations';
COMMENT ON FUNCTION @extschema@.iterations(model @extschema@.clv_model) IS
  'steps of the search; NULL for given parameters';

CREATE FUNCTION @extschema@.n_customers(model @extschema@.clv_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_n_customers';
COMMENT ON FUNCTION @extschema@.n_customers(model @extschema@.clv_model) IS
  'customers that the likelihood is of; NULL for given parameters';

CREATE FUNCTION @extschema@.unit(model @extschema@.clv_model) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_unit';
COMMENT ON FUNCTION @extschema@.unit(model @extschema@.clv_model) IS
  'unit of time of the parameters; NULL when it is not recorded';

CREATE FUNCTION @extschema@.observed_until(model @extschema@.clv_model) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_observed_until';
COMMENT ON FUNCTION @extschema@.observed_until(model @extschema@.clv_model) IS
  'last day observed, inclusive; NULL when it is not recorded';

CREATE FUNCTION @extschema@.summary(model @extschema@.clv_model) RETURNS TABLE (parameter text, value float8, std_error float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 4
  AS 'MODULE_PATHNAME', 'clv_model_summary';
COMMENT ON FUNCTION @extschema@.summary(model @extschema@.clv_model) IS
  'parameters with standard errors and 95 % intervals, where the fit converged';

CREATE FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'clv_model_alive';
COMMENT ON FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm) IS
  'probability that the customer will buy again, at the end of observation';

CREATE FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm, ahead interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_alive_ahead';
COMMENT ON FUNCTION @extschema@.probability_alive(model @extschema@.clv_model, customer @extschema@.rfm, ahead interval) IS
  'probability that the customer will still be alive so much later';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, customer @extschema@.rfm, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_expected';
COMMENT ON FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, customer @extschema@.rfm, horizon interval) IS
  'expected purchases of a known customer within the horizon';

CREATE FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_expected_new';
COMMENT ON FUNCTION @extschema@.expected_purchases(model @extschema@.clv_model, horizon interval) IS
  'expected repeat purchases of a new customer within the horizon';

CREATE FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, customer @extschema@.rfm, n integer, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_probability';
COMMENT ON FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, customer @extschema@.rfm, n integer, horizon interval) IS
  'probability that a known customer buys exactly n times within the horizon';

CREATE FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, n integer, horizon interval) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'clv_model_probability_new';
COMMENT ON FUNCTION @extschema@.probability_purchases(model @extschema@.clv_model, n integer, horizon interval) IS
  'probability that a new customer buys again exactly n times within the horizon';

CREATE FUNCTION @extschema@.expected_spend(model @extschema@.clv_model, customer @extschema@.rfm) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'clv_model_expected_spend';
COMMENT ON FUNCTION @extschema@.expected_spend(model @extschema@.clv_model, customer @extschema@.rfm) IS
  'expected mean spend of a purchase by a gamma_gamma model; NULL where there is none';

CREATE FUNCTION @extschema@.residual_transactions(model @extschema@.clv_model, customer @extschema@.rfm, annual_discount float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'clv_model_residual';
COMMENT ON FUNCTION @extschema@.residual_transactions(model @extschema@.clv_model, customer @extschema@.rfm, annual_discount float8) IS
  'discounted expected purchases of all time to come; NULL where they are infinite';

CREATE FUNCTION @extschema@.lifetime_value(model @extschema@.clv_model, spend @extschema@.clv_model, customer @extschema@.rfm, horizon interval, annual_discount float8 DEFAULT 0, margin float8 DEFAULT 1) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'clv_model_lifetime_value';
COMMENT ON FUNCTION @extschema@.lifetime_value(model @extschema@.clv_model, spend @extschema@.clv_model, customer @extschema@.rfm, horizon interval, annual_discount float8, margin float8) IS
  'discounted expected spend within the horizon, times the margin; NULL without an expected spend';
-- fit_clv: maximum likelihood of the lifetime value models.

CREATE FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_add';
COMMENT ON FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm) IS
  'transition of the aggregate fit_clv';

CREATE FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm, weight bigint) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_add';
COMMENT ON FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm, weight bigint) IS
  'transition of the aggregate fit_clv with weights';

CREATE FUNCTION @extschema@.clv_model_merge(state @extschema@.clv_model, other @extschema@.clv_model) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_merge';
COMMENT ON FUNCTION @extschema@.clv_model_merge(state @extschema@.clv_model, other @extschema@.clv_model) IS
  'combines states of fit_clv';

CREATE FUNCTION @extschema@.clv_model_final(state @extschema@.clv_model) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_final';
COMMENT ON FUNCTION @extschema@.clv_model_final(state @extschema@.clv_model) IS
  'fits the model to the customers of a state';

CREATE AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm) (
  SFUNC = @extschema@.clv_model_add,
  STYPE = @extschema@.clv_model,
  SSPACE = 4096,
  FINALFUNC = @extschema@.clv_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.clv_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm) IS
  'fits a model to customers; rows with a NULL rfm are skipped';

CREATE AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm, weight bigint) (
  SFUNC = @extschema@.clv_model_add,
  STYPE = @extschema@.clv_model,
  SSPACE = 4096,
  FINALFUNC = @extschema@.clv_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.clv_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm, weight bigint) IS
  'fits a model to customers, each counted so many times';
-- retention: who came back, cohort by cohort; who left, by the textbook rates.

CREATE TYPE @extschema@.retention;

CREATE FUNCTION @extschema@.retention_in(text cstring) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_in';
COMMENT ON FUNCTION @extschema@.retention_in(text cstring) IS
  'text input: {"as_of":date,"months":n,"cohorts":[[date,size,[[period,active,last],...]],...]}, with "days" or "brackets" in place of "months"';

CREATE FUNCTION @extschema@.retention_out(retention @extschema@.retention) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_out';
COMMENT ON FUNCTION @extschema@.retention_out(retention @extschema@.retention) IS
  'text output';

CREATE FUNCTION @extschema@.retention_recv(message internal) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_recv';
COMMENT ON FUNCTION @extschema@.retention_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.retention_send(retention @extschema@.retention) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_send';
COMMENT ON FUNCTION @extschema@.retention_send(retention @extschema@.retention) IS
  'binary output';

CREATE TYPE @extschema@.retention (
  INPUT = @extschema@.retention_in,
  OUTPUT = @extschema@.retention_out,
  RECEIVE = @extschema@.retention_recv,
  SEND = @extschema@.retention_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.retention IS
  'who came back: cohorts with their size, and who was active in each period';

CREATE FUNCTION @extschema@.retention_eq(a @extschema@.retention, b @extschema@.retention) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_eq';
COMMENT ON FUNCTION @extschema@.retention_eq(a @extschema@.retention, b @extschema@.retention) IS
  'equal';

CREATE FUNCTION @extschema@.retention_ne(a @extschema@.retention, b @extschema@.retention) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_ne';
COMMENT ON FUNCTION @extschema@.retention_ne(a @extschema@.retention, b @extschema@.retention) IS
  'not equal';

CREATE FUNCTION @extschema@.retention_hash(retention @extschema@.retention) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_hash';
COMMENT ON FUNCTION @extschema@.retention_hash(retention @extschema@.retention) IS
  'hash of a retention';

CREATE FUNCTION @extschema@.retention_hash_extended(retention @extschema@.retention, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_hash_extended';
COMMENT ON FUNCTION @extschema@.retention_hash_extended(retention @extschema@.retention, seed bigint) IS
  'hash of a retention with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.retention_eq,
  LEFTARG = @extschema@.retention, RIGHTARG = @extschema@.retention,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.retention, @extschema@.retention) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.retention_ne,
  LEFTARG = @extschema@.retention, RIGHTARG = @extschema@.retention,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.retention, @extschema@.retention) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.retention_ops
  DEFAULT FOR TYPE @extschema@.retention USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.retention_hash(@extschema@.retention),
  FUNCTION 2 @extschema@.retention_hash_extended(@extschema@.retention, bigint);
COMMENT ON OPERATOR CLASS @extschema@.retention_ops USING hash IS
  'equality of retention values';

CREATE FUNCTION @extschema@.jsonb(retention @extschema@.retention) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(retention @extschema@.retention) IS
  'retention as an object of its cohorts and counts';

CREATE CAST (@extschema@.retention AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.retention);
COMMENT ON CAST (@extschema@.retention AS jsonb) IS
  'retention as an object of its cohorts and counts';

CREATE FUNCTION @extschema@.retention_add(state @extschema@.retention, started date, active date[], unit interval, as_of date) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_add';
COMMENT ON FUNCTION @extschema@.retention_add(state @extschema@.retention, started date, active date[], unit interval, as_of date) IS
  'transition of retention';

CREATE FUNCTION @extschema@.retention_add_brackets(state @extschema@.retention, started date, active date[], brackets integer[], as_of date) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_add_brackets';
COMMENT ON FUNCTION @extschema@.retention_add_brackets(state @extschema@.retention, started date, active date[], brackets integer[], as_of date) IS
  'transition of bracket_retention';

CREATE FUNCTION @extschema@.retention_merge(state @extschema@.retention, other @extschema@.retention) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_merge';
COMMENT ON FUNCTION @extschema@.retention_merge(state @extschema@.retention, other @extschema@.retention) IS
  'adds up two retentions; combines states';

CREATE FUNCTION @extschema@.retention_final(state @extschema@.retention) RETURNS @extschema@.retention
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_final';
COMMENT ON FUNCTION @extschema@.retention_final(state @extschema@.retention) IS
  'canonical form of a state';

CREATE AGGREGATE @extschema@.retention(started date, active date[], unit interval, as_of date) (
  SFUNC = @extschema@.retention_add,
  STYPE = @extschema@.retention,
  SSPACE = 4096,
  FINALFUNC = @extschema@.retention_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.retention_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.retention(started date, active date[], unit interval, as_of date) IS
  'who came back, one row a customer: cohorts by calendar month, or by days since the start; as_of is the last day that is known';

CREATE AGGREGATE @extschema@.bracket_retention(started date, active date[], brackets integer[], as_of date) (
  SFUNC = @extschema@.retention_add_brackets,
  STYPE = @extschema@.retention,
  SSPACE = 4096,
  FINALFUNC = @extschema@.retention_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.retention_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.bracket_retention(started date, active date[], brackets integer[], as_of date) IS
  'who came back in brackets of days since the start: {1,31,61} makes days 1 to 30 and 31 to 60';

CREATE AGGREGATE @extschema@.rollup(retention @extschema@.retention) (
  SFUNC = @extschema@.retention_merge,
  STYPE = @extschema@.retention,
  SSPACE = 4096,
  FINALFUNC = @extschema@.retention_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.retention_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(retention @extschema@.retention) IS
  'adds up retentions of different customers';

CREATE FUNCTION @extschema@.as_of(retention @extschema@.retention) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'retention_as_of';
COMMENT ON FUNCTION @extschema@.as_of(retention @extschema@.retention) IS
  'last day that is known';

CREATE FUNCTION @extschema@.cohorts(retention @extschema@.retention, mode text DEFAULT 'on') RETURNS TABLE (cohort date, period integer, size bigint, active bigint, rate float8, complete boolean)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100
  AS 'MODULE_PATHNAME', 'retention_cohorts';
COMMENT ON FUNCTION @extschema@.cohorts(retention @extschema@.retention, mode text) IS
  'rows of a cohort table: active in the period (on) or in it or later (on_or_after); the rate is NULL until the period is over';

CREATE FUNCTION @extschema@.overall(retention @extschema@.retention, mode text DEFAULT 'on') RETURNS TABLE (period integer, size bigint, active bigint, rate float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20
  AS 'MODULE_PATHNAME', 'retention_overall';
COMMENT ON FUNCTION @extschema@.overall(retention @extschema@.retention, mode text) IS
  'retention by period over all cohorts for which the period is over';

-- sbg_model: renewals of contracts by the shifted-beta-geometric model.

CREATE TYPE @extschema@.sbg_model;

CREATE FUNCTION @extschema@.sbg_model_in(text cstring) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_in';
COMMENT ON FUNCTION @extschema@.sbg_model_in(text cstring) IS
  'text input: the JSON object that it is printed as';

CREATE FUNCTION @extschema@.sbg_model_out(model @extschema@.sbg_model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_out';
COMMENT ON FUNCTION @extschema@.sbg_model_out(model @extschema@.sbg_model) IS
  'text output';

CREATE FUNCTION @extschema@.sbg_model_recv(message internal) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_recv';
COMMENT ON FUNCTION @extschema@.sbg_model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.sbg_model_send(model @extschema@.sbg_model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_send';
COMMENT ON FUNCTION @extschema@.sbg_model_send(model @extschema@.sbg_model) IS
  'binary output';

CREATE TYPE @extschema@.sbg_model (
  INPUT = @extschema@.sbg_model_in,
  OUTPUT = @extschema@.sbg_model_out,
  RECEIVE = @extschema@.sbg_model_recv,
  SEND = @extschema@.sbg_model_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.sbg_model IS
  'shifted-beta-geometric model of contract renewals, with the survivors that it was fitted to';

CREATE FUNCTION @extschema@.sbg_model_eq(a @extschema@.sbg_model, b @extschema@.sbg_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_eq';
COMMENT ON FUNCTION @extschema@.sbg_model_eq(a @extschema@.sbg_model, b @extschema@.sbg_model) IS
  'equal';

CREATE FUNCTION @extschema@.sbg_model_ne(a @extschema@.sbg_model, b @extschema@.sbg_model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_ne';
COMMENT ON FUNCTION @extschema@.sbg_model_ne(a @extschema@.sbg_model, b @extschema@.sbg_model) IS
  'not equal';

CREATE FUNCTION @extschema@.sbg_model_hash(model @extschema@.sbg_model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_hash';
COMMENT ON FUNCTION @extschema@.sbg_model_hash(model @extschema@.sbg_model) IS
  'hash of an sbg_model';

CREATE FUNCTION @extschema@.sbg_model_hash_extended(model @extschema@.sbg_model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_hash_extended';
COMMENT ON FUNCTION @extschema@.sbg_model_hash_extended(model @extschema@.sbg_model, seed bigint) IS
  'hash of an sbg_model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.sbg_model_eq,
  LEFTARG = @extschema@.sbg_model, RIGHTARG = @extschema@.sbg_model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.sbg_model, @extschema@.sbg_model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.sbg_model_ne,
  LEFTARG = @extschema@.sbg_model, RIGHTARG = @extschema@.sbg_model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.sbg_model, @extschema@.sbg_model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.sbg_model_ops
  DEFAULT FOR TYPE @extschema@.sbg_model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.sbg_model_hash(@extschema@.sbg_model),
  FUNCTION 2 @extschema@.sbg_model_hash_extended(@extschema@.sbg_model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.sbg_model_ops USING hash IS
  'equality of sbg_model values';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.sbg_model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.sbg_model) IS
  'sbg_model as an object of its parameters and survivors';

CREATE CAST (@extschema@.sbg_model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.sbg_model);
COMMENT ON CAST (@extschema@.sbg_model AS jsonb) IS
  'sbg_model as an object of its parameters and survivors';

CREATE FUNCTION @extschema@.sbg_model_add(state @extschema@.sbg_model, period integer, survivors bigint) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_add';
COMMENT ON FUNCTION @extschema@.sbg_model_add(state @extschema@.sbg_model, period integer, survivors bigint) IS
  'transition of fit_sbg';

CREATE FUNCTION @extschema@.sbg_model_merge(state @extschema@.sbg_model, other @extschema@.sbg_model) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_merge';
COMMENT ON FUNCTION @extschema@.sbg_model_merge(state @extschema@.sbg_model, other @extschema@.sbg_model) IS
  'adds up the survivors of two sbg_models; combines states';

CREATE FUNCTION @extschema@.sbg_model_final(state @extschema@.sbg_model) RETURNS @extschema@.sbg_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_final';
COMMENT ON FUNCTION @extschema@.sbg_model_final(state @extschema@.sbg_model) IS
  'fits the survivors of a state';

CREATE AGGREGATE @extschema@.fit_sbg(period integer, survivors bigint) (
  SFUNC = @extschema@.sbg_model_add,
  STYPE = @extschema@.sbg_model,
  SSPACE = 1024,
  FINALFUNC = @extschema@.sbg_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sbg_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_sbg(period integer, survivors bigint) IS
  'fits the shifted-beta-geometric model to how many of period 0 are left in period 0, 1, 2 and so on';

CREATE AGGREGATE @extschema@.rollup(model @extschema@.sbg_model) (
  SFUNC = @extschema@.sbg_model_merge,
  STYPE = @extschema@.sbg_model,
  SSPACE = 1024,
  FINALFUNC = @extschema@.sbg_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sbg_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(model @extschema@.sbg_model) IS
  'adds up the survivors of models of different customers over the same periods, and fits them anew';

CREATE FUNCTION @extschema@.summary(model @extschema@.sbg_model,
  OUT alpha float8, OUT beta float8, OUT alpha_error float8, OUT beta_error float8, OUT log_likelihood float8, OUT iterations integer, OUT converged boolean)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_summary';
COMMENT ON FUNCTION @extschema@.summary(@extschema@.sbg_model) IS
  'parameters of an sbg_model with standard errors, NULL unless converged';

CREATE FUNCTION @extschema@.survival_at(model @extschema@.sbg_model, period integer) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_survival_at';
COMMENT ON FUNCTION @extschema@.survival_at(model @extschema@.sbg_model, period integer) IS
  'share of customers left after so many renewals';

CREATE FUNCTION @extschema@.retention_at(model @extschema@.sbg_model, period integer) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_retention_at';
COMMENT ON FUNCTION @extschema@.retention_at(model @extschema@.sbg_model, period integer) IS
  'share who renew at this renewal of those who came to it';

CREATE FUNCTION @extschema@.survival_table(model @extschema@.sbg_model, until integer) RETURNS TABLE (period integer, survivors bigint, observed float8, survival float8, retention float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 12
  AS 'MODULE_PATHNAME', 'sbg_model_table';
COMMENT ON FUNCTION @extschema@.survival_table(model @extschema@.sbg_model, until integer) IS
  'observed and expected survival period by period, beyond the data as a forecast';

CREATE FUNCTION @extschema@.expected_lifetime(model @extschema@.sbg_model, horizon integer DEFAULT NULL) RETURNS float8
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_expected_lifetime';
COMMENT ON FUNCTION @extschema@.expected_lifetime(model @extschema@.sbg_model, horizon integer) IS
  'expected number of periods of a new customer, within the horizon if there is one; NULL where it is infinite';

CREATE FUNCTION @extschema@.discounted_lifetime(model @extschema@.sbg_model, discount float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_discounted_lifetime';
COMMENT ON FUNCTION @extschema@.discounted_lifetime(model @extschema@.sbg_model, discount float8) IS
  'expected number of periods of a new customer, each discounted by so much a period against the one before';

CREATE FUNCTION @extschema@.residual_lifetime(model @extschema@.sbg_model, renewals integer, discount float8) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sbg_model_residual_lifetime';
COMMENT ON FUNCTION @extschema@.residual_lifetime(model @extschema@.sbg_model, renewals integer, discount float8) IS
  'expected discounted number of periods still to come of a customer who has renewed so often and is about to be asked again';
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

CREATE FUNCTION @extschema@.movements(bridge @extschema@.mrr_bridge) RETURNS TABLE (step integer, part text, customers bigint, amount numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 7
  AS 'MODULE_PATHNAME', 'mrr_bridge_movements';
COMMENT ON FUNCTION @extschema@.movements(bridge @extschema@.mrr_bridge) IS
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

CREATE FUNCTION @extschema@.n_observations(model @extschema@.cox_model) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'cox_model_n';
COMMENT ON FUNCTION @extschema@.n_observations(model @extschema@.cox_model) IS
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

CREATE FUNCTION @extschema@.hazard_ratios(model @extschema@.cox_model, confidence float8 DEFAULT 0.95) RETURNS TABLE (feature text, level text, coefficient float8, std_error float8, z float8, p_value float8, hazard_ratio float8, low float8, high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'cox_model_coefficients';
COMMENT ON FUNCTION @extschema@.hazard_ratios(model @extschema@.cox_model, confidence float8) IS
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

CREATE OR REPLACE FUNCTION @extschema@.promote(name text, version integer, reason text DEFAULT NULL) RETURNS integer
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  previous integer;
BEGIN
  IF promote.name IS NULL OR promote.version IS NULL THEN
    RETURN NULL;
  END IF;
  -- two promotions of a name take turns, as does the numbering in train()
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(promote.name));
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = promote.name AND m.version = promote.version;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = promote.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(promote.name, 80) || CASE WHEN length(promote.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no version %',
        left(promote.name, 80) || CASE WHEN length(promote.name) > 80 THEN '...' ELSE '' END,
        promote.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  END IF;
  SELECT m.version INTO previous FROM @extschema@.model_versions m
   WHERE m.name = promote.name AND m.status = 'champion';
  IF previous = promote.version THEN
    RETURN previous;
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = promote.name AND m.status = 'champion';
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = promote.name AND m.version = promote.version;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, former, reason)
  SELECT promote.name, coalesce(max(p.step), 0) + 1, 'promote', promote.version,
         previous, promote.reason
    FROM @extschema@.model_promotions p WHERE p.name = promote.name;
  RETURN previous;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.rollback_model(name text, reason text DEFAULT NULL) RETURNS integer
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  current integer;
  earlier integer;
BEGIN
  IF rollback_model.name IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(rollback_model.name));
  SELECT m.version INTO current FROM @extschema@.model_versions m
   WHERE m.name = rollback_model.name AND m.status = 'champion';
  -- what the champion followed when it was last promoted; steps about a
  -- former model of this name are older than the model
  SELECT p.former INTO earlier
    FROM @extschema@.model_promotions p
    JOIN @extschema@.model_versions m ON m.name = p.name AND m.version = p.version
   WHERE p.name = rollback_model.name AND p.version = current
     AND p.action = 'promote' AND p.done_at >= m.trained_at
   ORDER BY p.step DESC LIMIT 1;
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = rollback_model.name AND m.version = earlier;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = rollback_model.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(rollback_model.name, 80) || CASE WHEN length(rollback_model.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no earlier champion to go back to',
        left(rollback_model.name, 80) || CASE WHEN length(rollback_model.name) > 80 THEN '...' ELSE '' END
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Choose a version with crmprob.promote(name, version).';
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = rollback_model.name AND m.version = current;
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = rollback_model.name AND m.version = earlier;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, former, reason)
  SELECT rollback_model.name, max(p.step) + 1, 'rollback', earlier, current,
         rollback_model.reason
    FROM @extschema@.model_promotions p WHERE p.name = rollback_model.name;
  RETURN earlier;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.retire(name text, version integer, reason text DEFAULT NULL) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  previous text;
BEGIN
  IF retire.name IS NULL OR retire.version IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(retire.name));
  SELECT m.status INTO previous FROM @extschema@.model_versions m
   WHERE m.name = retire.name AND m.version = retire.version;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = retire.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(retire.name, 80) || CASE WHEN length(retire.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no version %',
        left(retire.name, 80) || CASE WHEN length(retire.name) > 80 THEN '...' ELSE '' END,
        retire.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  ELSIF previous = 'champion' THEN
    RAISE EXCEPTION 'version % of model "%" is the champion', retire.version, retire.name
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Promote another version first: crmprob.promote(name, version).';
  ELSIF previous = 'retired' THEN
    RETURN previous;
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = retire.name AND m.version = retire.version;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, reason)
  SELECT retire.name, coalesce(max(p.step), 0) + 1, 'retire', retire.version, retire.reason
    FROM @extschema@.model_promotions p WHERE p.name = retire.name;
  RETURN previous;
END $$;

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
-- revenue_forecast: the distribution of the sum of independent deals.

CREATE TYPE @extschema@.revenue_forecast;

CREATE FUNCTION @extschema@.revenue_forecast_in(text cstring) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_in';
COMMENT ON FUNCTION @extschema@.revenue_forecast_in(text cstring) IS
  'text input: JSON object of deals and ignored';

CREATE FUNCTION @extschema@.revenue_forecast_out(revenue_forecast @extschema@.revenue_forecast) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_out';
COMMENT ON FUNCTION @extschema@.revenue_forecast_out(revenue_forecast @extschema@.revenue_forecast) IS
  'text output';

CREATE FUNCTION @extschema@.revenue_forecast_recv(message internal) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_recv';
COMMENT ON FUNCTION @extschema@.revenue_forecast_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.revenue_forecast_send(revenue_forecast @extschema@.revenue_forecast) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_send';
COMMENT ON FUNCTION @extschema@.revenue_forecast_send(revenue_forecast @extschema@.revenue_forecast) IS
  'binary output';

CREATE TYPE @extschema@.revenue_forecast (
  INPUT = @extschema@.revenue_forecast_in,
  OUTPUT = @extschema@.revenue_forecast_out,
  RECEIVE = @extschema@.revenue_forecast_recv,
  SEND = @extschema@.revenue_forecast_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.revenue_forecast IS
  'deals with their probabilities: the distribution of what they bring together';

CREATE FUNCTION @extschema@.revenue_forecast_eq(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_eq';
COMMENT ON FUNCTION @extschema@.revenue_forecast_eq(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) IS
  'equal';

CREATE FUNCTION @extschema@.revenue_forecast_ne(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_ne';
COMMENT ON FUNCTION @extschema@.revenue_forecast_ne(a @extschema@.revenue_forecast, b @extschema@.revenue_forecast) IS
  'not equal';

CREATE FUNCTION @extschema@.revenue_forecast_hash(revenue_forecast @extschema@.revenue_forecast) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_hash';
COMMENT ON FUNCTION @extschema@.revenue_forecast_hash(revenue_forecast @extschema@.revenue_forecast) IS
  'hash of revenue_forecast';

CREATE FUNCTION @extschema@.revenue_forecast_hash_extended(revenue_forecast @extschema@.revenue_forecast, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_hash_extended';
COMMENT ON FUNCTION @extschema@.revenue_forecast_hash_extended(revenue_forecast @extschema@.revenue_forecast, seed bigint) IS
  'hash of revenue_forecast with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.revenue_forecast_eq,
  LEFTARG = @extschema@.revenue_forecast, RIGHTARG = @extschema@.revenue_forecast,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.revenue_forecast, @extschema@.revenue_forecast) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.revenue_forecast_ne,
  LEFTARG = @extschema@.revenue_forecast, RIGHTARG = @extschema@.revenue_forecast,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.revenue_forecast, @extschema@.revenue_forecast) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.revenue_forecast_ops
  DEFAULT FOR TYPE @extschema@.revenue_forecast USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.revenue_forecast_hash(@extschema@.revenue_forecast),
  FUNCTION 2 @extschema@.revenue_forecast_hash_extended(@extschema@.revenue_forecast, bigint);
COMMENT ON OPERATOR CLASS @extschema@.revenue_forecast_ops USING hash IS
  'equality of revenue_forecast values';

CREATE FUNCTION @extschema@.jsonb(revenue_forecast @extschema@.revenue_forecast) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(revenue_forecast @extschema@.revenue_forecast) IS
  'revenue_forecast as json, as in the text form';

CREATE CAST (@extschema@.revenue_forecast AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.revenue_forecast);
COMMENT ON CAST (@extschema@.revenue_forecast AS jsonb) IS
  'revenue_forecast as json, as in the text form';

CREATE FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_accum';
COMMENT ON FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric) IS
  'transition of revenue_forecast';

CREATE FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric, amount_sd float8) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_accum';
COMMENT ON FUNCTION @extschema@.revenue_forecast_accum(state @extschema@.revenue_forecast, probability float8, amount numeric, amount_sd float8) IS
  'transition of revenue_forecast';

CREATE FUNCTION @extschema@.revenue_forecast_combine(state @extschema@.revenue_forecast, other @extschema@.revenue_forecast) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_combine';
COMMENT ON FUNCTION @extschema@.revenue_forecast_combine(state @extschema@.revenue_forecast, other @extschema@.revenue_forecast) IS
  'adds the deals of another revenue_forecast to a state';

CREATE FUNCTION @extschema@.revenue_forecast_final(state @extschema@.revenue_forecast) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_final';
COMMENT ON FUNCTION @extschema@.revenue_forecast_final(state @extschema@.revenue_forecast) IS
  'a state as a revenue_forecast';

CREATE AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric) (
  SFUNC = @extschema@.revenue_forecast_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric) IS
  'the distribution of what these deals bring; a row with a NULL is skipped and counted';

CREATE AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric, amount_sd float8) (
  SFUNC = @extschema@.revenue_forecast_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.revenue_forecast(probability float8, amount numeric, amount_sd float8) IS
  'likewise where an amount is known to a standard deviation only';

CREATE AGGREGATE @extschema@.rollup(forecast @extschema@.revenue_forecast) (
  SFUNC = @extschema@.revenue_forecast_combine,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(forecast @extschema@.revenue_forecast) IS
  'puts forecasts of different deals together';

CREATE FUNCTION @extschema@.deals(forecast @extschema@.revenue_forecast) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_deals';
COMMENT ON FUNCTION @extschema@.deals(forecast @extschema@.revenue_forecast) IS
  'how many deals the forecast has';

CREATE FUNCTION @extschema@.n_ignored(forecast @extschema@.revenue_forecast) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(forecast @extschema@.revenue_forecast) IS
  'rows skipped because of a NULL';

CREATE FUNCTION @extschema@.expected_value(forecast @extschema@.revenue_forecast) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'revenue_forecast_expected_value';
COMMENT ON FUNCTION @extschema@.expected_value(forecast @extschema@.revenue_forecast) IS
  'sum of probability x amount, exact, rounded once to four decimals';

CREATE FUNCTION @extschema@.stddev(forecast @extschema@.revenue_forecast, correlation float8 DEFAULT 0) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'revenue_forecast_stddev';
COMMENT ON FUNCTION @extschema@.stddev(forecast @extschema@.revenue_forecast, correlation float8) IS
  'standard deviation of the sum';

CREATE FUNCTION @extschema@.quantile(forecast @extschema@.revenue_forecast, p float8, correlation float8 DEFAULT 0) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_quantile';
COMMENT ON FUNCTION @extschema@.quantile(forecast @extschema@.revenue_forecast, p float8, correlation float8) IS
  'smallest amount that the sum does not exceed with probability p';

CREATE FUNCTION @extschema@.quantiles(forecast @extschema@.revenue_forecast, p float8[], correlation float8 DEFAULT 0) RETURNS numeric[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_quantiles';
COMMENT ON FUNCTION @extschema@.quantiles(forecast @extschema@.revenue_forecast, p float8[], correlation float8) IS
  'likewise for each of several probabilities';

CREATE FUNCTION @extschema@.probability_at_least(forecast @extschema@.revenue_forecast, target numeric, correlation float8 DEFAULT 0) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_at_least';
COMMENT ON FUNCTION @extschema@.probability_at_least(forecast @extschema@.revenue_forecast, target numeric, correlation float8) IS
  'probability that the sum reaches the target';

CREATE FUNCTION @extschema@.wins(
  forecast @extschema@.revenue_forecast,
  OUT n bigint,
  OUT probability float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 100
  AS 'MODULE_PATHNAME', 'revenue_forecast_wins';
COMMENT ON FUNCTION @extschema@.wins(forecast @extschema@.revenue_forecast) IS
  'how many deals are won, with the probability of each number';

CREATE FUNCTION @extschema@.distribution(
  forecast @extschema@.revenue_forecast, points integer DEFAULT 200, correlation float8 DEFAULT 0,
  OUT amount numeric,
  OUT probability float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 200
  AS 'MODULE_PATHNAME', 'revenue_forecast_distribution';
COMMENT ON FUNCTION @extschema@.distribution(forecast @extschema@.revenue_forecast, points integer, correlation float8) IS
  'the distribution of the sum in at most so many rows to plot';

CREATE FUNCTION @extschema@.resolution(
  forecast @extschema@.revenue_forecast, correlation float8 DEFAULT 0,
  OUT cell numeric,
  OUT cells integer,
  OUT exact boolean,
  OUT error float8
)
  RETURNS record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'revenue_forecast_resolution';
COMMENT ON FUNCTION @extschema@.resolution(forecast @extschema@.revenue_forecast, correlation float8) IS
  'the cells that the sum is computed on, whether it is exact, and if not the error';
-- Forecasts from the funnel, and how good they were.

CREATE FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_forecast_accum';
COMMENT ON FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) IS
  'transition of forecast_by_stage';

CREATE FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_forecast_accum';
COMMENT ON FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) IS
  'transition of forecast_by_stage';

CREATE AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) (
  SFUNC = @extschema@.forecast_by_stage_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) IS
  'what open deals bring within the horizon: each is won with the probability of its stage';

CREATE AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) (
  SFUNC = @extschema@.forecast_by_stage_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) IS
  'likewise for deals that have been in their stage for some time';

CREATE FUNCTION @extschema@.win_by_month(
  flow @extschema@.stage_flow,
  label text,
  months integer,
  elapsed interval DEFAULT '0',
  OUT month integer,
  OUT probability float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 12
  AS 'MODULE_PATHNAME', 'stage_forecast_win_by_month';
COMMENT ON FUNCTION @extschema@.win_by_month(flow @extschema@.stage_flow, label text, months integer, elapsed interval) IS
  'probability that a deal in this stage is won in the first month from now, the second, ...';

CREATE FUNCTION @extschema@.pinball_loss(p float8, quantile numeric, actual numeric) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_forecast_pinball_loss';
COMMENT ON FUNCTION @extschema@.pinball_loss(p float8, quantile numeric, actual numeric) IS
  'loss of a forecast quantile: the distance to what came, times p above it and 1 - p below';

CREATE FUNCTION @extschema@.backtest_forecast(query text, dates timestamptz[], horizon interval, correlation float8 DEFAULT 0)
  RETURNS TABLE (forecast_at timestamptz, deals bigint, ignored bigint, open_amount numeric,
                 actual numeric, expected numeric, p10 numeric, p50 numeric, p90 numeric,
                 covered boolean, pinball float8, naive numeric, naive_pinball float8)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE ROWS 10
  AS $$
#variable_conflict use_column
BEGIN
  FOREACH forecast_at IN ARRAY backtest_forecast.dates LOOP
    EXECUTE pg_catalog.format($query$
      WITH history AS MATERIALIZED (
        SELECT q.journey, q.amount::pg_catalog.numeric, crmprob.stage_at(q.journey, $1) AS stage
          FROM (%s
               ) AS q
         WHERE q.amount IS NOT NULL AND crmprob.stage_at(q.journey, $1) IS NOT NULL
      ), flow AS MATERIALIZED (
        SELECT crmprob.stage_flow(h.journey, $1) AS flow,
               pg_catalog.avg(crmprob.is_won(h.stage)::integer)
                 FILTER (WHERE NOT crmprob.is_open(h.stage))::float8 AS won
          FROM history AS h
      ), deal AS MATERIALIZED (
        SELECT h.stage, h.amount,
               (SELECT $1 OPERATOR(pg_catalog.-) pg_catalog.max(t.entered_at)
                  FROM crmprob.timeline(h.journey) AS t
                 WHERE t.entered_at OPERATOR(pg_catalog.<=) $1) AS elapsed,
               EXISTS (SELECT FROM crmprob.timeline(h.journey) AS t
                        WHERE crmprob.is_won(t.stage) AND t.entered_at OPERATOR(pg_catalog.>) $1
                          AND t.entered_at OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.+) $2)) AS won
          FROM history AS h
         WHERE crmprob.is_open(h.stage)
      ), forecast AS MATERIALIZED (
        SELECT crmprob.forecast_by_stage(f.flow, d.stage, d.amount, $2, d.elapsed) AS f,
               pg_catalog.sum(d.amount) AS open_amount,
               coalesce(pg_catalog.sum(d.amount) FILTER (WHERE d.won), 0) AS actual,
               pg_catalog.round((pg_catalog.min(f.won) OPERATOR(pg_catalog.*) pg_catalog.sum(d.amount)::float8)::numeric, 4) AS naive
          FROM deal AS d, flow AS f
      )
      SELECT crmprob.deals(f), crmprob.n_ignored(f), open_amount, actual, crmprob.expected_value(f),
             q[1], q[2], q[3], actual OPERATOR(pg_catalog.>=) q[1] AND actual OPERATOR(pg_catalog.<=) q[3],
             (SELECT pg_catalog.avg(crmprob.pinball_loss(p, q[i], actual))
                FROM ROWS FROM (pg_catalog.unnest($4)) WITH ORDINALITY AS p (p, i)),
             naive,
             (SELECT pg_catalog.avg(crmprob.pinball_loss(p, naive, actual)) FROM pg_catalog.unnest($4) AS p)
        FROM forecast, LATERAL (SELECT crmprob.quantiles(f, $4, $3) AS q) AS s
    $query$, backtest_forecast.query)
    INTO deals, ignored, open_amount, actual, expected, p10, p50, p90, covered, pinball, naive, naive_pinball
    USING forecast_at, backtest_forecast.horizon, backtest_forecast.correlation, '{0.1,0.5,0.9}'::float8[];
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.backtest_forecast(query text, dates timestamptz[], horizon interval, correlation float8) IS
  'forecasts as of past dates, from what was known then, beside what came and a naive forecast';
-- sales_series: sales by period, their trend and season, and what follows.

CREATE TYPE @extschema@.sales_series;

CREATE FUNCTION @extschema@.sales_series_in(text cstring) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_in';
COMMENT ON FUNCTION @extschema@.sales_series_in(text cstring) IS
  'text input: JSON object of periods and ignored';

CREATE FUNCTION @extschema@.sales_series_out(sales_series @extschema@.sales_series) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_out';
COMMENT ON FUNCTION @extschema@.sales_series_out(sales_series @extschema@.sales_series) IS
  'text output';

CREATE FUNCTION @extschema@.sales_series_recv(message internal) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_recv';
COMMENT ON FUNCTION @extschema@.sales_series_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.sales_series_send(sales_series @extschema@.sales_series) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_send';
COMMENT ON FUNCTION @extschema@.sales_series_send(sales_series @extschema@.sales_series) IS
  'binary output';

CREATE TYPE @extschema@.sales_series (
  INPUT = @extschema@.sales_series_in,
  OUTPUT = @extschema@.sales_series_out,
  RECEIVE = @extschema@.sales_series_recv,
  SEND = @extschema@.sales_series_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.sales_series IS
  'sales by period: exact sums in order of date';

CREATE FUNCTION @extschema@.sales_series_eq(a @extschema@.sales_series, b @extschema@.sales_series) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_eq';
COMMENT ON FUNCTION @extschema@.sales_series_eq(a @extschema@.sales_series, b @extschema@.sales_series) IS
  'equal';

CREATE FUNCTION @extschema@.sales_series_ne(a @extschema@.sales_series, b @extschema@.sales_series) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_ne';
COMMENT ON FUNCTION @extschema@.sales_series_ne(a @extschema@.sales_series, b @extschema@.sales_series) IS
  'not equal';

CREATE FUNCTION @extschema@.sales_series_hash(sales_series @extschema@.sales_series) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_hash';
COMMENT ON FUNCTION @extschema@.sales_series_hash(sales_series @extschema@.sales_series) IS
  'hash of sales_series';

CREATE FUNCTION @extschema@.sales_series_hash_extended(sales_series @extschema@.sales_series, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_hash_extended';
COMMENT ON FUNCTION @extschema@.sales_series_hash_extended(sales_series @extschema@.sales_series, seed bigint) IS
  'hash of sales_series with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.sales_series_eq,
  LEFTARG = @extschema@.sales_series, RIGHTARG = @extschema@.sales_series,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.sales_series, @extschema@.sales_series) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.sales_series_ne,
  LEFTARG = @extschema@.sales_series, RIGHTARG = @extschema@.sales_series,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.sales_series, @extschema@.sales_series) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.sales_series_ops
  DEFAULT FOR TYPE @extschema@.sales_series USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.sales_series_hash(@extschema@.sales_series),
  FUNCTION 2 @extschema@.sales_series_hash_extended(@extschema@.sales_series, bigint);
COMMENT ON OPERATOR CLASS @extschema@.sales_series_ops USING hash IS
  'equality of sales_series values';

CREATE FUNCTION @extschema@.jsonb(sales_series @extschema@.sales_series) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(sales_series @extschema@.sales_series) IS
  'sales_series as json, as in the text form';

CREATE CAST (@extschema@.sales_series AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.sales_series);
COMMENT ON CAST (@extschema@.sales_series AS jsonb) IS
  'sales_series as json, as in the text form';

CREATE FUNCTION @extschema@.sales_series_accum(state @extschema@.sales_series, period date, amount numeric) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_accum';
COMMENT ON FUNCTION @extschema@.sales_series_accum(state @extschema@.sales_series, period date, amount numeric) IS
  'transition of sales_series';

CREATE FUNCTION @extschema@.sales_series_combine(state @extschema@.sales_series, other @extschema@.sales_series) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_combine';
COMMENT ON FUNCTION @extschema@.sales_series_combine(state @extschema@.sales_series, other @extschema@.sales_series) IS
  'adds the periods of another sales_series to a state';

CREATE FUNCTION @extschema@.sales_series_final(state @extschema@.sales_series) RETURNS @extschema@.sales_series
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_final';
COMMENT ON FUNCTION @extschema@.sales_series_final(state @extschema@.sales_series) IS
  'a state as a sales_series';

CREATE AGGREGATE @extschema@.sales_series(period date, amount numeric) (
  SFUNC = @extschema@.sales_series_accum,
  STYPE = @extschema@.sales_series,
  SSPACE = 4096,
  FINALFUNC = @extschema@.sales_series_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sales_series_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.sales_series(period date, amount numeric) IS
  'the exact sum of the amounts of each period; a row with a NULL is skipped and counted';

CREATE AGGREGATE @extschema@.rollup(series @extschema@.sales_series) (
  SFUNC = @extschema@.sales_series_combine,
  STYPE = @extschema@.sales_series,
  SSPACE = 4096,
  FINALFUNC = @extschema@.sales_series_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.sales_series_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(series @extschema@.sales_series) IS
  'adds up series, period by period';

CREATE FUNCTION @extschema@.n(series @extschema@.sales_series) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_n';
COMMENT ON FUNCTION @extschema@.n(series @extschema@.sales_series) IS
  'how many periods have a row';

CREATE FUNCTION @extschema@.n_ignored(series @extschema@.sales_series) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(series @extschema@.sales_series) IS
  'rows skipped because of a NULL';

CREATE FUNCTION @extschema@.periods(
  series @extschema@.sales_series,
  OUT period date,
  OUT amount numeric
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1 ROWS 100
  AS 'MODULE_PATHNAME', 'sales_series_periods';
COMMENT ON FUNCTION @extschema@.periods(series @extschema@.sales_series) IS
  'the periods and their sums';

CREATE FUNCTION @extschema@.missing_periods(series @extschema@.sales_series) RETURNS SETOF date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'sales_series_missing';
COMMENT ON FUNCTION @extschema@.missing_periods(series @extschema@.sales_series) IS
  'periods between the first and the last that have no row';

CREATE FUNCTION @extschema@.period_step(series @extschema@.sales_series) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'sales_series_step';
COMMENT ON FUNCTION @extschema@.period_step(series @extschema@.sales_series) IS
  'the distance between periods, as found from the dates';

CREATE FUNCTION @extschema@.holt_winters(
  series @extschema@.sales_series,
  season integer,
  kind text DEFAULT 'additive',
  damped boolean DEFAULT false,
  missing text DEFAULT 'error',
  alpha float8 DEFAULT NULL,
  beta float8 DEFAULT NULL,
  gamma float8 DEFAULT NULL,
  damping float8 DEFAULT NULL,
  OUT fitted_alpha float8,
  OUT fitted_beta float8,
  OUT fitted_gamma float8,
  OUT fitted_damping float8,
  OUT level float8,
  OUT trend float8,
  OUT seasonal float8[],
  OUT sse float8,
  OUT n bigint
)
  RETURNS record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'sales_series_holt_winters';
COMMENT ON FUNCTION @extschema@.holt_winters(series @extschema@.sales_series, season integer, kind text, damped boolean, missing text, alpha float8, beta float8, gamma float8, damping float8) IS
  'Holt-Winters smoothing: parameters, last level, trend and season, squared error';

CREATE FUNCTION @extschema@.projection(
  series @extschema@.sales_series,
  season integer,
  ahead integer,
  kind text DEFAULT 'additive',
  damped boolean DEFAULT false,
  missing text DEFAULT 'error',
  level float8 DEFAULT 0.95,
  alpha float8 DEFAULT NULL,
  beta float8 DEFAULT NULL,
  gamma float8 DEFAULT NULL,
  damping float8 DEFAULT NULL,
  OUT period date,
  OUT amount float8,
  OUT low float8,
  OUT high float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 12
  AS 'MODULE_PATHNAME', 'sales_series_projection';
COMMENT ON FUNCTION @extschema@.projection(series @extschema@.sales_series, season integer, ahead integer, kind text, damped boolean, missing text, level float8, alpha float8, beta float8, gamma float8, damping float8) IS
  'the next periods by Holt-Winters smoothing, with intervals';

CREATE FUNCTION @extschema@.accuracy(
  series @extschema@.sales_series,
  season integer,
  holdout integer DEFAULT 0,
  kind text DEFAULT 'additive',
  damped boolean DEFAULT false,
  missing text DEFAULT 'error',
  alpha float8 DEFAULT NULL,
  beta float8 DEFAULT NULL,
  gamma float8 DEFAULT NULL,
  damping float8 DEFAULT NULL,
  OUT method text,
  OUT mae float8,
  OUT rmse float8,
  OUT mase float8,
  OUT n bigint
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 3
  AS 'MODULE_PATHNAME', 'sales_series_accuracy';
COMMENT ON FUNCTION @extschema@.accuracy(series @extschema@.sales_series, season integer, holdout integer, kind text, damped boolean, missing text, alpha float8, beta float8, gamma float8, damping float8) IS
  'errors of Holt-Winters smoothing beside those of naive forecasts';

CREATE FUNCTION @extschema@.decomposition(
  series @extschema@.sales_series,
  season integer,
  kind text DEFAULT 'additive',
  missing text DEFAULT 'error',
  OUT period date,
  OUT amount float8,
  OUT trend float8,
  OUT seasonal float8,
  OUT remainder float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 100
  AS 'MODULE_PATHNAME', 'sales_series_decomposition';
COMMENT ON FUNCTION @extschema@.decomposition(series @extschema@.sales_series, season integer, kind text, missing text) IS
  'each period as trend, season and remainder, by moving averages';

CREATE FUNCTION @extschema@.seasonal_indices(
  series @extschema@.sales_series,
  season integer,
  kind text DEFAULT 'additive',
  missing text DEFAULT 'error',
  OUT part integer,
  OUT index float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 12
  AS 'MODULE_PATHNAME', 'sales_series_indices';
COMMENT ON FUNCTION @extschema@.seasonal_indices(series @extschema@.sales_series, season integer, kind text, missing text) IS
  'how much each part of the season is above or below the trend';
-- targets: proposing and splitting them, attainment, pace, leaders.

CREATE FUNCTION @extschema@.attainment(actual numeric, target numeric,
  cap numeric DEFAULT NULL) RETURNS numeric
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'target_attainment';
COMMENT ON FUNCTION @extschema@.attainment(numeric, numeric, numeric) IS
  'actual divided by target, at most the cap; NULL without a target';

CREATE FUNCTION @extschema@.weighted_attainment(attainments numeric[],
  weights numeric[]) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'weighted_attainment';
COMMENT ON FUNCTION @extschema@.weighted_attainment(numeric[], numeric[]) IS
  'mean of attainments by weights, of those that are known';

CREATE FUNCTION @extschema@.apportion(total numeric, weights numeric[],
  decimals integer DEFAULT 2) RETURNS numeric[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'apportion';
COMMENT ON FUNCTION @extschema@.apportion(numeric, numeric[], integer) IS
  'shares of a total by weights that add up to it exactly (largest remainder)';

CREATE FUNCTION @extschema@.working_days(first date, last date,
  holidays date[] DEFAULT '{}', weekdays integer[] DEFAULT '{1,2,3,4,5}') RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'working_days';
COMMENT ON FUNCTION @extschema@.working_days(date, date, date[], integer[]) IS
  'working days from the first to the last day, both included';

CREATE FUNCTION @extschema@.pace(actual numeric, target numeric, first date, last date,
  as_of date, holidays date[] DEFAULT '{}', weekdays integer[] DEFAULT '{1,2,3,4,5}',
  OUT days integer, OUT days_done integer, OUT days_left integer, OUT elapsed numeric,
  OUT attainment numeric, OUT run_rate numeric, OUT projected numeric,
  OUT required_pace numeric, OUT on_track boolean)
  LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
BEGIN
  IF last < first THEN
    RAISE EXCEPTION 'period ends before it begins'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  days := crmprob.working_days(first, last, holidays, weekdays);
  days_done := crmprob.working_days(first, greatest(least(as_of, last), first - 1), holidays, weekdays);
  days_left := days - days_done;
  elapsed := days_done::numeric / nullif(days, 0);
  attainment := crmprob.attainment(actual, target);
  run_rate := actual / nullif(days_done, 0);
  projected := actual * days / nullif(days_done, 0);
  required_pace := CASE WHEN actual >= target THEN 0
                        ELSE (target - actual) / nullif(days_left, 0) END;
  on_track := actual >= target * elapsed;
END $$;
COMMENT ON FUNCTION @extschema@.pace(numeric, numeric, date, date, date, date[], integer[]) IS
  'how a period goes by working days: run-rate, what it leads to, and what each day left must bring';

CREATE FUNCTION @extschema@.propose_target(forecast numeric DEFAULT NULL,
  last_period numeric DEFAULT NULL, trend numeric DEFAULT 0,
  market_growth numeric DEFAULT 0, forecast_weight numeric DEFAULT 0.5,
  stretch numeric DEFAULT 0, decimals integer DEFAULT 0) RETURNS numeric
  LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  grown numeric;
BEGIN
  IF forecast < 0 OR last_period < 0
     OR 'NaN' IN (forecast, last_period) OR 'Infinity' IN (forecast, last_period) THEN
    RAISE EXCEPTION 'forecast and last period must be numbers of 0 or more'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF NOT coalesce(trend, 0) BETWEEN -1 AND 10
     OR NOT coalesce(market_growth, 0) BETWEEN -1 AND 10
     OR NOT coalesce(stretch, 0) BETWEEN -1 AND 10 THEN
    RAISE EXCEPTION 'trend, market growth and stretch must be between -1 and 10'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Write 5 % as 0.05.';
  END IF;
  IF NOT coalesce(forecast_weight, 0.5) BETWEEN 0 AND 1 THEN
    RAISE EXCEPTION 'weight of the forecast must be between 0 and 1'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  grown := last_period * (1 + coalesce(trend, 0)) * (1 + coalesce(market_growth, 0));
  RETURN round(coalesce(forecast * coalesce(forecast_weight, 0.5)
                          + grown * (1 - coalesce(forecast_weight, 0.5)),
                        forecast, grown)
               * (1 + coalesce(stretch, 0)), coalesce(decimals, 0));
END $$;
COMMENT ON FUNCTION @extschema@.propose_target(numeric, numeric, numeric, numeric, numeric, numeric, integer) IS
  'a target from the forecast, and from the last period with its trend and the market''s growth';

CREATE FUNCTION @extschema@.split_target(total numeric, sellers text[],
  capacity numeric[] DEFAULT NULL, history numeric[] DEFAULT NULL,
  history_weight numeric DEFAULT 0.5, decimals integer DEFAULT 2)
  RETURNS TABLE (seller text, share numeric, target numeric)
  LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 20
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shares numeric[];
  amounts numeric[];
BEGIN
  IF total IS NULL OR sellers IS NULL THEN
    RETURN;
  END IF;
  IF cardinality(sellers) <> coalesce(cardinality(capacity), cardinality(sellers))
     OR cardinality(sellers) <> coalesce(cardinality(history), cardinality(sellers)) THEN
    RAISE EXCEPTION 'sellers, capacity and history differ in number'
      USING ERRCODE = 'array_subscript_error';
  END IF;
  IF NOT coalesce(history_weight, 0.5) BETWEEN 0 AND 1 THEN
    RAISE EXCEPTION 'weight of history must be between 0 and 1'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM unnest(capacity || history) AS v
              WHERE v < 0 OR v IN ('NaN', 'Infinity')) THEN
    RAISE EXCEPTION 'capacity and history must be numbers of 0 or more'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- a seller without history stands at the capacity's share; all of it anew
  -- by the sum, so that shares add up to 1
  WITH part AS (
    SELECT i, coalesce(capacity[i], CASE WHEN capacity IS NULL THEN 1 ELSE 0 END) AS room,
           history[i] AS done
      FROM generate_subscripts(sellers, 1) AS i
  ), whole AS (
    SELECT nullif(sum(room), 0) AS room, nullif(sum(done), 0) AS done,
           nullif(sum(room) FILTER (WHERE done IS NOT NULL), 0) AS room_of_done FROM part
  ), mixed AS (
    SELECT i, CASE
             WHEN whole.done IS NULL OR whole.room_of_done IS NULL THEN part.room / whole.room
             WHEN part.done IS NULL THEN part.room / whole.room
             ELSE (1 - coalesce(history_weight, 0.5)) * part.room / whole.room
                + coalesce(history_weight, 0.5) * part.done / whole.done * whole.room_of_done / whole.room
           END AS share
      FROM part, whole
  )
  SELECT array_agg(m.share / t.all_shares ORDER BY m.i) INTO shares
    FROM mixed m, (SELECT nullif(sum(mixed.share), 0) AS all_shares FROM mixed) t;
  amounts := crmprob.apportion(total, shares, decimals);
  RETURN QUERY
    SELECT sellers[i], shares[i], amounts[i]
      FROM generate_subscripts(sellers, 1) AS i
     ORDER BY i;
END $$;
COMMENT ON FUNCTION @extschema@.split_target(numeric, text[], numeric[], numeric[], numeric, integer) IS
  'a total split over sellers by capacity and history; the targets add up to it exactly';

CREATE FUNCTION @extschema@.leader_table(query text, seller_column text,
  value_column text, team_column text DEFAULT NULL)
  RETURNS TABLE (rank bigint, seller text, team text, value numeric, behind numeric, tied boolean)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 20
  AS $$
BEGIN
  IF leader_table.query IS NULL OR leader_table.seller_column IS NULL OR leader_table.value_column IS NULL THEN
    RAISE EXCEPTION 'query, seller_column and value_column of leader_table must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  RETURN QUERY EXECUTE pg_catalog.format(
    'SELECT CASE WHEN l.value IS NOT NULL THEN l.rank END, l.seller, l.team, l.value, l.behind, '
    'l.value IS NOT NULL AND l.peers OPERATOR(pg_catalog.>) 1 FROM (SELECT '
    'pg_catalog.rank() OVER (PARTITION BY q.team ORDER BY q.value DESC NULLS LAST) AS rank, q.seller, q.team, q.value, '
    'pg_catalog.max(q.value) OVER (PARTITION BY q.team) OPERATOR(pg_catalog.-) q.value AS behind, '
    'pg_catalog.count(*) OVER (PARTITION BY q.team, q.value) AS peers '
    'FROM (SELECT crmprob_q.%1$I::pg_catalog.text AS seller, %3$s AS team, '
    'crmprob_q.%2$I::pg_catalog.numeric AS value FROM (%4$s) crmprob_q) q) l '
    'ORDER BY l.team COLLATE "C", l.value DESC NULLS LAST, l.seller COLLATE "C"',
    leader_table.seller_column, leader_table.value_column,
    CASE WHEN leader_table.team_column IS NULL THEN 'NULL::pg_catalog.text'
         ELSE pg_catalog.format('crmprob_q.%I::pg_catalog.text', leader_table.team_column) END,
    pg_catalog.concat(pg_catalog.rtrim(leader_table.query, E' \t\r\n;'), E'\n'));
END $$;
COMMENT ON FUNCTION @extschema@.leader_table(text, text, text, text) IS
  'sellers of a query ranked by a value, within teams if asked; equals share a rank';
-- commission: what a seller earns by tiers, accelerators and caps.

CREATE FUNCTION @extschema@.commission_plan_check(plan jsonb) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'commission_plan_check';
COMMENT ON FUNCTION @extschema@.commission_plan_check(jsonb) IS
  'true, or an error that says what is wrong with a commission plan';

CREATE DOMAIN @extschema@.commission_plan AS jsonb
  CONSTRAINT commission_plan_check CHECK (@extschema@.commission_plan_check(VALUE));
COMMENT ON DOMAIN @extschema@.commission_plan IS
  'tiers of a commission, marginal or retroactive, with quota and cap, as JSON';

CREATE FUNCTION @extschema@.commission_tiers(plan @extschema@.commission_plan)
  RETURNS TABLE (tier integer, from_amount numeric, to_amount numeric, rate numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 4
  AS 'MODULE_PATHNAME', 'commission_tiers';
COMMENT ON FUNCTION @extschema@.commission_tiers(@extschema@.commission_plan) IS
  'the tiers of a plan as amounts and rates, quota and accelerators multiplied in';

CREATE FUNCTION @extschema@.commission(amount numeric, plan @extschema@.commission_plan) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30
  AS 'MODULE_PATHNAME', 'commission_amount';
COMMENT ON FUNCTION @extschema@.commission(numeric, @extschema@.commission_plan) IS
  'commission on an amount, exact';

CREATE FUNCTION @extschema@.commission_statement(amount numeric, plan @extschema@.commission_plan)
  RETURNS TABLE (tier integer, amount_in_tier numeric, rate numeric, commission numeric)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30 ROWS 4
  AS 'MODULE_PATHNAME', 'commission_statement';
COMMENT ON FUNCTION @extschema@.commission_statement(numeric, @extschema@.commission_plan) IS
  'commission tier by tier; the row without a tier is what the cap takes off';
-- priorities: the open deals in the order in which to call them; shortlist: the
-- best of any list by its scores.

CREATE FUNCTION @extschema@.priorities(query text, model text DEFAULT NULL, score_column text DEFAULT 'score',
  id_column text DEFAULT 'id', amount_column text DEFAULT 'amount', stage_column text DEFAULT 'stage',
  since_column text DEFAULT NULL, history_column text DEFAULT NULL,
  pipeline text DEFAULT NULL, pipeline_column text DEFAULT NULL,
  as_of timestamptz DEFAULT now(), rot_after interval DEFAULT NULL, actions jsonb DEFAULT NULL,
  n_reasons integer DEFAULT 3, grade_limits double precision[] DEFAULT NULL, k bigint DEFAULT NULL)
  RETURNS TABLE (rank bigint, id text, stage @extschema@.stage, amount numeric, score double precision,
    grade text, expected_value numeric, days_in_stage integer, stale boolean, next_stage @extschema@.stage,
    next_action text, gain double precision, reasons text[])
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 200
  AS $$
DECLARE
  crmprob_query pg_catalog.text;
  crmprob_stage pg_catalog.text;
  crmprob_since pg_catalog.text := 'NULL::pg_catalog.timestamptz';
  crmprob_pipeline pg_catalog.text := '$3';
  crmprob_type pg_catalog.regtype;
BEGIN
  IF priorities.query IS NULL OR priorities.id_column IS NULL OR priorities.as_of IS NULL OR priorities.n_reasons IS NULL
     OR (priorities.amount_column IS NULL AND priorities.history_column IS NULL) THEN
    RAISE 'query, id_column, amount_column, as_of and n_reasons of priorities must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF priorities.k OPERATOR(pg_catalog.<) 1 THEN
    RAISE '"%" must be at least 1', 'k' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF priorities.n_reasons OPERATOR(pg_catalog.<) 0 THEN
    RAISE '"%" must not be negative', 'n_reasons' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM (SELECT l.value, pg_catalog.lag(l.value, 1, 1::pg_catalog.float8) OVER (ORDER BY l.at) AS before
                            FROM pg_catalog.unnest(priorities.grade_limits) WITH ORDINALITY l (value, at)) f
              WHERE f.value IS NULL OR NOT (f.value OPERATOR(pg_catalog.<) f.before AND f.value OPERATOR(pg_catalog.>) 0::pg_catalog.float8))
     OR pg_catalog.cardinality(priorities.grade_limits) OPERATOR(pg_catalog.>) 25 THEN
    RAISE 'limits of grades must fall from 1 to 0'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The first is the least score of grade A, as in ''{0.75, 0.5, 0.25}''; at most 25.';
  END IF;
  IF priorities.pipeline IS NOT NULL
     AND NOT EXISTS (SELECT FROM crmprob.pipelines p WHERE p.name OPERATOR(pg_catalog.=) priorities.pipeline) THEN
    RAISE 'pipeline "%" does not exist', priorities.pipeline
      USING ERRCODE = 'undefined_object', HINT = 'Pipelines are registered in the table crmprob.pipelines.';
  END IF;
  -- a comment at its end ends with the line
  crmprob_query := pg_catalog.concat(pg_catalog.rtrim(priorities.query, E' \t\r\n;'), E'\n');
  IF priorities.pipeline_column IS NOT NULL THEN
    crmprob_pipeline := pg_catalog.format('COALESCE(crmprob_q.%I::pg_catalog.text, $3)', priorities.pipeline_column);
  END IF;
  IF priorities.history_column IS NOT NULL THEN
    crmprob_stage := pg_catalog.format('crmprob.stage_at(crmprob_q.%I, $4)', priorities.history_column);
  ELSIF priorities.stage_column IS NULL THEN
    crmprob_stage := 'NULL::crmprob.stage';
  ELSE
    SELECT c.type INTO crmprob_type FROM crmprob.query_columns(priorities.query) c
     WHERE c.name OPERATOR(pg_catalog.=) priorities.stage_column;
    IF crmprob_type OPERATOR(pg_catalog.=) 'crmprob.stage'::pg_catalog.regtype THEN
      crmprob_stage := pg_catalog.format('crmprob_q.%I', priorities.stage_column);
    ELSIF priorities.pipeline IS NULL AND priorities.pipeline_column IS NULL THEN
      RAISE 'query of priorities has no column "%" of type stage', priorities.stage_column
        USING ERRCODE = 'undefined_column',
              HINT = 'Name it with stage_column; for labels name their pipeline too; NULL says that all deals are open.';
    ELSE
      crmprob_stage := pg_catalog.format('crmprob.stage(%s, crmprob_q.%I::pg_catalog.text)', crmprob_pipeline, priorities.stage_column);
    END IF;
  END IF;
  IF priorities.since_column IS NOT NULL AND priorities.history_column IS NULL THEN
    SELECT CASE WHEN c.type OPERATOR(pg_catalog.=) ANY ('{date,timestamp}'::pg_catalog.regtype[])
                THEN pg_catalog.format('crmprob_q.%I::pg_catalog.timestamp AT TIME ZONE ''UTC''', priorities.since_column)
                ELSE pg_catalog.format('crmprob_q.%I::pg_catalog.timestamptz', priorities.since_column) END
      INTO crmprob_since FROM crmprob.query_columns(priorities.query) c
     WHERE c.name OPERATOR(pg_catalog.=) priorities.since_column;
    IF crmprob_since IS NULL THEN
      RAISE 'query of priorities has no column "%"', priorities.since_column
        USING ERRCODE = 'undefined_column', HINT = 'since_column says when the deal entered its stage.';
    END IF;
  END IF;
  RETURN QUERY EXECUTE pg_catalog.concat(
    pg_catalog.format(
      'WITH crmprob_o AS (SELECT crmprob_q AS features, crmprob_q.%1$I::pg_catalog.text AS id, %2$s AS pipeline, %3$s AS stage, '
      '%4$s AS amount, %5$s AS since, %6$s AS history, %7$s AS own_score FROM (%8$s) crmprob_q), ',
      priorities.id_column, crmprob_pipeline, crmprob_stage,
      CASE WHEN priorities.history_column IS NULL THEN pg_catalog.format('crmprob_q.%I::pg_catalog.numeric', priorities.amount_column)
           ELSE pg_catalog.format('crmprob.amount_at(crmprob_q.%I, $4)', priorities.history_column) END,
      crmprob_since,
      CASE WHEN priorities.history_column IS NULL THEN 'NULL::crmprob.opportunity_history'
           ELSE pg_catalog.format('crmprob_q.%I', priorities.history_column) END,
      CASE WHEN priorities.model IS NOT NULL OR priorities.score_column IS NULL THEN 'NULL::pg_catalog.float8'
           ELSE pg_catalog.format('crmprob_q.%I::pg_catalog.float8', priorities.score_column) END,
      crmprob_query),
    pg_catalog.format(
      'crmprob_s AS (SELECT o.*, p.definition, COALESCE(s.rot_after, $5) AS rot_after, COALESCE(%1$s, s.default_probability) AS score '
      'FROM crmprob_o o LEFT JOIN crmprob.pipelines p ON p.name OPERATOR(pg_catalog.=) o.pipeline '
      'LEFT JOIN crmprob.stage_settings s ON s.pipeline OPERATOR(pg_catalog.=) o.pipeline AND s.label OPERATOR(pg_catalog.=) crmprob.label(o.stage) '
      -- what is won or lost is not looked at any further
      'WHERE %2$s OFFSET 0), ',
      CASE WHEN priorities.model IS NOT NULL THEN 'crmprob.score($1, o.features)' ELSE 'o.own_score' END,
      CASE WHEN priorities.stage_column IS NULL AND priorities.history_column IS NULL THEN 'true' ELSE 'crmprob.is_open(o.stage)' END),
    'crmprob_v AS (SELECT s.*, crmprob.expected_value(crmprob.make_opportunity(COALESCE(s.stage, ''1:open''::crmprob.stage), s.amount, probability => s.score)) AS expected '
    'FROM crmprob_s s), '
    -- quarters of the list, where neither caller nor model has limits
    'crmprob_l AS (SELECT COALESCE($7, pg_catalog.percentile_disc(''{0.75,0.5,0.25}''::pg_catalog.float8[]) WITHIN GROUP (ORDER BY v.score)) AS limits FROM crmprob_v v), '
    'crmprob_r AS (SELECT pg_catalog.row_number() OVER (ORDER BY v.expected DESC NULLS LAST, v.score DESC NULLS LAST, v.amount DESC NULLS LAST, v.id COLLATE pg_catalog."C") AS rank, v.* '
    'FROM crmprob_v v ORDER BY rank LIMIT $8) '
    'SELECT r.rank, r.id, r.stage, r.amount, r.score, g.grade, r.expected, '
    'pg_catalog.floor(EXTRACT(epoch FROM $4 OPERATOR(pg_catalog.-) a.since) OPERATOR(pg_catalog./) 86400)::pg_catalog.int4, '
    'crmprob.is_stale(a.history, r.rot_after, $4), n.stage, ',
    CASE WHEN priorities.model IS NOT NULL AND priorities.actions IS NOT NULL
         THEN 'b.feature OPERATOR(pg_catalog.||) '' = '' OPERATOR(pg_catalog.||) b.value, b.gain, '
         ELSE 'NULL::pg_catalog.text, NULL::pg_catalog.float8, ' END,
    CASE WHEN priorities.model IS NOT NULL AND priorities.n_reasons OPERATOR(pg_catalog.>) 0
         THEN 'crmprob.reasons($1, r.features, $2) ' ELSE 'NULL::pg_catalog.text[] ' END,
    'FROM crmprob_r r CROSS JOIN crmprob_l l '
    -- one row of a history says as much about the age as the whole
    'CROSS JOIN LATERAL (SELECT COALESCE(r.history, (SELECT crmprob.opportunity_history(x.stage, x.since, NULL::pg_catalog.numeric, NULL::pg_catalog.date) '
    'FROM (VALUES (COALESCE(r.stage, ''1:open''::crmprob.stage), r.since)) x (stage, since) WHERE x.since IS NOT NULL)) AS history OFFSET 0) h '
    'CROSS JOIN LATERAL (SELECT h.history, crmprob.stage_since(h.history, $4) AS since) a '
    'CROSS JOIN LATERAL (SELECT ',
    CASE WHEN priorities.model IS NOT NULL AND priorities.grade_limits IS NULL THEN 'COALESCE(crmprob.grade($1, r.score), ' ELSE '(' END,
    'CASE WHEN r.score IS NOT NULL THEN pg_catalog.chr((65 OPERATOR(pg_catalog.+) pg_catalog.count(*) FILTER (WHERE r.score OPERATOR(pg_catalog.<) x.value))::pg_catalog.int4) END) AS grade '
    'FROM pg_catalog.unnest(l.limits) x (value)) g '
    'LEFT JOIN LATERAL (SELECT s.stage FROM crmprob.stages(r.definition) WITH ORDINALITY s (stage, at) '
    'JOIN crmprob.stages(r.definition) WITH ORDINALITY m (stage, at) ON s.at OPERATOR(pg_catalog.=) (m.at OPERATOR(pg_catalog.+) 1) '
    'WHERE crmprob.is_open(m.stage) AND crmprob.label(m.stage) OPERATOR(pg_catalog.=) crmprob.label(r.stage)) n ON true ',
    CASE WHEN priorities.model IS NOT NULL AND priorities.actions IS NOT NULL
         THEN 'LEFT JOIN LATERAL crmprob.next_best_action($1, r.features, $6) b ON true ' ELSE '' END,
    'ORDER BY r.rank')
    USING priorities.model, priorities.n_reasons, priorities.pipeline, priorities.as_of, priorities.rot_after,
          priorities.actions, priorities.grade_limits, priorities.k;
END $$;
COMMENT ON FUNCTION @extschema@.priorities(query text, model text, score_column text, id_column text, amount_column text, stage_column text, since_column text, history_column text, pipeline text, pipeline_column text, as_of timestamptz, rot_after interval, actions jsonb, n_reasons integer, grade_limits double precision[], k bigint) IS
  'the open deals of a query by expected value: score, grade, days in stage, stale or not, next stage, next best action, reasons';

CREATE FUNCTION @extschema@.shortlist(query text, model text DEFAULT NULL, score_column text DEFAULT 'score',
  id_column text DEFAULT 'id', min_probability double precision DEFAULT NULL, k bigint DEFAULT NULL,
  with_ties boolean DEFAULT false)
  RETURNS TABLE (rank bigint, id text, score double precision)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 200
  AS $$
DECLARE
  crmprob_r pg_catalog.record;
BEGIN
  IF shortlist.query IS NULL OR shortlist.id_column IS NULL OR shortlist.with_ties IS NULL
     OR (shortlist.model IS NULL AND shortlist.score_column IS NULL) THEN
    RAISE 'query, columns and with_ties of shortlist must not be null'
      USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Give the name of a model, or the column that holds the score.';
  END IF;
  IF NOT (shortlist.min_probability OPERATOR(pg_catalog.>=) 0 AND shortlist.min_probability OPERATOR(pg_catalog.<=) 1) THEN
    RAISE '"%" must be between 0 and 1', 'min_probability' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF shortlist.k OPERATOR(pg_catalog.<) 1 THEN
    RAISE '"%" must be at least 1', 'k' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR crmprob_r IN EXECUTE pg_catalog.format(
    'SELECT r.* FROM (SELECT s.id, s.score, pg_catalog.rank() OVER (ORDER BY s.score DESC) AS place, '
    'pg_catalog.row_number() OVER (ORDER BY s.score DESC, s.id COLLATE pg_catalog."C") AS number, '
    'pg_catalog.count(*) FILTER (WHERE NOT (s.score OPERATOR(pg_catalog.>=) 0 AND s.score OPERATOR(pg_catalog.<=) 1)) OVER () AS n_wrong '
    'FROM (SELECT crmprob_q.%1$I::pg_catalog.text AS id, %2$s::pg_catalog.float8 AS score FROM (%3$s) crmprob_q OFFSET 0) s '
    'WHERE s.score IS NOT NULL) r '
    'WHERE r.n_wrong OPERATOR(pg_catalog.>) 0 OR ((r.score OPERATOR(pg_catalog.>=) $2 OR $2 IS NULL) '
    'AND (CASE WHEN $4 THEN r.place ELSE r.number END OPERATOR(pg_catalog.<=) $3 OR $3 IS NULL)) ORDER BY r.number',
    shortlist.id_column,
    CASE WHEN shortlist.model IS NULL THEN pg_catalog.format('crmprob_q.%I', shortlist.score_column)
         ELSE 'crmprob.score($1, crmprob_q)' END,
    -- a comment at its end ends with the line
    pg_catalog.concat(pg_catalog.rtrim(shortlist.query, E' \t\r\n;'), E'\n'))
    USING shortlist.model, shortlist.min_probability, shortlist.k, shortlist.with_ties
  LOOP
    IF crmprob_r.n_wrong OPERATOR(pg_catalog.>) 0 THEN
      RAISE 'scores must be between 0 and 1'
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = pg_catalog.format('They are not in %s rows.', crmprob_r.n_wrong);
    END IF;
    rank := crmprob_r.place;
    id := crmprob_r.id;
    score := crmprob_r.score;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.shortlist(query text, model text, score_column text, id_column text, min_probability double precision, k bigint, with_ties boolean) IS
  'rows of a query from a probability on, or the k best, by the score of a model or a column; equal scores have the same rank';
-- assignment: which seller gets which deal.

CREATE FUNCTION @extschema@.assign_deals(deals text, sellers text, pairs text DEFAULT NULL,
  deal_column text DEFAULT 'deal', value_column text DEFAULT 'expected_value', score_column text DEFAULT NULL,
  owner_column text DEFAULT 'owner', seller_column text DEFAULT 'seller', capacity_column text DEFAULT 'capacity',
  factor_column text DEFAULT 'factor', probability_column text DEFAULT 'probability')
  RETURNS TABLE (deal text, seller text, expected_value numeric, present_owner text,
    present_expected_value numeric, within_capacity boolean)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS 'MODULE_PATHNAME', 'assign_deals';
COMMENT ON FUNCTION @extschema@.assign_deals(deals text, sellers text, pairs text, deal_column text, value_column text, score_column text, owner_column text, seller_column text, capacity_column text, factor_column text, probability_column text) IS
  'the assignment of deals to sellers, within their capacity, of the largest expected value, beside the present one';

CREATE FUNCTION @extschema@.assignment_summary(deals text, sellers text, pairs text DEFAULT NULL,
  deal_column text DEFAULT 'deal', value_column text DEFAULT 'expected_value', score_column text DEFAULT NULL,
  owner_column text DEFAULT 'owner', seller_column text DEFAULT 'seller', capacity_column text DEFAULT 'capacity',
  factor_column text DEFAULT 'factor', probability_column text DEFAULT 'probability',
  OUT n_deals bigint, OUT assigned bigint, OUT kept bigint, OUT expected_value numeric,
  OUT present_expected_value numeric, OUT gain numeric, OUT over_capacity bigint,
  OUT present_within_capacity numeric)
  RETURNS record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 1000000
BEGIN ATOMIC
  SELECT count(*), count(a.seller), count(*) FILTER (WHERE a.seller = a.present_owner),
         coalesce(sum(a.expected_value), 0), coalesce(sum(a.present_expected_value), 0),
         coalesce(sum(a.expected_value), 0) - coalesce(sum(a.present_expected_value), 0),
         count(*) FILTER (WHERE NOT a.within_capacity),
         coalesce(sum(a.present_expected_value) FILTER (WHERE a.within_capacity), 0)
    FROM @extschema@.assign_deals(assignment_summary.deals, assignment_summary.sellers, assignment_summary.pairs,
           assignment_summary.deal_column, assignment_summary.value_column, assignment_summary.score_column,
           assignment_summary.owner_column, assignment_summary.seller_column, assignment_summary.capacity_column,
           assignment_summary.factor_column, assignment_summary.probability_column) a;
END;
COMMENT ON FUNCTION @extschema@.assignment_summary(deals text, sellers text, pairs text, deal_column text, value_column text, score_column text, owner_column text, seller_column text, capacity_column text, factor_column text, probability_column text) IS
  'total of assign_deals against the present assignment: deals assigned and kept, expected value, gain, what is beyond capacity today';
-- lead: keys by which leads are known to be one, clusters, and classes.

CREATE FUNCTION @extschema@.email_key(email text, keep_tags boolean DEFAULT false, keep_dots boolean DEFAULT false) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'email_key';
COMMENT ON FUNCTION @extschema@.email_key(email text, keep_tags boolean, keep_dots boolean) IS
  'e-mail address in the form that addresses are compared in; NULL where it is none';

CREATE FUNCTION @extschema@.phone_key(phone text, country_code text DEFAULT NULL) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'phone_key';
COMMENT ON FUNCTION @extschema@.phone_key(phone text, country_code text) IS
  'telephone number as + and digits, national ones with the calling code given; NULL where it is none';

CREATE FUNCTION @extschema@.text_key(words text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'text_key';
COMMENT ON FUNCTION @extschema@.text_key(words text) IS
  'words of a text in lower case, of any script, with one space between; NULL without words';

CREATE FUNCTION @extschema@.person_key(name text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'person_key';
COMMENT ON FUNCTION @extschema@.person_key(name text) IS
  'name of a person without titles, words in order; NULL without words';

CREATE FUNCTION @extschema@.company_key(company text) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'company_key';
COMMENT ON FUNCTION @extschema@.company_key(company text) IS
  'name of a company without legal form, punctuation and spaces; NULL without words';

CREATE FUNCTION @extschema@.lead_keys(email text, phone text DEFAULT NULL, name text DEFAULT NULL,
  company text DEFAULT NULL, country_code text DEFAULT NULL) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 80
BEGIN ATOMIC
  SELECT pg_catalog.array_remove(ARRAY[
    'email:'::text OPERATOR(pg_catalog.||) @extschema@.email_key(lead_keys.email),
    'phone:'::text OPERATOR(pg_catalog.||) @extschema@.phone_key(lead_keys.phone, lead_keys.country_code),
    'name:'::text OPERATOR(pg_catalog.||) @extschema@.company_key(lead_keys.company)
      OPERATOR(pg_catalog.||) '|'::text OPERATOR(pg_catalog.||) @extschema@.person_key(lead_keys.name)], NULL::text);
END;
COMMENT ON FUNCTION @extschema@.lead_keys(email text, phone text, name text, company text, country_code text) IS
  'keys of a lead by which match_leads compares it, for an index or a look-up; empty where it has none';

CREATE FUNCTION @extschema@.match_leads(query text, country_code text DEFAULT NULL, max_shared integer DEFAULT 20,
  keep_tags boolean DEFAULT false, keep_dots boolean DEFAULT false)
  RETURNS TABLE (id text, cluster text, size integer, matched_by text[], ignored text[])
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS 'MODULE_PATHNAME', 'match_leads';
COMMENT ON FUNCTION @extschema@.match_leads(query text, country_code text, max_shared integer, keep_tags boolean, keep_dots boolean) IS
  'which leads of a query (id, email, phone, name and company) are one: the cluster bears its smallest id; ignored are keys of more than max_shared leads';

CREATE FUNCTION @extschema@.source_class(source text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 60
BEGIN ATOMIC
  SELECT CASE
    WHEN k.key IS NULL OR k.key OPERATOR(pg_catalog.=) ANY ('{unknown,none,null,na,n a}'::text[]) THEN 'unknown'
    WHEN k.words OPERATOR(pg_catalog.&&) '{referral,referred,referrals,recommendation,recommended,partner,partners,reseller,affiliate,affiliates,customer}'::text[] THEN 'referral'
    WHEN k.words OPERATOR(pg_catalog.&&) '{paid,ppc,cpc,cpm,ad,ads,adwords,advertising,advertisement,banner,display,retargeting,sponsored,publicity,publicities}'::text[] THEN 'paid'
    WHEN k.words OPERATOR(pg_catalog.&&) '{cold,outbound,prospecting,purchased,list,telemarketing}'::text[] THEN 'outbound'
    WHEN k.words OPERATOR(pg_catalog.&&) '{event,events,fair,tradeshow,conference,webinar,seminar,meetup}'::text[] THEN 'event'
    WHEN k.words OPERATOR(pg_catalog.&&) '{organic,direct,web,website,form,inbound,search,seo,blog,content,social,email,newsletter,chat,phone,call,demo,trial,download}'::text[] THEN 'inbound'
    ELSE 'other' END
    FROM (SELECT t.key, pg_catalog.string_to_array(t.key, ' '::text) AS words
            FROM (SELECT @extschema@.text_key(source_class.source) AS key) t) k;
END;
COMMENT ON FUNCTION @extschema@.source_class(source text) IS
  'class of a lead''s source by its words: referral, paid, outbound, event, inbound, other or unknown';

CREATE FUNCTION @extschema@.value_class(value numeric, medium_from numeric DEFAULT 1000, high_from numeric DEFAULT 10000) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'value_class';
COMMENT ON FUNCTION @extschema@.value_class(value numeric, medium_from numeric, high_from numeric) IS
  'low, medium or high by two limits, each the first of its class; unknown for NULL';

CREATE FUNCTION @extschema@.urgency_class(needed_in interval, urgent_within interval DEFAULT '7 days', soon_within interval DEFAULT '30 days') RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'urgency_class';
COMMENT ON FUNCTION @extschema@.urgency_class(needed_in interval, urgent_within interval, soon_within interval) IS
  'urgent, soon or later by two limits, each the last of its class; unknown for NULL';

CREATE FUNCTION @extschema@.classify_lead(source text, potential_value numeric, needed_in interval,
  medium_from numeric DEFAULT 1000, high_from numeric DEFAULT 10000,
  urgent_within interval DEFAULT '7 days', soon_within interval DEFAULT '30 days',
  OUT source_class text, OUT value_class text, OUT urgency_class text, OUT points integer, OUT class text)
  RETURNS record
  LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100
BEGIN ATOMIC
  SELECT s.source_class, s.value_class, s.urgency_class, s.points,
         CASE WHEN s.points OPERATOR(pg_catalog.>=) 4 THEN 'A' WHEN s.points OPERATOR(pg_catalog.=) 3 THEN 'B'
              WHEN s.points OPERATOR(pg_catalog.=) 2 THEN 'C' ELSE 'D' END
    FROM (SELECT c.source_class, c.value_class, c.urgency_class,
                 CASE c.value_class WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END
                 OPERATOR(pg_catalog.+) CASE c.urgency_class WHEN 'urgent' THEN 2 WHEN 'soon' THEN 1 ELSE 0 END
                 OPERATOR(pg_catalog.+) CASE WHEN c.source_class OPERATOR(pg_catalog.=) ANY ('{referral,inbound,event}'::text[])
                                        THEN 1 ELSE 0 END AS points
            FROM (SELECT @extschema@.source_class(classify_lead.source) AS source_class,
                         @extschema@.value_class(classify_lead.potential_value, classify_lead.medium_from, classify_lead.high_from) AS value_class,
                         @extschema@.urgency_class(classify_lead.needed_in, classify_lead.urgent_within, classify_lead.soon_within) AS urgency_class) c) s;
END;
COMMENT ON FUNCTION @extschema@.classify_lead(source text, potential_value numeric, needed_in interval, medium_from numeric, high_from numeric, urgent_within interval, soon_within interval) IS
  'classes of a lead by source, potential value and urgency, and A to D by their points';
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
-- affinity: which products are bought by the same customers.

CREATE TYPE @extschema@.affinity;

CREATE FUNCTION @extschema@.affinity_in(text cstring) RETURNS @extschema@.affinity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_in';
COMMENT ON FUNCTION @extschema@.affinity_in(text cstring) IS
  'text input: JSON object of min_support, baskets, products and pairs';

CREATE FUNCTION @extschema@.affinity_out(affinity @extschema@.affinity) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_out';
COMMENT ON FUNCTION @extschema@.affinity_out(affinity @extschema@.affinity) IS
  'text output';

CREATE FUNCTION @extschema@.affinity_recv(message internal) RETURNS @extschema@.affinity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_recv';
COMMENT ON FUNCTION @extschema@.affinity_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.affinity_send(affinity @extschema@.affinity) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_send';
COMMENT ON FUNCTION @extschema@.affinity_send(affinity @extschema@.affinity) IS
  'binary output';

CREATE TYPE @extschema@.affinity (
  INPUT = @extschema@.affinity_in,
  OUTPUT = @extschema@.affinity_out,
  RECEIVE = @extschema@.affinity_recv,
  SEND = @extschema@.affinity_send,
  ALIGNMENT = double,
  STORAGE = external
);
COMMENT ON TYPE @extschema@.affinity IS
  'customers by product and by pair of products';

CREATE FUNCTION @extschema@.affinity_eq(a @extschema@.affinity, b @extschema@.affinity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_eq';
COMMENT ON FUNCTION @extschema@.affinity_eq(a @extschema@.affinity, b @extschema@.affinity) IS
  'equal';

CREATE FUNCTION @extschema@.affinity_ne(a @extschema@.affinity, b @extschema@.affinity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_ne';
COMMENT ON FUNCTION @extschema@.affinity_ne(a @extschema@.affinity, b @extschema@.affinity) IS
  'not equal';

CREATE FUNCTION @extschema@.affinity_hash(affinity @extschema@.affinity) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_hash';
COMMENT ON FUNCTION @extschema@.affinity_hash(affinity @extschema@.affinity) IS
  'hash of an affinity';

CREATE FUNCTION @extschema@.affinity_hash_extended(affinity @extschema@.affinity, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_hash_extended';
COMMENT ON FUNCTION @extschema@.affinity_hash_extended(affinity @extschema@.affinity, seed bigint) IS
  'hash of an affinity with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.affinity_eq,
  LEFTARG = @extschema@.affinity, RIGHTARG = @extschema@.affinity,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.affinity, @extschema@.affinity) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.affinity_ne,
  LEFTARG = @extschema@.affinity, RIGHTARG = @extschema@.affinity,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.affinity, @extschema@.affinity) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.affinity_ops
  DEFAULT FOR TYPE @extschema@.affinity USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.affinity_hash(@extschema@.affinity),
  FUNCTION 2 @extschema@.affinity_hash_extended(@extschema@.affinity, bigint);
COMMENT ON OPERATOR CLASS @extschema@.affinity_ops USING hash IS
  'equality of affinity values';

CREATE FUNCTION @extschema@.jsonb(affinity @extschema@.affinity) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(affinity @extschema@.affinity) IS
  'as the text form';

CREATE CAST (@extschema@.affinity AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.affinity);
COMMENT ON CAST (@extschema@.affinity AS jsonb) IS
  'as the text form';

CREATE FUNCTION @extschema@.affinity_add(state internal, customer bigint, product text) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_add_bigint';
COMMENT ON FUNCTION @extschema@.affinity_add(state internal, customer bigint, product text) IS
  'transition of affinity';

CREATE FUNCTION @extschema@.affinity_add(state internal, customer bigint, product text, min_support integer) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_add_bigint';
COMMENT ON FUNCTION @extschema@.affinity_add(state internal, customer bigint, product text, min_support integer) IS
  'transition of affinity';

CREATE FUNCTION @extschema@.affinity_add(state internal, customer uuid, product text) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_add_uuid';
COMMENT ON FUNCTION @extschema@.affinity_add(state internal, customer uuid, product text) IS
  'transition of affinity';

CREATE FUNCTION @extschema@.affinity_add(state internal, customer uuid, product text, min_support integer) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_add_uuid';
COMMENT ON FUNCTION @extschema@.affinity_add(state internal, customer uuid, product text, min_support integer) IS
  'transition of affinity';

CREATE FUNCTION @extschema@.affinity_add(state internal, customer text, product text) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_add_text';
COMMENT ON FUNCTION @extschema@.affinity_add(state internal, customer text, product text) IS
  'transition of affinity';

CREATE FUNCTION @extschema@.affinity_add(state internal, customer text, product text, min_support integer) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_add_text';
COMMENT ON FUNCTION @extschema@.affinity_add(state internal, customer text, product text, min_support integer) IS
  'transition of affinity';

CREATE FUNCTION @extschema@.affinity_final(state internal) RETURNS @extschema@.affinity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_collect_final';
COMMENT ON FUNCTION @extschema@.affinity_final(state internal) IS
  'affinity of the rows collected';

CREATE AGGREGATE @extschema@.affinity(customer bigint, product text) (
  SFUNC = @extschema@.affinity_add,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.affinity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity(customer bigint, product text) IS
  'all pairs of products that customers have; a product counts once a customer';

CREATE AGGREGATE @extschema@.affinity(customer bigint, product text, min_support integer) (
  SFUNC = @extschema@.affinity_add,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.affinity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity(customer bigint, product text, min_support integer) IS
  'pairs of products that at least min_support customers have; a product counts once a customer';

CREATE AGGREGATE @extschema@.affinity(customer uuid, product text) (
  SFUNC = @extschema@.affinity_add,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.affinity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity(customer uuid, product text) IS
  'all pairs of products that customers have; a product counts once a customer';

CREATE AGGREGATE @extschema@.affinity(customer uuid, product text, min_support integer) (
  SFUNC = @extschema@.affinity_add,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.affinity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity(customer uuid, product text, min_support integer) IS
  'pairs of products that at least min_support customers have; a product counts once a customer';

CREATE AGGREGATE @extschema@.affinity(customer text, product text) (
  SFUNC = @extschema@.affinity_add,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.affinity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity(customer text, product text) IS
  'all pairs of products that customers have; a product counts once a customer';

CREATE AGGREGATE @extschema@.affinity(customer text, product text, min_support integer) (
  SFUNC = @extschema@.affinity_add,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = @extschema@.affinity_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity(customer text, product text, min_support integer) IS
  'pairs of products that at least min_support customers have; a product counts once a customer';

CREATE FUNCTION @extschema@.affinity_merge(state @extschema@.affinity, other @extschema@.affinity) RETURNS @extschema@.affinity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_merge';
COMMENT ON FUNCTION @extschema@.affinity_merge(state @extschema@.affinity, other @extschema@.affinity) IS
  'counts of different customers added up';

CREATE AGGREGATE @extschema@.rollup(affinity @extschema@.affinity) (
  SFUNC = @extschema@.affinity_merge,
  STYPE = @extschema@.affinity,
  SSPACE = 65536,
  COMBINEFUNC = @extschema@.affinity_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(affinity @extschema@.affinity) IS
  'affinities of different customers in one; those with a minimum support cannot be added up';

CREATE FUNCTION @extschema@.baskets(affinity @extschema@.affinity) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'affinity_baskets';
COMMENT ON FUNCTION @extschema@.baskets(affinity @extschema@.affinity) IS
  'how many customers';

CREATE FUNCTION @extschema@.products(affinity @extschema@.affinity) RETURNS TABLE (product text, n bigint, support double precision)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 500
  AS 'MODULE_PATHNAME', 'affinity_products';
COMMENT ON FUNCTION @extschema@.products(affinity @extschema@.affinity) IS
  'products, how many customers have each, and their share';

CREATE FUNCTION @extschema@.pairs(affinity @extschema@.affinity, min_support bigint DEFAULT 1)
  RETURNS TABLE (product_a text, product_b text, n bigint, support double precision, confidence double precision, lift double precision)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10000
  AS 'MODULE_PATHNAME', 'affinity_pairs';
COMMENT ON FUNCTION @extschema@.pairs(affinity @extschema@.affinity, min_support bigint) IS
  'for each pair in both directions: how many customers have both, their share of all and of those who have a, and how much oftener than by chance';

CREATE FUNCTION @extschema@.recommend(affinity @extschema@.affinity, owned text[], k integer, consent boolean,
  min_support bigint DEFAULT 1, min_lift double precision DEFAULT 1)
  RETURNS TABLE (rank integer, product text, because text, n bigint, confidence double precision, lift double precision)
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 5
  AS 'MODULE_PATHNAME', 'affinity_recommend';
COMMENT ON FUNCTION @extschema@.recommend(affinity @extschema@.affinity, owned text[], k integer, consent boolean, min_support bigint, min_lift double precision) IS
  'the k best products to offer to the owner of others, and because of which; no row unless consent is true';
-- satisfaction: csat as a proportion, the net promoter score as a value.

CREATE TYPE @extschema@.nps;

CREATE FUNCTION @extschema@.nps_in(text cstring) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_in';
COMMENT ON FUNCTION @extschema@.nps_in(text cstring) IS
  'text input: a JSON object of three counts';

CREATE FUNCTION @extschema@.nps_out(nps @extschema@.nps) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_out';
COMMENT ON FUNCTION @extschema@.nps_out(nps @extschema@.nps) IS
  'text output';

CREATE FUNCTION @extschema@.nps_recv(message internal) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_recv';
COMMENT ON FUNCTION @extschema@.nps_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.nps_send(nps @extschema@.nps) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_send';
COMMENT ON FUNCTION @extschema@.nps_send(nps @extschema@.nps) IS
  'binary output';

CREATE TYPE @extschema@.nps (
  INPUT = @extschema@.nps_in,
  OUTPUT = @extschema@.nps_out,
  RECEIVE = @extschema@.nps_recv,
  SEND = @extschema@.nps_send,
  INTERNALLENGTH = 32,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.nps IS
  'net promoter score: how many promoters, passives and detractors';

CREATE FUNCTION @extschema@.nps_eq(a @extschema@.nps, b @extschema@.nps) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_eq';
COMMENT ON FUNCTION @extschema@.nps_eq(a @extschema@.nps, b @extschema@.nps) IS
  'equal';

CREATE FUNCTION @extschema@.nps_ne(a @extschema@.nps, b @extschema@.nps) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_ne';
COMMENT ON FUNCTION @extschema@.nps_ne(a @extschema@.nps, b @extschema@.nps) IS
  'not equal';

CREATE FUNCTION @extschema@.nps_hash(nps @extschema@.nps) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_hash';
COMMENT ON FUNCTION @extschema@.nps_hash(nps @extschema@.nps) IS
  'hash of a net promoter score';

CREATE FUNCTION @extschema@.nps_hash_extended(nps @extschema@.nps, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_hash_extended';
COMMENT ON FUNCTION @extschema@.nps_hash_extended(nps @extschema@.nps, seed bigint) IS
  'hash of a net promoter score with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.nps_eq,
  LEFTARG = @extschema@.nps, RIGHTARG = @extschema@.nps,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.nps, @extschema@.nps) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.nps_ne,
  LEFTARG = @extschema@.nps, RIGHTARG = @extschema@.nps,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.nps, @extschema@.nps) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.nps_ops
  DEFAULT FOR TYPE @extschema@.nps USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.nps_hash(@extschema@.nps),
  FUNCTION 2 @extschema@.nps_hash_extended(@extschema@.nps, bigint);
COMMENT ON OPERATOR CLASS @extschema@.nps_ops USING hash IS
  'equality of net promoter scores';

CREATE FUNCTION @extschema@.jsonb(nps @extschema@.nps) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(nps @extschema@.nps) IS
  'net promoter score as an object: promoters, passives, detractors, value (with answers only)';

CREATE CAST (@extschema@.nps AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.nps);
COMMENT ON CAST (@extschema@.nps AS jsonb) IS
  'net promoter score as an object: promoters, passives, detractors, value (with answers only)';

CREATE FUNCTION @extschema@.make_nps(promoters bigint, passives bigint, detractors bigint) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_make';
COMMENT ON FUNCTION @extschema@.make_nps(promoters bigint, passives bigint, detractors bigint) IS
  'net promoter score of these counts';

CREATE FUNCTION @extschema@.nps_accum(state @extschema@.nps, rating double precision) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_accum';
COMMENT ON FUNCTION @extschema@.nps_accum(state @extschema@.nps, rating double precision) IS
  'transition function of nps(double precision)';

CREATE FUNCTION @extschema@.nps_combine(state @extschema@.nps, other @extschema@.nps) RETURNS @extschema@.nps
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_combine';
COMMENT ON FUNCTION @extschema@.nps_combine(state @extschema@.nps, other @extschema@.nps) IS
  'sum of two net promoter scores: transition of rollup, combine function of both';

CREATE AGGREGATE @extschema@.nps(rating double precision) (
  SFUNC = @extschema@.nps_accum,
  STYPE = @extschema@.nps,
  SSPACE = 32,
  COMBINEFUNC = @extschema@.nps_combine,
  INITCOND = '{"promoters":0,"passives":0,"detractors":0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.nps(rating double precision) IS
  'net promoter score of answers from 0 to 10; NULL rows are skipped';

CREATE AGGREGATE @extschema@.rollup(nps @extschema@.nps) (
  SFUNC = @extschema@.nps_combine,
  STYPE = @extschema@.nps,
  SSPACE = 32,
  COMBINEFUNC = @extschema@.nps_combine,
  INITCOND = '{"promoters":0,"passives":0,"detractors":0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(nps @extschema@.nps) IS
  'net promoter score of all answers together';

CREATE FUNCTION @extschema@.promoters(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_promoters';
COMMENT ON FUNCTION @extschema@.promoters(nps @extschema@.nps) IS
  'answers of 9 and 10';

CREATE FUNCTION @extschema@.passives(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_passives';
COMMENT ON FUNCTION @extschema@.passives(nps @extschema@.nps) IS
  'answers of 7 and 8';

CREATE FUNCTION @extschema@.detractors(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_detractors';
COMMENT ON FUNCTION @extschema@.detractors(nps @extschema@.nps) IS
  'answers from 0 to 6';

CREATE FUNCTION @extschema@.answers(nps @extschema@.nps) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_answers';
COMMENT ON FUNCTION @extschema@.answers(nps @extschema@.nps) IS
  'all answers of a net promoter score';

CREATE FUNCTION @extschema@.net_score(nps @extschema@.nps) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_value';
COMMENT ON FUNCTION @extschema@.net_score(nps @extschema@.nps) IS
  '(promoters - detractors) / answers x 100; NULL without answers';

CREATE FUNCTION @extschema@.net_score_low(nps @extschema@.nps, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_low';
COMMENT ON FUNCTION @extschema@.net_score_low(nps @extschema@.nps, level double precision) IS
  'lower score limit at a confidence level, in points; NULL without answers';

CREATE FUNCTION @extschema@.net_score_high(nps @extschema@.nps, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_high';
COMMENT ON FUNCTION @extschema@.net_score_high(nps @extschema@.nps, level double precision) IS
  'upper score limit at a confidence level, in points; NULL without answers';

CREATE FUNCTION @extschema@.net_score_test(
  a @extschema@.nps,
  b @extschema@.nps,
  OUT difference double precision,
  OUT z double precision,
  OUT p_value double precision,
  OUT low double precision,
  OUT high double precision
) RETURNS record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'nps_test';
COMMENT ON FUNCTION @extschema@.net_score_test(a @extschema@.nps, b @extschema@.nps) IS
  'difference b - a in points with pooled z, two-sided p-value and 95 % limits';

CREATE FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_accum';
COMMENT ON FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision) IS
  'transition function of csat(double precision)';

CREATE FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision, scale integer, top integer) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_accum_scale';
COMMENT ON FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision, scale integer, top integer) IS
  'transition function of csat(double precision, integer, integer)';

CREATE AGGREGATE @extschema@.csat(rating double precision) (
  SFUNC = @extschema@.csat_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.csat(rating double precision) IS
  'share of satisfied answers: 4 and 5 of ratings from 1 to 5; NULL rows are skipped';

CREATE AGGREGATE @extschema@.csat(rating double precision, scale integer, top integer) (
  SFUNC = @extschema@.csat_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.csat(rating double precision, scale integer, top integer) IS
  'share of answers among the top ratings of a scale from 1; rows with a NULL are skipped';
-- care: who is due a greeting, a check-in or an offer.

CREATE FUNCTION @extschema@.care_list(
  query text,
  customer text,
  consent text,
  on_date date,
  days_ahead integer DEFAULT 0,
  birthday text DEFAULT NULL,
  anniversary text DEFAULT NULL,
  last_contact text DEFAULT NULL,
  check_in_after integer DEFAULT NULL,
  offer text DEFAULT NULL,
  holidays text DEFAULT NULL,
  holiday_group text DEFAULT NULL
) RETURNS TABLE (due date, kind text, customer text, occasion text, years integer, overdue integer)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100
  AS 'MODULE_PATHNAME', 'care_list';
COMMENT ON FUNCTION @extschema@.care_list(query text, customer text, consent text, on_date date, days_ahead integer, birthday text, anniversary text, last_contact text, check_in_after integer, offer text, holidays text, holiday_group text) IS
  'who of a query''s customers is due a birthday or anniversary greeting, a holiday''s, a check-in or an offer, on a day and some days ahead; only where consent is true';
-- amount_estimation: what a deal may be worth, by experience, market and like cases.

CREATE FUNCTION @extschema@.estimate_amount(past text, deals text, k integer DEFAULT 10, level double precision DEFAULT 0.8)
  RETURNS TABLE (id text, method text, estimate numeric, low numeric, high numeric, n bigint)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 300
  AS 'MODULE_PATHNAME', 'estimate_amount';
COMMENT ON FUNCTION @extschema@.estimate_amount(past text, deals text, k integer, level double precision) IS
  'amounts that the deals of a query may have, from past ones of another: by the seller''s own figure and record, by segment, by the k past deals most like it';

CREATE FUNCTION @extschema@.estimate_bias(past text)
  RETURNS TABLE (seller text, n bigint, bias double precision, error double precision, shrunk_bias double precision, is_factor boolean)
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20
  AS 'MODULE_PATHNAME', 'estimate_bias';
COMMENT ON FUNCTION @extschema@.estimate_bias(past text) IS
  'how sellers'' own figures compared to realised amounts: as a factor and its logarithmic error where all are positive, else as a difference';
-- customer_profile: one row per customer, from the user's own tables.

CREATE FUNCTION @extschema@.lifecycle_stage(probability_alive double precision, days_since_first integer,
  new_within integer DEFAULT 30, active_from double precision DEFAULT 0.75,
  at_risk_from double precision DEFAULT 0.5, lapsed_from double precision DEFAULT 0.25) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'customer_profile_lifecycle_stage';
COMMENT ON FUNCTION @extschema@.lifecycle_stage(probability_alive double precision, days_since_first integer, new_within integer, active_from double precision, at_risk_from double precision, lapsed_from double precision) IS
  'stage of life of a customer: new, active, at risk, lapsed or lost';

CREATE FUNCTION @extschema@.day_of(name text, type regtype, zone text) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE day_of.type
    WHEN 'date'::regtype THEN format('crmprob_q.%I', day_of.name)
    WHEN 'timestamp'::regtype THEN format('crmprob_q.%I::pg_catalog.date', day_of.name)
    WHEN 'timestamptz'::regtype THEN format('(crmprob_q.%I AT TIME ZONE %L)::pg_catalog.date', day_of.name, day_of.zone)
    END;
END;
COMMENT ON FUNCTION @extschema@.day_of(name text, type regtype, zone text) IS
  'SQL text of the day of a column of the row crmprob_q; NULL where its type has none';

CREATE FUNCTION @extschema@.customer_profile(customers text, purchases text, as_of date DEFAULT CURRENT_DATE,
  customer_column text DEFAULT 'customer', day_column text DEFAULT 'day', amount_column text DEFAULT 'amount',
  product_column text DEFAULT NULL, joined_column text DEFAULT NULL, zone text DEFAULT 'UTC',
  model @extschema@.clv_model DEFAULT NULL, spend @extschema@.clv_model DEFAULT NULL,
  unit interval DEFAULT interval '7 days', horizon interval DEFAULT interval '1 year',
  annual_discount double precision DEFAULT 0, margin double precision DEFAULT 1,
  new_within integer DEFAULT 30, active_from double precision DEFAULT 0.75,
  at_risk_from double precision DEFAULT 0.5, lapsed_from double precision DEFAULT 0.25)
  RETURNS TABLE (customer text, tenure integer, n_purchases integer, first_day date, last_day date,
    days_since_last integer, frequency integer, recency integer, monetary_value numeric,
    average_order_value numeric, total numeric, favourite_product text,
    recency_score integer, frequency_score integer, monetary_score integer, segment text,
    probability_alive double precision, churn_risk double precision, expected_purchases double precision,
    clv double precision, value_if_alive double precision, lifecycle_stage text, pattern @extschema@.rfm)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS $$
DECLARE
  crmprob_purchases pg_catalog.text;
  crmprob_customers pg_catalog.text;
  crmprob_day pg_catalog.text;
  crmprob_joined pg_catalog.text := 'NULL::pg_catalog.date';
BEGIN
  IF customer_profile.purchases IS NULL OR customer_profile.as_of IS NULL OR customer_profile.customer_column IS NULL
     OR customer_profile.day_column IS NULL OR customer_profile.zone IS NULL OR customer_profile.unit IS NULL THEN
    RAISE 'purchases, as_of, customer_column, day_column, zone and unit of customer_profile must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  -- a comment at its end ends with the line
  crmprob_purchases := pg_catalog.concat(pg_catalog.rtrim(customer_profile.purchases, E' \t\r\n;'), E'\n');
  crmprob_customers := pg_catalog.concat(pg_catalog.rtrim(customer_profile.customers, E' \t\r\n;'), E'\n');
  SELECT crmprob.day_of(c.name, c.type, customer_profile.zone) INTO crmprob_day
    FROM crmprob.query_columns(customer_profile.purchases) c
   WHERE c.name OPERATOR(pg_catalog.=) customer_profile.day_column;
  IF crmprob_day IS NULL THEN
    RAISE 'purchases of customer_profile have no column "%" that is a date or a time', customer_profile.day_column
      USING ERRCODE = 'undefined_column', HINT = 'Name the column with day_column.';
  END IF;
  IF customer_profile.customers IS NOT NULL AND customer_profile.joined_column IS NOT NULL THEN
    SELECT crmprob.day_of(c.name, c.type, customer_profile.zone) INTO crmprob_joined
      FROM crmprob.query_columns(customer_profile.customers) c
     WHERE c.name OPERATOR(pg_catalog.=) customer_profile.joined_column;
    IF crmprob_joined IS NULL THEN
      RAISE 'customers of customer_profile have no column "%" that is a date or a time', customer_profile.joined_column
        USING ERRCODE = 'undefined_column', HINT = 'Name the column with joined_column.';
    END IF;
  END IF;
  RETURN QUERY EXECUTE pg_catalog.concat(
    pg_catalog.format(
      'WITH crmprob_p AS (SELECT crmprob_q.%1$I::pg_catalog.text COLLATE pg_catalog."C" AS customer, %2$s AS day, %3$s::pg_catalog.numeric AS amount, '
      '%4$s::pg_catalog.text COLLATE pg_catalog."C" AS product FROM (%5$s) crmprob_q), ',
      customer_profile.customer_column, crmprob_day,
      CASE WHEN customer_profile.amount_column IS NULL THEN 'NULL' ELSE pg_catalog.format('crmprob_q.%I', customer_profile.amount_column) END,
      CASE WHEN customer_profile.product_column IS NULL THEN 'NULL' ELSE pg_catalog.format('crmprob_q.%I', customer_profile.product_column) END,
      crmprob_purchases),
    'crmprob_r AS (SELECT h.customer, h.history, crmprob.rfm(h.history, $1, COALESCE(crmprob.unit($2), crmprob.unit($3), $4)) AS pattern '
    'FROM (SELECT p.customer, crmprob.purchase_history(p.day, p.amount) AS history FROM crmprob_p p '
    'WHERE p.customer IS NOT NULL AND p.day OPERATOR(pg_catalog.<=) $1 GROUP BY p.customer) h), '
    -- keys compare as bytes; what the fits need comes first, so that a profile of too few is one without models
    'crmprob_e AS (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 AND pg_catalog.max(crmprob.frequency(r.pattern)) OPERATOR(pg_catalog.>) 0 AS purchases, '
    'pg_catalog.count(*) FILTER (WHERE crmprob.monetary_value(r.pattern) OPERATOR(pg_catalog.>) 0) OPERATOR(pg_catalog.>) 1 AS spend FROM crmprob_r r), '
    'crmprob_m AS (SELECT COALESCE($2, crmprob.fit_clv(''mbg_nbd'', r.pattern) FILTER (WHERE e.purchases AND $2 IS NULL)) AS model, '
    'COALESCE($3, crmprob.fit_clv(''gamma_gamma'', r.pattern) FILTER (WHERE e.spend AND $3 IS NULL '
    'AND crmprob.monetary_value(r.pattern) OPERATOR(pg_catalog.>) 0)) AS spend FROM crmprob_r r CROSS JOIN crmprob_e e), ',
    CASE WHEN customer_profile.product_column IS NOT NULL THEN
      'crmprob_f AS (SELECT DISTINCT ON (g.customer) g.customer, g.product FROM ('
      'SELECT p.customer, p.product, pg_catalog.count(DISTINCT p.day) AS days, pg_catalog.sum(p.amount) AS money FROM crmprob_p p '
      'WHERE p.customer IS NOT NULL AND p.product IS NOT NULL AND p.day OPERATOR(pg_catalog.<=) $1 GROUP BY p.customer, p.product) g '
      'ORDER BY g.customer, g.days DESC, g.money DESC NULLS LAST, g.product), '
    ELSE 'crmprob_f AS (SELECT NULL::pg_catalog.text AS customer, NULL::pg_catalog.text AS product WHERE false), ' END,
    'crmprob_s AS (SELECT r.customer, r.history, r.pattern, m.model, m.spend, '
    'crmprob.first_day(r.history) AS first_day, crmprob.last_day(r.history) AS last_day, '
    'crmprob.probability_alive(m.model, r.pattern) AS alive, '
    'crmprob.lifetime_value(m.model, m.spend, r.pattern, $5, $6, $7) AS clv, '
    'crmprob.quantile_score() OVER (ORDER BY crmprob.last_day(r.history)) AS r_score, '
    'crmprob.quantile_score() OVER (ORDER BY crmprob.purchases(r.history)) AS f_score, '
    'crmprob.quantile_score() OVER (ORDER BY COALESCE(crmprob.total(r.history), 0)) AS m_score '
    'FROM crmprob_r r CROSS JOIN crmprob_m m)',
    CASE WHEN customer_profile.customers IS NOT NULL THEN
      pg_catalog.format(', crmprob_c AS (SELECT q.customer, pg_catalog.min(q.joined) AS joined FROM ('
      'SELECT crmprob_q.%1$I::pg_catalog.text COLLATE pg_catalog."C" AS customer, %2$s AS joined FROM (%3$s) crmprob_q) q '
      'WHERE q.customer IS NOT NULL GROUP BY q.customer) ',
      customer_profile.customer_column, crmprob_joined, crmprob_customers)
    ELSE ', crmprob_c AS (SELECT s.customer, NULL::pg_catalog.date AS joined FROM crmprob_s s) ' END,
    'SELECT c.customer, $1 OPERATOR(pg_catalog.-) COALESCE(c.joined, s.first_day), '
    'COALESCE(crmprob.purchases(s.history), 0), s.first_day, s.last_day, $1 OPERATOR(pg_catalog.-) s.last_day, '
    'crmprob.frequency(s.pattern), s.last_day OPERATOR(pg_catalog.-) s.first_day, crmprob.monetary_value(s.pattern), '
    'pg_catalog.trim_scale(crmprob.average_order_value(s.history, $1)), crmprob.total(s.history), f.product, '
    's.r_score, s.f_score, s.m_score, crmprob.rfm_segment(s.r_score, s.f_score, s.m_score), '
    's.alive, 1 OPERATOR(pg_catalog.-) s.alive, crmprob.expected_purchases(s.model, s.pattern, $5), s.clv, '
    'CASE WHEN s.alive OPERATOR(pg_catalog.>) 0 THEN s.clv OPERATOR(pg_catalog./) s.alive END, '
    'crmprob.lifecycle_stage(s.alive, $1 OPERATOR(pg_catalog.-) s.first_day, $8, $9, $10, $11), s.pattern '
    'FROM crmprob_c c LEFT JOIN crmprob_s s ON s.customer OPERATOR(pg_catalog.=) c.customer '
    'LEFT JOIN crmprob_f f ON f.customer OPERATOR(pg_catalog.=) c.customer')
    USING customer_profile.as_of, customer_profile.model, customer_profile.spend, customer_profile.unit,
          customer_profile.horizon, customer_profile.annual_discount, customer_profile.margin,
          customer_profile.new_within, customer_profile.active_from, customer_profile.at_risk_from, customer_profile.lapsed_from;
END $$;
COMMENT ON FUNCTION @extschema@.customer_profile(customers text, purchases text, as_of date, customer_column text, day_column text, amount_column text, product_column text, joined_column text, zone text, model @extschema@.clv_model, spend @extschema@.clv_model, unit interval, horizon interval, annual_discount double precision, margin double precision, new_within integer, active_from double precision, at_risk_from double precision, lapsed_from double precision) IS
  'one row per customer: recency, frequency, money, tenure, favourite product, segment, probability of being alive, lifetime value, churn risk, stage of life';
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
