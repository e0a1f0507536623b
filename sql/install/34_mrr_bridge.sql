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
