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
    crmprob.query_text('at_risk', at_risk.query))
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
