-- What users rely on in assign_deals: no exchange is better, capacity holds,
-- the order of rows does not matter, rights are the caller's.
BEGIN;
SET LOCAL search_path = public, crmprob;
SET LOCAL client_min_messages = warning;
SELECT plan(23);

CREATE FUNCTION pg_temp.draw(k int, below int) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT abs(hashint4(k)::bigint % below)::int';

-- ties are many: few values, few factors
CREATE TABLE deal AS
  SELECT g AS deal, CASE WHEN g % 50 > 0 THEN pg_temp.draw(g, 40) * 10.5 END AS expected_value,
         CASE WHEN g % 7 > 0 THEN 'seller ' || pg_temp.draw(g + 1000, 14) END AS owner
    FROM generate_series(1, 300) g;
CREATE TABLE seller AS
  SELECT 'seller ' || g AS seller, pg_temp.draw(g + 2000, 30) AS capacity, pg_temp.draw(g + 3000, 6) * 0.25 AS factor
    FROM generate_series(0, 11) g;
CREATE TABLE got AS SELECT * FROM assign_deals('TABLE deal', 'TABLE seller');
-- of each deal: its value with anyone, and where it went
CREATE VIEW placed AS
  SELECT g.deal, d.expected_value AS worth, g.seller, coalesce(s.factor, 0) AS factor
    FROM got g JOIN deal d ON d.deal = g.deal::int LEFT JOIN seller s USING (seller) WHERE d.expected_value IS NOT NULL;

SELECT ok(sum(capacity) < (SELECT count(*) FROM placed), 'there are more deals than capacity') FROM seller;
SELECT is(count(*), 300::bigint, 'every deal is listed') FROM got;
SELECT is(count(seller), (SELECT sum(capacity) FROM seller), 'all capacity is used') FROM got;
SELECT is_empty('SELECT seller FROM got JOIN seller USING (seller) GROUP BY seller, capacity HAVING count(*) > capacity', 'nobody has more than their capacity');
SELECT is_empty('SELECT * FROM got WHERE seller IS NOT NULL AND NOT EXISTS (SELECT FROM seller s WHERE s.seller = got.seller)', 'nobody else has any');
SELECT is_empty('SELECT 1 FROM placed a, placed b WHERE a.worth * b.factor + b.worth * a.factor > a.worth * a.factor + b.worth * b.factor',
  'no two deals can change sellers for more, nor an unassigned one take the place of another');
