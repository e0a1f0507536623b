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
