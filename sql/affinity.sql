-- Affinity of products: counts, text, merging, recommendations.
SET search_path = crmprob, public;
\set SHOW_CONTEXT never

CREATE TEMP TABLE bought (customer bigint, product text);
INSERT INTO bought VALUES (1, 'bread'), (1, 'butter'), (1, 'bread'), (1, 'jam'), (2, 'bread'), (2, 'butter'),
  (3, 'bread'), (3, 'tea'), (4, 'tea'), (5, 'bread'), (5, 'butter'), (NULL, 'bread'), (6, NULL), (7, 'soap');
CREATE TEMP TABLE known AS SELECT affinity(customer, product) AS a FROM bought;
SELECT a FROM known;
SELECT baskets(a) FROM known;
SELECT p.product, p.n, round(p.support::numeric, 3) AS support FROM known, products(a) p;
SELECT product_a, product_b, p.n, round(p.support::numeric, 3) AS support, round(confidence::numeric, 3) AS confidence, round(lift::numeric, 3) AS lift
  FROM known, pairs(a) p ORDER BY p.n DESC, product_a, product_b;
SELECT count(*) FROM known, pairs(a, 2);

-- customers by other keys, and a minimum support
SELECT affinity(customer::text, product) = a AS text, affinity(repeat('x', 30) || customer, product) = a AS long_text,
       affinity(('00000000-0000-0000-0000-00000000000' || customer)::uuid, product) = a AS uuid FROM bought, known GROUP BY a;
SELECT affinity(customer, product, 2) FROM bought;
SELECT affinity(customer, product, 9) FROM bought;
SELECT affinity(customer, product) IS NULL AS none FROM bought WHERE false;
SELECT affinity(customer, product) FROM bought WHERE customer = 4;

-- text and back, in any order
SELECT a::text::affinity = a AS text, a::jsonb::text::affinity = a AS jsonb, affinity_hash(a) = affinity_hash(a::text::affinity) AS hash, a <> '{"min_support":1,"baskets":0,"products":[],"pairs":[]}' AS other FROM known;
SELECT '{"pairs":[[1,0,2]],"products":[["z",3],["a",2]],"baskets":3,"min_support":1}'::affinity;

-- merging
SELECT rollup(x) = (SELECT a FROM known) AS same FROM (SELECT affinity(customer, product) x FROM bought GROUP BY customer) p;
SELECT rollup(x) IS NULL AS none FROM (VALUES (NULL::affinity)) v (x);
SELECT rollup(x) FROM (SELECT affinity(customer, product, 2) x FROM bought GROUP BY customer) p;

-- what to offer: nothing without consent, nothing that is owned
SELECT rank, product, because, r.n, round(confidence::numeric, 3) AS confidence, round(lift::numeric, 3) AS lift FROM known, recommend(a, '{bread}', 5, true) r;
SELECT rank, product, because, r.n FROM known, recommend(a, '{bread}', 1, consent => true, min_lift => 0) r;
SELECT rank, product, because, r.n FROM known, recommend(a, '{bread,bread,tea,caviar,NULL}', 5, true, min_support => 2, min_lift => 0) r;
SELECT count(*) FROM known, recommend(a, '{bread}', 5, false);
SELECT count(*) FROM known, recommend(a, '{bread}', 5, NULL);
SELECT count(*) FROM known, recommend(a, '{bread,butter,jam,tea,soap}', 5, true, 1, 0);
SELECT count(*) FROM known, recommend(a, NULL, 5, true);
SELECT count(*) FROM known, recommend(a, '{}', 5, true);
SELECT count(*) FROM recommend(NULL, '{bread}', 5, true);

-- what is refused
SELECT recommend(a, '{bread}', 5) FROM known;
SELECT recommend(a, '{bread}', 0, true) FROM known;
SELECT recommend(a, '{bread}', 0, false) FROM known;
SELECT recommend(a, '{bread}', NULL, true) FROM known;
SELECT recommend(a, '{bread}', 1, true, 0) FROM known;
SELECT recommend(a, '{bread}', 1, true, 1, 'NaN') FROM known;
SELECT pairs(a, 0) FROM known;
SELECT affinity(1, '');
SELECT affinity(1, repeat('x', 256));
SELECT affinity(1, E'a\nb');
SELECT affinity(customer, product, 0) FROM bought;
SELECT affinity(customer, product, NULL) FROM bought;
SELECT affinity(customer, product, customer::int) FROM bought;
SELECT '{}'::affinity;
SELECT '[]'::affinity;
SELECT '{"min_support":1,"baskets":3,"products":[["a",4]],"pairs":[]}'::affinity;
SELECT '{"min_support":0,"baskets":3,"products":[],"pairs":[]}'::affinity;
SELECT '{"min_support":1,"baskets":3,"products":[["a",1],["a",1]],"pairs":[]}'::affinity;
SELECT '{"min_support":1,"baskets":3,"products":[["a",1],["b",1]],"pairs":[[0,2,1]]}'::affinity;
SELECT '{"min_support":1,"baskets":3,"products":[["a",1],["b",1]],"pairs":[[0,1,2]]}'::affinity;
SELECT '{"min_support":1,"baskets":3,"products":[["a",2],["b",3]],"pairs":[[0,1,1]]}'::affinity;
SELECT '{"min_support":1,"baskets":3,"products":[["",2]],"pairs":[]}'::affinity;