SELECT is_empty('SELECT 1 FROM got JOIN deal d ON d.deal = got.deal::int LEFT JOIN seller s USING (seller)
  WHERE got.expected_value IS DISTINCT FROM round(d.expected_value * s.factor, 4)', 'the value is that of the deal times the factor');
SELECT is_empty('SELECT 1 FROM got JOIN deal d ON d.deal = got.deal::int LEFT JOIN seller s ON s.seller = d.owner
  WHERE present_expected_value IS DISTINCT FROM round(d.expected_value * s.factor, 4)', 'and so is the present one');
SELECT set_eq($$SELECT * FROM assign_deals('SELECT * FROM deal ORDER BY hashint4(deal)', 'SELECT * FROM seller ORDER BY hashtext(seller)')$$,
  'TABLE got', 'the order of the rows does not matter');
SELECT set_eq($$SELECT * FROM assign_deals('SELECT * FROM deal ORDER BY deal DESC', 'SELECT * FROM seller ORDER BY seller DESC')$$,
  'TABLE got', 'nor does the reverse');
SELECT ok(expected_value >= present_within_capacity AND over_capacity = (SELECT count(*) FROM got WHERE NOT within_capacity)
          AND kept = (SELECT count(*) FROM got WHERE seller = present_owner) AND kept > 0, 'no less than the present owners within their capacity')
  FROM assignment_summary('TABLE deal', 'TABLE seller');

-- with a probability for each pair, of which some are missing
CREATE TABLE chance AS
  SELECT deal, seller, pg_temp.draw(deal * 100 + hashtext(seller) % 1000, 17) / 16.0 AS probability FROM deal, seller WHERE hashint4(deal) % 5 <> 0 OR hashtext(seller) % 3 = 0;
CREATE TABLE paired AS SELECT * FROM assign_deals('TABLE deal', 'TABLE seller', 'TABLE chance');
CREATE VIEW worth AS SELECT c.deal::text, c.seller, round(d.expected_value * c.probability, 4) AS v FROM chance c JOIN deal d USING (deal) WHERE d.expected_value IS NOT NULL;
SELECT is_empty('SELECT seller FROM paired JOIN seller USING (seller) GROUP BY seller, capacity HAVING count(*) > capacity', 'pairs: nobody has more than their capacity');
SELECT is_empty('SELECT 1 FROM paired a JOIN paired b ON a.seller <> b.seller JOIN worth x ON (x.deal, x.seller) = (a.deal, b.seller)
  JOIN worth y ON (y.deal, y.seller) = (b.deal, a.seller) WHERE x.v + y.v > a.expected_value + b.expected_value', 'pairs: no exchange of two is better');
SELECT is_empty('SELECT 1 FROM paired a JOIN worth x USING (deal) JOIN paired b ON b.seller = x.seller
  WHERE a.seller IS NULL AND x.v > b.expected_value', 'pairs: no unassigned deal is worth more than one that is assigned');
SELECT is_empty('SELECT 1 FROM paired a JOIN worth x USING (deal) JOIN seller s ON s.seller = x.seller
  WHERE (a.seller IS NULL OR x.v > a.expected_value) AND s.capacity > (SELECT count(*) FROM paired b WHERE b.seller = s.seller)', 'pairs: no free capacity would earn more');
SELECT set_eq($$SELECT * FROM assign_deals('SELECT * FROM deal ORDER BY hashint4(deal)', 'SELECT * FROM seller ORDER BY hashtext(seller)', 'SELECT * FROM chance ORDER BY hashint4(deal), seller DESC')$$,
  'TABLE paired', 'pairs: the order of the rows does not matter');
SELECT is((SELECT expected_value FROM assignment_summary('TABLE deal', 'TABLE seller', 'SELECT deal, seller, factor / 2 AS probability FROM deal, seller')) * 2,
  (SELECT expected_value FROM assignment_summary('TABLE deal', 'TABLE seller')), 'both forms agree where both apply');

-- scipy 1.10.1, linear_sum_assignment(repeat(value, capacity, axis=1), maximize=True)
CREATE FUNCTION pg_temp.total(n int, m int, capacity text) RETURNS numeric LANGUAGE sql AS $$
  SELECT expected_value FROM assignment_summary(
    format('SELECT i AS deal, 1024 * (1 + i %% 5) AS amount FROM generate_series(0, %s) i', n - 1),
    format('SELECT j AS seller, %s AS capacity FROM generate_series(0, %s) j', capacity, m - 1),
    format('SELECT i AS deal, j AS seller, ((i * 7919 + j * 104729 + i * i * j * 31) %% 1025) / 1024.0 AS probability FROM generate_series(0, %s) i, generate_series(0, %s) j', n - 1, m - 1),
    value_column => 'amount', owner_column => NULL) $$;
SELECT is(pg_temp.total(60, 20, '1 + j % 4'), 165863.0000, '60 deals and 20 sellers as scipy has it');
SELECT is(pg_temp.total(500, 50, 'j % 12'), 1090380.0000, '500 deals and 50 sellers as scipy has it');

-- what is in front of the path does not matter
CREATE SCHEMA evil;
CREATE FUNCTION evil.less(numeric, numeric) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.< (FUNCTION = evil.less, LEFTARG = numeric, RIGHTARG = numeric);
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION evil.sum(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 666.0';
SET LOCAL search_path = evil, pg_catalog, public;
CREATE TABLE public.under_evil AS SELECT * FROM crmprob.assign_deals('TABLE deal', 'TABLE seller', 'TABLE chance');
SET LOCAL search_path = public, crmprob;
SELECT set_eq('TABLE under_evil', 'TABLE paired', 'it takes nothing from the caller''s path');

CREATE ROLE crmprob_assigner;
GRANT USAGE ON SCHEMA crmprob TO crmprob_assigner;
GRANT SELECT ON seller TO crmprob_assigner;
SET LOCAL ROLE crmprob_assigner;
SELECT throws_ok($$SELECT * FROM crmprob.assign_deals('TABLE public.deal', 'TABLE public.seller')$$, '42501', NULL, 'the caller''s rights count');
RESET ROLE;
GRANT SELECT ON deal TO crmprob_assigner;
ALTER TABLE deal ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON deal TO crmprob_assigner USING (owner = 'seller 1');
SET LOCAL ROLE crmprob_assigner;
SELECT is((SELECT count(*) FROM assign_deals('TABLE public.deal', 'TABLE public.seller') WHERE present_owner IS DISTINCT FROM 'seller 1'), 0::bigint, 'and so does row security');
RESET ROLE;
SELECT throws_ok($$SELECT * FROM assign_deals('SELECT g AS deal, 1 AS expected_value, NULL AS owner FROM generate_series(1, 1000001) g', 'TABLE seller')$$,
  '54000', NULL, 'at most a million deals');
SELECT * FROM finish();
ROLLBACK;
