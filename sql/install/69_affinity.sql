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
