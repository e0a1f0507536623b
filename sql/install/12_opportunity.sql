-- opportunity: one sales opportunity as a value.

CREATE TYPE @extschema@.opportunity;

CREATE FUNCTION @extschema@.opportunity_in(text cstring) RETURNS @extschema@.opportunity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_in';
COMMENT ON FUNCTION @extschema@.opportunity_in(text cstring) IS
  'text input: a JSON object with the arguments of make_opportunity as keys';

CREATE FUNCTION @extschema@.opportunity_out(opportunity @extschema@.opportunity) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_out';
COMMENT ON FUNCTION @extschema@.opportunity_out(opportunity @extschema@.opportunity) IS
  'text output';

CREATE FUNCTION @extschema@.opportunity_recv(message internal) RETURNS @extschema@.opportunity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_recv';
COMMENT ON FUNCTION @extschema@.opportunity_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.opportunity_send(opportunity @extschema@.opportunity) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_send';
COMMENT ON FUNCTION @extschema@.opportunity_send(opportunity @extschema@.opportunity) IS
  'binary output';

CREATE TYPE @extschema@.opportunity (
  INPUT = @extschema@.opportunity_in,
  OUTPUT = @extschema@.opportunity_out,
  RECEIVE = @extschema@.opportunity_recv,
  SEND = @extschema@.opportunity_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.opportunity IS
  'sales opportunity: stage, amount, dates, probability, people and feedback';

CREATE FUNCTION @extschema@.opportunity_eq(a @extschema@.opportunity, b @extschema@.opportunity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_eq';
COMMENT ON FUNCTION @extschema@.opportunity_eq(a @extschema@.opportunity, b @extschema@.opportunity) IS
  'equal';

CREATE FUNCTION @extschema@.opportunity_ne(a @extschema@.opportunity, b @extschema@.opportunity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_ne';
COMMENT ON FUNCTION @extschema@.opportunity_ne(a @extschema@.opportunity, b @extschema@.opportunity) IS
  'not equal';

CREATE FUNCTION @extschema@.opportunity_hash(opportunity @extschema@.opportunity) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_hash';
COMMENT ON FUNCTION @extschema@.opportunity_hash(opportunity @extschema@.opportunity) IS
  'hash of an opportunity';

CREATE FUNCTION @extschema@.opportunity_hash_extended(opportunity @extschema@.opportunity, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_hash_extended';
COMMENT ON FUNCTION @extschema@.opportunity_hash_extended(opportunity @extschema@.opportunity, seed bigint) IS
  'hash of an opportunity with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.opportunity_eq,
  LEFTARG = @extschema@.opportunity, RIGHTARG = @extschema@.opportunity,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.opportunity, @extschema@.opportunity) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.opportunity_ne,
  LEFTARG = @extschema@.opportunity, RIGHTARG = @extschema@.opportunity,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.opportunity, @extschema@.opportunity) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.opportunity_ops
  DEFAULT FOR TYPE @extschema@.opportunity USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.opportunity_hash(@extschema@.opportunity),
  FUNCTION 2 @extschema@.opportunity_hash_extended(@extschema@.opportunity, bigint);
COMMENT ON OPERATOR CLASS @extschema@.opportunity_ops USING hash IS
  'equality of opportunities';

CREATE FUNCTION @extschema@.jsonb(opportunity @extschema@.opportunity) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(opportunity @extschema@.opportunity) IS
  'opportunity as an object; keys of fields that are not known are left out';

CREATE CAST (@extschema@.opportunity AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.opportunity);
COMMENT ON CAST (@extschema@.opportunity AS jsonb) IS
  'opportunity as an object; keys of fields that are not known are left out';

CREATE FUNCTION @extschema@.make_opportunity(
  stage @extschema@.stage,
  amount numeric DEFAULT NULL,
  created_at timestamptz DEFAULT NULL,
  close_date date DEFAULT NULL,
  probability double precision DEFAULT NULL,
  modified_at timestamptz DEFAULT NULL,
  owner text DEFAULT NULL,
  customer text DEFAULT NULL,
  product text DEFAULT NULL,
  feedback text DEFAULT NULL
) RETURNS @extschema@.opportunity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_make';
COMMENT ON FUNCTION @extschema@.make_opportunity(stage @extschema@.stage, amount numeric, created_at timestamptz, close_date date, probability double precision, modified_at timestamptz, owner text, customer text, product text, feedback text) IS
  'opportunity of these fields; NULL is a field that is not known';

CREATE FUNCTION @extschema@.stage(opportunity @extschema@.opportunity) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_stage';
COMMENT ON FUNCTION @extschema@.stage(opportunity @extschema@.opportunity) IS
  'stage of an opportunity';

CREATE FUNCTION @extschema@.amount(opportunity @extschema@.opportunity) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_amount';
COMMENT ON FUNCTION @extschema@.amount(opportunity @extschema@.opportunity) IS
  'amount of an opportunity';

CREATE FUNCTION @extschema@.created_at(opportunity @extschema@.opportunity) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_created_at';
COMMENT ON FUNCTION @extschema@.created_at(opportunity @extschema@.opportunity) IS
  'when an opportunity was created';

CREATE FUNCTION @extschema@.close_date(opportunity @extschema@.opportunity) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_close_date';
COMMENT ON FUNCTION @extschema@.close_date(opportunity @extschema@.opportunity) IS
  'expected or actual close date of an opportunity';

CREATE FUNCTION @extschema@.probability(opportunity @extschema@.opportunity) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_probability';
COMMENT ON FUNCTION @extschema@.probability(opportunity @extschema@.opportunity) IS
  'probability of winning an opportunity';

CREATE FUNCTION @extschema@.modified_at(opportunity @extschema@.opportunity) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_modified_at';
COMMENT ON FUNCTION @extschema@.modified_at(opportunity @extschema@.opportunity) IS
  'when an opportunity was last modified';

CREATE FUNCTION @extschema@.owner(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_owner';
COMMENT ON FUNCTION @extschema@.owner(opportunity @extschema@.opportunity) IS
  'owner of an opportunity';

CREATE FUNCTION @extschema@.customer(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_customer';
COMMENT ON FUNCTION @extschema@.customer(opportunity @extschema@.opportunity) IS
  'customer of an opportunity';

CREATE FUNCTION @extschema@.product(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_product';
COMMENT ON FUNCTION @extschema@.product(opportunity @extschema@.opportunity) IS
  'product of an opportunity';

CREATE FUNCTION @extschema@.feedback(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_feedback';
COMMENT ON FUNCTION @extschema@.feedback(opportunity @extschema@.opportunity) IS
  'feedback on an opportunity';

CREATE FUNCTION @extschema@.expected_value(opportunity @extschema@.opportunity) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_expected_value';
COMMENT ON FUNCTION @extschema@.expected_value(opportunity @extschema@.opportunity) IS
  'amount x probability to 4 decimals; won counts 1, lost 0';

CREATE FUNCTION @extschema@.category(opportunity @extschema@.opportunity, pipeline @extschema@.pipeline) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_category';
COMMENT ON FUNCTION @extschema@.category(opportunity @extschema@.opportunity, pipeline @extschema@.pipeline) IS
  'potential, in_follow_up, solid_case, won or closed_lost';
