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
