-- pipeline: input, output, look-up of stages, registered pipelines
SET search_path = crmprob, public;

-- output is canonical; quotes protect separators
SELECT p::pipeline FROM unnest(ARRAY[
  'Lead>Won',
  ' Lead > Proposal  made > Won, Signed | Lost,No budget ',
  '"a > b" > "c | d" > "e, f" | "g ""h"""',
  'Angebot > 成約']) AS p;
SELECT 'Lead > "A > B" > Won, Signed | Lost'::pipeline::jsonb;

-- refused
SELECT ''::pipeline;
SELECT 'Lead'::pipeline;
SELECT 'Lead > Won |'::pipeline;
SELECT 'Lead, Call > Won'::pipeline;
SELECT 'Lead > Won | Lost > Gone'::pipeline;
SELECT 'Lead > "Won'::pipeline;
SELECT 'Lead > 5" pipe > Won'::pipeline;
SELECT 'Lead > > Won'::pipeline;
SELECT E'Lead > W\u0085n'::pipeline;
SELECT 'Lead > Call > Lead > Won'::pipeline;
SELECT 'Lead > Won | Lost, Won'::pipeline;
SELECT (repeat('x', 64) || ' > Won')::pipeline;

-- from parts
SELECT make_pipeline('{Lead,Call}');
SELECT make_pipeline('{Lead,"a > b"}', won => '{Won,Signed}', lost => '{}');
SELECT make_pipeline('{Lead}', lost => '{Lost,"No budget"}')
  = 'Lead > Won | Lost, No budget'::pipeline AS same;
SELECT make_pipeline(NULL) IS NULL AS null_in;
SELECT make_pipeline('{}');
SELECT make_pipeline('{Lead}', won => '{}');
SELECT make_pipeline('{Lead,NULL}');
SELECT make_pipeline('{{Lead},{Call}}');
SELECT make_pipeline('{Lead,""}');
SELECT make_pipeline('{Lead," Call"}');
SELECT make_pipeline('{Lead,Won}');
SELECT stages(make_pipeline(array_agg('s' || i ORDER BY i))) AS last
FROM generate_series(1, 999) AS i
OFFSET 998;
SELECT make_pipeline(array_agg('s' || i ORDER BY i))
FROM generate_series(1, 1000) AS i;

-- its stages
SELECT s, position
FROM stages('Lead > Call > Won, Signed | Lost, No budget'::pipeline)
  WITH ORDINALITY AS t(s, position)
ORDER BY position;
SELECT count(*) FROM stages(NULL);

-- one of them
\set sales '''Lead > Contacted > Proposal > Negotiation > Won | Lost, No budget'''
SELECT stage(:sales::pipeline, 'Proposal'), stage(:sales::pipeline, 'Won'),
  stage(:sales::pipeline, 'No budget'), stage(:sales::pipeline, NULL);
SELECT stage(:sales::pipeline, 'proposals');
SELECT stage(:sales::pipeline, '');
SELECT stage(:sales::pipeline, repeat('Lead', 1000));
SELECT make_pipeline(ARRAY[repeat('Lead', 1000)]);
SELECT stage(make_pipeline(array_agg('s' || i ORDER BY i)), 's17x')
FROM generate_series(1, 30) AS i;

-- equality and hash
SELECT p, count(*)
FROM (VALUES ('Lead > Won'::pipeline), ('Lead>Won'), ('"Lead" > Won'),
  ('Lead > Won | Lost'), ('lead > Won')) AS v(p)
GROUP BY p
ORDER BY p::text COLLATE "C";
SELECT 'Lead > Won'::pipeline <> 'Lead > Won'::pipeline AS ne,
  pipeline_hash('Lead > Won') = pipeline_hash('Lead>Won') AS same,
  pipeline_hash_extended('Lead > Won', 0)
    <> pipeline_hash_extended('Lead > Won', 1) AS seeded;
SELECT pipeline_send('Lead > Won | L');

-- registered pipelines
INSERT INTO pipelines VALUES ('sales', :sales);
SELECT stage('sales', 'Proposal'), stage('sales', 'Lost');
SELECT stage('sale', 'Proposal');
SELECT stage('sales', 'Propsal');
INSERT INTO pipelines VALUES ('', 'Lead > Won');
INSERT INTO pipelines VALUES ('sales', 'Lead > Won');
INSERT INTO stage_settings VALUES
  ('sales', 'Proposal', 0.4, 'best_case', interval '30 days'),
  ('sales', 'Lead', NULL, NULL, NULL);
INSERT INTO stage_settings VALUES ('sales', 'Won', 1.1);
INSERT INTO stage_settings VALUES ('sales', 'Won', 'NaN');
INSERT INTO stage_settings VALUES ('sales', 'Won', 1, 'sure');
INSERT INTO stage_settings VALUES ('sales', 'Won', 1, 'closed', '-1 day');
INSERT INTO stage_settings VALUES ('sales', '', 1);
-- settings may come before their pipeline: a restore loads tables in any order
INSERT INTO stage_settings VALUES ('later', 'Won', 1);

-- the look-up follows the table, in one function and one transaction too
CREATE FUNCTION change_and_look() RETURNS SETOF stage LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..3 LOOP
    UPDATE crmprob.pipelines
      SET definition = crmprob.make_pipeline(
        array_append(array_fill('s' || i, ARRAY[1]), 'Call'))
      WHERE name = 'sales';
    RETURN NEXT crmprob.stage('sales', 's' || i);
  END LOOP;
END
$$;
SELECT change_and_look();
DROP FUNCTION change_and_look();
UPDATE pipelines SET name = 'direct';
SELECT pipeline, label FROM stage_settings ORDER BY label COLLATE "C";
DELETE FROM pipelines;
SELECT pipeline, label FROM stage_settings;
DELETE FROM stage_settings;
