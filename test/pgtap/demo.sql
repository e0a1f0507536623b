-- The demo's data are made once: what fills its tables leaves filled ones alone.
SELECT * FROM no_plan();
\i demo/schema.sql
INSERT INTO customers VALUES (1, 'of one''s own', 'North', NULL, '2025-01-01');
INSERT INTO opportunities (id, pipeline, owner, product, amount, created_at, stage)
VALUES (1, 'direct', 'Seller 1', 'Standard', 100, '2025-01-01', '1:Lead');
\i demo/generate.sql
\i demo/generate_customers.sql
SELECT is((SELECT row(count(*), max(name))::text FROM customers), '(1,"of one''s own")', 'customers that are there stay');
SELECT is((SELECT count(*) FROM opportunities), 1::bigint, 'and so do deals');
SELECT is((SELECT count(*) FROM stage_history), 0::bigint, 'no stage is entered a second time');
SELECT is((SELECT count(*) FROM purchases), 0::bigint, 'and nothing bought a second time');
SELECT * FROM finish();
