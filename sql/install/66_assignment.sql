-- Deals to sellers: the assignment of the greatest total value.

CREATE FUNCTION @extschema@.optimal_assignment(value_by_pair numeric[], capacities integer[]) RETURNS integer[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'assignment_optimal';
COMMENT ON FUNCTION @extschema@.optimal_assignment(value_by_pair numeric[], capacities integer[]) IS
  'for each deal the position of its seller, so that the total value is greatest';

CREATE FUNCTION @extschema@.assign_deals(query text)
  RETURNS TABLE (deal text, seller text, value numeric, present_seller text, present_value numeric,
                 total numeric, present_total numeric)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE ROWS 100
  AS $$
DECLARE
  deals text[];
  sellers text[];
  capacities integer[];
  pairs numeric[];
  chosen integer[];
  present jsonb;
  wrong text;
BEGIN
  EXECUTE pg_catalog.format($query$
    WITH pair AS MATERIALIZED (
      SELECT q.deal::text AS deal, q.seller::text AS seller, pg_catalog.round(q.value::numeric, 4) AS value,
             q.capacity::integer AS capacity, coalesce(q.present, false) AS present
        FROM (%s
             ) AS q
       WHERE q.deal IS NOT NULL AND q.seller IS NOT NULL
    ), one_deal AS (
      SELECT p.deal, pg_catalog.count(*) FILTER (WHERE p.present) AS sellers FROM pair AS p GROUP BY p.deal
    ), one_seller AS (
      SELECT p.seller, pg_catalog.min(p.capacity) AS capacity, pg_catalog.max(p.capacity) AS most
        FROM pair AS p GROUP BY p.seller
    )
    SELECT (SELECT pg_catalog.array_agg(d.deal ORDER BY d.deal COLLATE "C") FROM one_deal AS d),
           (SELECT pg_catalog.array_agg(s.seller ORDER BY s.seller COLLATE "C") FROM one_seller AS s),
           (SELECT pg_catalog.array_agg(s.capacity ORDER BY s.seller COLLATE "C") FROM one_seller AS s),
           (SELECT pg_catalog.array_agg(v.list ORDER BY v.deal COLLATE "C")
              FROM (SELECT d.deal, pg_catalog.array_agg(p.value ORDER BY s.seller COLLATE "C") AS list
                      FROM one_deal AS d CROSS JOIN one_seller AS s
                      LEFT JOIN pair AS p ON p.deal OPERATOR(pg_catalog.=) d.deal AND p.seller OPERATOR(pg_catalog.=) s.seller
                     GROUP BY d.deal) AS v),
           (SELECT pg_catalog.jsonb_object_agg(p.deal, pg_catalog.jsonb_build_array(p.seller, p.value))
              FROM pair AS p WHERE p.present),
           coalesce((SELECT pg_catalog.format('deal "%%s" has seller "%%s" twice', p.deal, p.seller)
                       FROM pair AS p GROUP BY p.deal, p.seller HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1
                      ORDER BY p.deal COLLATE "C", p.seller COLLATE "C" LIMIT 1),
                    (SELECT pg_catalog.format('deal "%%s" has several present sellers', d.deal)
                       FROM one_deal AS d WHERE d.sellers OPERATOR(pg_catalog.>) 1 ORDER BY d.deal COLLATE "C" LIMIT 1),
                    (SELECT pg_catalog.format('seller "%%s" has no capacity, or several', s.seller)
                       FROM one_seller AS s WHERE s.capacity IS DISTINCT FROM s.most OR s.capacity IS NULL
                      ORDER BY s.seller COLLATE "C" LIMIT 1))
  $query$, assign_deals.query)
  INTO deals, sellers, capacities, pairs, present, wrong;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%', wrong USING ERRCODE = 'invalid_parameter_value',
      HINT = 'The query has one row for each deal and seller: deal, seller, value, capacity, present.';
  END IF;
  IF deals IS NULL THEN
    RETURN;
  END IF;
  chosen := crmprob.optimal_assignment(pairs, capacities);
  RETURN QUERY
    SELECT r.deal, r.seller, r.value, r.present_seller, r.present_value,
           coalesce(pg_catalog.sum(r.value) OVER (), 0), coalesce(pg_catalog.sum(r.present_value) OVER (), 0)
      FROM (SELECT d.deal, sellers[chosen[d.i]] AS seller, pairs[d.i][chosen[d.i]] AS value,
                   present OPERATOR(pg_catalog.->) d.deal OPERATOR(pg_catalog.->>) 0 AS present_seller,
                   (present OPERATOR(pg_catalog.->) d.deal OPERATOR(pg_catalog.->>) 1)::numeric AS present_value
              FROM ROWS FROM (pg_catalog.unnest(deals)) WITH ORDINALITY AS d (deal, i)) AS r
     ORDER BY r.deal COLLATE "C";
END $$;
COMMENT ON FUNCTION @extschema@.assign_deals(query text) IS
  'the best deals to the best sellers under their capacity, beside who has them now';
