-- The planner takes the index that docs/journey.md names: one deal in memory
-- at a time, nothing sorted. It does so for the size that the aggregate states:
-- with 32 bytes a deal it would hash all of them.
SELECT * FROM no_plan();
SET search_path = crmprob, public;
CREATE TABLE history AS
SELECT g * 7919::bigint % 20000 AS deal, ('{1:Lead,2:Offer,3:Talk}'::stage[])[1 + g % 3] AS stage,
       '2026-01-01'::timestamptz + g * interval '1 minute' AS at, g AS amount
  FROM generate_series(1, 100000) g;
CREATE INDEX by_deal ON history (deal, at) INCLUDE (stage);
VACUUM ANALYZE history;

CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text := '';
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
    answer := answer || line || E'\n';
  END LOOP;
  RETURN answer;
END $$;
SELECT matches(plan_of('SELECT deal, journey(stage, at) FROM history GROUP BY deal'), '^GroupAggregate\n.*\n *-> +Index Only Scan using by_deal on history\n$', 'journeys');
SELECT matches(plan_of('SELECT funnel(path, define_funnel(''Lead > Offer > Talk > Won''::pipeline)) FROM (SELECT journey(stage, at) AS path FROM history GROUP BY deal) s'),
               '-> +GroupAggregate\n.*\n *-> +Index Only Scan using by_deal on history\n$', 'a funnel of them');
DROP INDEX by_deal;
CREATE INDEX by_deal ON history (deal, at) INCLUDE (stage, amount);
VACUUM ANALYZE history;
SELECT matches(plan_of('SELECT deal, journey(stage, at, amount) FROM history GROUP BY deal'), '^GroupAggregate\n.*\n *-> +Index Only Scan using by_deal on history\n$', 'with amounts');
SELECT * FROM finish();
