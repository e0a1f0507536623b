-- commission: tiers, marginal and retroactive, accelerators, caps
SET search_path = public, crmprob;

-- 5 % up to 10,000, 8 % up to 20,000, 10 % beyond
\set plan '[{"from": 0, "rate": 0.05}, {"from": 10000, "rate": 0.08}, {"from": 20000, "rate": 0.10}]'
-- by hand: 500; 500 + 400; 500 + 800 + 500
SELECT a, commission(a, :'plan') FROM unnest('{0,10000,15000,25000,0.01}'::numeric[]) a;
-- retroactive: the tier that is reached pays for all of it
SELECT a, commission(a, jsonb_build_object('mode', 'retroactive', 'tiers', :'plan'::jsonb))
  FROM unnest('{9999.99,10000,15000,20000,25000}'::numeric[]) a;
-- accelerators: shares of the quota, multiples of the first rate; a cap
SELECT a, commission(a, '{"quota": 100000, "cap": 9000, "tiers": [{"from": 0, "rate": 0.05}, {"from": 1, "times": 1.5}, {"from": 1.2, "times": 2}]}')
  FROM unnest('{100000,110000,120000,130000,1000000}'::numeric[]) a;
SELECT * FROM commission_tiers('{"quota": 100000, "cap": 9000, "tiers": [{"from": 0, "rate": 0.05}, {"from": 1, "times": 1.5}, {"from": 1.2, "times": 2}]}');
SELECT * FROM commission_statement(130000, '{"quota": 100000, "cap": 9000, "tiers": [{"from": 0, "rate": 0.05, "to": 1}, {"from": 1, "to": 1.2, "times": 1.5}, {"from": 1.2, "to": null, "times": 2}]}');
SELECT * FROM commission_statement(1000000, '{"cap": 9000, "tiers": [{"from": 0, "rate": 0.05}]}');
SELECT * FROM commission_statement(15000, jsonb_build_object('mode', 'retroactive', 'tiers', :'plan'::jsonb));
-- nothing below the first tier
SELECT commission(999, '[{"from": 1000, "rate": 0.1}]') AS below, commission(1000, '[{"from": 1000, "rate": 0.1}]') AS at, commission(1001, '[{"from": 1000, "rate": 0.1}]') AS above,
       commission(1000, '{"mode": "retroactive", "tiers": [{"from": 1000, "rate": 0.1}]}') AS retroactive;
-- exact, as far as numeric goes
SELECT commission(12345678901234567890.123456789, '[{"from": 0.000000001, "rate": 0.0333333333333}]') = (12345678901234567890.123456789 - 0.000000001) * 0.0333333333333 AS exact;
SELECT commission(NULL, :'plan') AS no_amount, commission(1, NULL) AS no_plan;

-- kept with the seller, checked when it is written
CREATE TABLE sellers (name text PRIMARY KEY, plan commission_plan);
INSERT INTO sellers VALUES ('Ann', :'plan'), ('Bob', '{"tiers": [{"from": 0, "rate": 0.07}], "cap": 1000}'), ('Cid', NULL);
SELECT name, commission(15000, plan) FROM sellers ORDER BY name;
-- deal by deal: what each adds to the sum before it
SELECT id, amount, commission(sum(amount) OVER w, :'plan') - commission(sum(amount) OVER w - amount, :'plan') AS commission
  FROM (VALUES (1, 6000), (2, 6000), (3, 10000)) d (id, amount) WINDOW w AS (ORDER BY id);
CREATE TABLE paid (amount numeric, commission numeric GENERATED ALWAYS AS (commission(amount, '[{"from": 0, "rate": 0.05}]')) STORED);
INSERT INTO paid VALUES (200) RETURNING commission;

-- refused
\set VERBOSITY terse
INSERT INTO sellers VALUES ('Dan', '[]');
SELECT commission(-1, :'plan');
SELECT commission('NaN', :'plan');
SELECT commission('Infinity', :'plan');
\set VERBOSITY default
SELECT '[{"from": 10, "rate": 0.05}, {"from": 10, "rate": 0.08}]'::commission_plan;
SELECT '[{"from": 10, "rate": 0.05}, {"from": 5, "rate": 0.08}]'::commission_plan;
SELECT '[{"from": 0, "to": 11, "rate": 0.05}, {"from": 10, "rate": 0.08}]'::commission_plan;
SELECT '[{"from": 0, "to": 9, "rate": 0.05}, {"from": 10, "rate": 0.08}]'::commission_plan;
SELECT '[{"from": 0, "to": 9, "rate": 0.05}]'::commission_plan;
SELECT '[{"from": 0, "rate": 5}]'::commission_plan;
SELECT '[{"from": 0, "rate": 0.5}, {"from": 1, "times": 3}]'::commission_plan;
SELECT '[{"from": 0, "rate": -0.05}]'::commission_plan;
SELECT '[{"from": -1, "rate": 0.05}]'::commission_plan;
SELECT '[{"from": "0", "rate": 0.05}]'::commission_plan;
SELECT '[{"rate": 0.05}]'::commission_plan;
SELECT '[{"from": 0}]'::commission_plan;
SELECT '[{"from": 0, "rate": 0.1, "times": 2}]'::commission_plan;
SELECT '[{"from": 0, "times": 2}]'::commission_plan;
SELECT '[{"from": 0, "rat": 0.1}]'::commission_plan;
SELECT '[0.05]'::commission_plan;
SELECT '{"tiers": [{"from": 0, "rate": 0.05}], "limit": 3}'::commission_plan;
SELECT '{"tiers": {}, "cap": 3}'::commission_plan;
SELECT '{"cap": 3}'::commission_plan;
SELECT '{"tiers": [{"from": 0, "rate": 0.05}], "cap": -3}'::commission_plan;
SELECT '{"tiers": [{"from": 0, "rate": 0.05}], "quota": 0}'::commission_plan;
SELECT '{"tiers": [{"from": 0, "rate": 0.05}], "mode": "flat"}'::commission_plan;
SELECT '{"mode": "retroactive", "tiers": [{"from": 0, "rate": 0.05}, {"from": 1, "rate": 0.04}]}'::commission_plan;
SELECT '5'::commission_plan;
SELECT (SELECT jsonb_agg(jsonb_build_object('from', i, 'rate', 0.1)) FROM generate_series(1, 1001) i)::commission_plan;
\set VERBOSITY sqlstate
SELECT 'x'::commission_plan;
DROP TABLE sellers, paid;
