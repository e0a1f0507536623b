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
