-- The Monday list: which deals or customers first, and why.

CREATE FUNCTION @extschema@.priorities(
  query text,
  model text,
  key name,
  amount name DEFAULT NULL,
  entered_at name DEFAULT NULL,
  next_step name DEFAULT NULL,
  rot_after interval DEFAULT NULL,
  as_of timestamptz DEFAULT pg_catalog.now(),
  over float8 DEFAULT 0,
  top integer DEFAULT NULL,
  n_reasons integer DEFAULT 3)
  RETURNS TABLE (rank bigint, deal text, score float8, deal_amount numeric, expected_value numeric, grade text,
                 age interval, stale boolean, step text, reasons text[])
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 100
  AS $$
BEGIN
  IF query IS NULL OR model IS NULL OR key IS NULL OR as_of IS NULL OR over IS NULL OR n_reasons IS NULL THEN
    RAISE EXCEPTION 'query, model, key, as_of, over and n_reasons of priorities must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF NOT (over BETWEEN 0 AND 1) THEN
    RAISE EXCEPTION 'probability % is not between 0 and 1', over USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF top < 1 THEN
    RAISE EXCEPTION 'top % is below 1', top USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY EXECUTE pg_catalog.format($query$
    WITH scored AS MATERIALIZED (
      SELECT q.%2$I::text AS deal, crmprob.score($1, q) AS score, %3$s AS amount,
             ($2 OPERATOR(pg_catalog.-) %4$s) AS age, %5$s AS step, q AS features
        FROM (%1$s
             ) AS q
    ), best AS (
      SELECT s.*, pg_catalog.round(s.amount OPERATOR(pg_catalog.*) s.score::numeric, 4) AS expected
        FROM scored AS s WHERE s.score OPERATOR(pg_catalog.>=) $3
       ORDER BY pg_catalog.round(s.amount OPERATOR(pg_catalog.*) s.score::numeric, 4) DESC NULLS LAST, s.score DESC, s.deal COLLATE "C"
       LIMIT $4
    )
    SELECT pg_catalog.row_number() OVER (ORDER BY b.expected DESC NULLS LAST, b.score DESC, b.deal COLLATE "C"),
           b.deal, b.score, b.amount, b.expected, crmprob.grade($1, b.score), b.age,
           b.age OPERATOR(pg_catalog.>) $5, b.step, crmprob.reasons($1, b.features, $6)
      FROM best AS b
     ORDER BY 1
  $query$, query, key,
  CASE WHEN amount IS NULL THEN 'NULL::numeric' ELSE pg_catalog.format('q.%I::numeric', amount) END,
  CASE WHEN entered_at IS NULL THEN 'NULL::timestamptz' ELSE pg_catalog.format('q.%I::timestamptz', entered_at) END,
  CASE WHEN next_step IS NULL THEN 'NULL::text' ELSE pg_catalog.format('q.%I::text', next_step) END)
  USING model, as_of, over, top, rot_after, n_reasons;
END $$;
COMMENT ON FUNCTION @extschema@.priorities(query text, model text, key name, amount name, entered_at name, next_step name, rot_after interval, as_of timestamptz, over float8, top integer, n_reasons integer) IS
  'the rows of a query by expected value or score, with grade, age, next step and reasons';
