-- opportunity: input, output, construction, accessors, expected value, category
SET search_path = crmprob, public;
SET timezone = 'America/New_York';
SET datestyle = 'German';

-- input and output do not depend on settings; keys have a canonical order
SELECT '{"probability": 0.25, "amount": 1200.50, "stage": " 3 : Proposal",
  "created_at": "2026-03-01 10:30:00+01:00", "close_date": "2026-06-30",
  "modified_at": "2026-03-02T00:00:00.5Z", "owner": "Ann", "customer": "",
  "product": "A \"B\"", "feedback": "gut\n\u00e9"}'::opportunity AS o \gset
SELECT :'o'::opportunity;
SELECT '{"stage": "won:W", "owner": null}'::opportunity;
RESET timezone;
RESET datestyle;
SELECT :'o'::opportunity::text = :'o' AS same, :'o'::opportunity::jsonb;

-- refused
SELECT ''::opportunity;
SELECT '{}'::opportunity;
SELECT '{"stage": "3"}'::opportunity;
SELECT '{"stage": "3:A", "stage": "3:A"}'::opportunity;
SELECT '{"stage": "3:A", "size": 1}'::opportunity;
SELECT '{"stage": "3:A", "amount": "1"}'::opportunity;
SELECT '{"stage": "3:A", "amount": -1}'::opportunity;
SELECT '{"stage": "3:A", "amount": 0.00001}'::opportunity;
SELECT '{"stage": "3:A", "amount": 1e15}'::opportunity;
SELECT '{"stage": "3:A", "probability": 1.5}'::opportunity;
SELECT '{"stage": "3:A", "probability": NaN}'::opportunity;
SELECT '{"stage": "3:A", "close_date": "2026-02-30"}'::opportunity;
SELECT '{"stage": "3:A", "created_at": "infinity"}'::opportunity;
SELECT '{"stage": "3:A", "owner": "\u0000"}'::opportunity;

-- construction
SELECT make_opportunity('3:Proposal');
SELECT make_opportunity('3:Proposal', 1200.50, '2026-03-01 09:30:00Z',
  '2026-06-30', 0.25, '2026-03-02 00:00:00.5Z', 'Ann', '', 'A "B"',
  E'gut\n\u00e9') = :'o' AS same;
SELECT make_opportunity('3:Proposal', owner => 'Ann', amount => 7.10000000);
SELECT make_opportunity(NULL, 5) IS NULL AS null_in;
SELECT make_opportunity('3:A', -0.01);
SELECT make_opportunity('3:A', 'NaN');
SELECT make_opportunity('3:A', 'Infinity');
SELECT make_opportunity('3:A', 1.00005);
SELECT make_opportunity('3:A', 922337203685477.5807);
SELECT make_opportunity('3:A', 922337203685477.5808);
SELECT make_opportunity('3:A', probability => 1.0000001);
SELECT make_opportunity('3:A', probability => -1);
SELECT make_opportunity('3:A', probability => 'NaN');
SELECT make_opportunity('3:A', created_at => 'infinity');
SELECT make_opportunity('3:A', modified_at => '-infinity');
SELECT make_opportunity('3:A', close_date => 'infinity');
SELECT length(owner(make_opportunity('3:A', owner => repeat('x', 1024))));
SELECT make_opportunity('3:A', owner => repeat('x', 1025));
SELECT length(feedback(make_opportunity('3:A', feedback => repeat('x', 1048576))));
SELECT make_opportunity('3:A', feedback => repeat('x', 1048577));

-- accessors
SET timezone = 'UTC';
SET datestyle = 'ISO';
\x on
SELECT stage(o), amount(o), created_at(o), close_date(o), probability(o),
  modified_at(o), owner(o), customer(o), product(o), feedback(o)
FROM (SELECT :'o'::opportunity) AS v(o);
\x off
SELECT amount(o) IS NULL AND created_at(o) IS NULL AND close_date(o) IS NULL
  AND probability(o) IS NULL AND modified_at(o) IS NULL AND owner(o) IS NULL
  AND customer(o) IS NULL AND product(o) IS NULL AND feedback(o) IS NULL
  AS all_null
FROM make_opportunity('1:A') AS o;

-- amount x probability, by hand; 0.00005 rounds away from zero
SELECT expected_value(make_opportunity(s, a, probability => p)) AS value
FROM (VALUES ('1:A'::stage, 1200.50, 0.1::float8), ('1:A', 0.0001, 0.5),
  ('1:A', 1000000, 0.123456789), ('won:W', 50, 0.1), ('won:W', 50, NULL),
  ('lost:L', 50, 0.1), ('lost:L', 50, NULL), ('1:A', 50, NULL),
  ('1:A', NULL, 0.5), ('lost:L', NULL, NULL), ('1:A', 0, 0)) AS v(s, a, p);

-- thirds of the open stages
SELECT n, string_agg(category(make_opportunity(s), p), ' ' ORDER BY s)
FROM generate_series(1, 7) AS n,
  LATERAL (SELECT make_pipeline(array_agg('s' || i ORDER BY i))
    FROM generate_series(1, n) AS i) AS q(p),
  LATERAL stages(p) AS s
GROUP BY n
ORDER BY n;
SELECT category(make_opportunity(s), 'Lead > Call > Won | Lost')
FROM (VALUES ('won:Won'::stage), ('lost:Lost'), ('7:Won'), ('lost:Lead'))
  AS v(s);
SELECT category(make_opportunity('1:Laed'), 'Lead > Call > Won | Lost');

-- equality and hash on canonical bytes
SELECT o, count(*)
FROM (VALUES ('{"stage":"1:A","amount":5}'::opportunity),
  ('{"amount":5.0,"stage":"1:A"}'), (make_opportunity('1:A', 5)),
  ('{"stage":"1:A"}'), ('{"stage":"1:A","amount":0}'),
  ('{"stage":"1:A","owner":""}')) AS v(o)
GROUP BY o
ORDER BY o::text COLLATE "C";
SELECT make_opportunity('1:A', probability => '-0')
  = make_opportunity('1:A', probability => 0) AS no_negative_zero,
  opportunity_hash_extended('{"stage":"1:A"}', 0)
    <> opportunity_hash_extended('{"stage":"1:A"}', 1) AS seeded;
SELECT opportunity_send('{"stage":"won:W","amount":10,"probability":0.25}');
