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
    crmprob.query_text('cac_by_channel', cac_by_channel.costs),
    crmprob.query_text('cac_by_channel', cac_by_channel.customers));
END $$;
COMMENT ON FUNCTION @extschema@.cac_by_channel(costs text, customers text) IS
  'customer acquisition cost by channel, cheapest first, and in all: from a query of (channel, cost) and one of (channel, new customers)';
