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
  crmprob_purchases := crmprob.query_text('customer_profile', customer_profile.purchases);
  crmprob_customers := crmprob.query_text('customer_profile', customer_profile.customers);
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
