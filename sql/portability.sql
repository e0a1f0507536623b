-- import_xgboost and to_sql.
-- The document, the scores and the contributions are XGBoost 1.7.4's, written by
-- bench/xgboost.py DIRECTORY 12 small; NaN became null, unread arrays left out.
SET search_path = crmprob, public;
CREATE TEMP TABLE document AS SELECT $json$
{"learner":{"attributes":{},"feature_names":["f1","f2","f3","f4","f5","f6"],"feature_types":[],
"gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"2",
"size_leaf_vector":"0"},"tree_info":[0,0],"trees":[{"categories":[0,1,2,0,1,2,3,0,1,2,3,4,0,0],
"categories_nodes":[0,1,3,5,6],"categories_segments":[0,3,7,12,13],"categories_sizes":[3,4,5,1,1],
"default_left":[1,0,0,1,0,1,1,0,0,0,0,0,0,0,0],"left_children":[1,3,5,7,9,11,13,-1,-1,-1,-1,-1,-1,-1,-1],
"loss_changes":[3553.7979,408.83105,655.258,32.37793,188.27832,146.79132,308.4792,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0],"right_children":[2,4,6,8,10,12,14,-1,-1,-1,-1,-1,-1,-1,-1],"split_conditions":[null,null,-0.10457786,
null,-0.42910358,null,null,0.71087027,0.61954147,0.25882638,0.5299516,-0.057228673,-0.33717236,0.32235956,
-0.019110447],"split_indices":[4,4,0,4,0,4,4,0,0,0,0,0,0,0,0],"split_type":[1,1,0,1,0,1,1,0,0,0,0,0,0,0,0],
"sum_hessian":[4800.0,2946.7202,1853.28,1832.16,1114.56,762.48004,1090.8,1229.52,602.64,330.96002,783.60004,
511.68002,250.8,740.16003,350.64],"tree_param":{"num_deleted":"0","num_feature":"6","num_nodes":"15",
"size_leaf_vector":"0"}},{"categories":[0,1,0,1,2,3],"categories_nodes":[0,1],"categories_segments":[0,2],
"categories_sizes":[2,4],"default_left":[1,0,1,0,0,0,1,0,0,0,0,0,0,0,0],"left_children":[1,3,5,7,9,11,13,-1,
-1,-1,-1,-1,-1,-1,-1],"loss_changes":[1704.2329,379.4214,302.20807,33.34961,216.92249,92.48923,81.54342,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0],"right_children":[2,4,6,8,10,12,14,-1,-1,-1,-1,-1,-1,-1,-1],
"split_conditions":[null,null,0.35187063,-0.58958954,-0.6406696,-2.5,-0.0,0.38708383,0.48390982,0.075534746,
0.3241817,0.04078839,-0.2038895,0.29308793,0.024638178],"split_indices":[4,4,0,0,0,3,3,0,0,0,0,0,0,0,0],
"split_type":[1,1,0,0,0,0,0,0,0,0,0,0,0,0,0],"sum_hessian":[4880.657,3665.421,1215.2363,1871.9558,1793.4651,
807.1548,408.08157,450.62448,1421.3313,410.02835,1383.4368,178.02625,629.12854,215.12431,192.95726],
"tree_param":{"num_deleted":"0","num_feature":"6","num_nodes":"15","size_leaf_vector":"0"}}]},
"name":"gbtree"},"learner_model_param":{"base_score":"4E-1","boost_from_average":"0","num_class":"0",
"num_feature":"6","num_target":"1"},"objective":{"name":"binary:logistic",
"reg_loss_param":{"scale_pos_weight":"1"}}},"version":[1,7,4]}
$json$::jsonb AS d;

CREATE TEMP TABLE peer (id int, f1 float8, f2 int, f3 float8, f4 float8, f5 int, f6 float8, p float8,
  phi float8[]);
INSERT INTO peer VALUES
  (1, 2.338166736175902, 6, NULL, -1.4, 5, -0.1279643826279551, 0.6876842379570007,
   '{0.0957820862531662,0.0,0.0,0.005830330308526754,0.44034379720687866,0.0,0.24735859036445618}'),
  (2, 0.6563817703499112, 2, 2983.714242130028, 0.4, 0, -22.99760155301092, 0.4013274013996124,
   '{0.2277427315711975,0.0,0.0,-0.07385807484388351,-0.8011806011199951,0.0,0.24735859036445618}'),
  (3, 0.31881194770097826, 4, 393.2543568438526, -3.6, 5, 0.11613514568859397, 0.6876842379570007,
   '{0.05233459174633026,0.0,0.0,0.0219651460647583,0.4676564931869507,0.0,0.24735859036445618}'),
  (4, -0.7890079097780635, 3, 175.76468410841227, 2.5, 5, -0.03999943452929291, 0.666520357131958,
   '{-0.1613430678844452,0.0,0.0,-0.009158603847026825,0.6156319975852966,0.0,0.24735859036445618}'),
  (5, 0.898243300962517, 5, 1294.208298207376, 0.6, 1, -0.12074261026952118, 0.4853873550891876,
   '{0.2403993308544159,0.0,0.0,-0.07385807484388351,-0.4723672568798065,0.0,0.24735859036445618}'),
  (6, -0.5889596110985263, 3, 825.9672918028174, 0.1, 2, 13.888707086411706, 0.4654272794723511,
   '{-0.1436166763305664,0.0,0.0,-0.009158603847026825,-0.2330954372882843,0.0,0.24735859036445618}'),
  (7, 1.8346660090813116, 1, 60.55595159785998, 1.5, 5, 8.664489570966664e-06, 0.6876842379570007,
   '{0.0883827954530716,0.0,0.0,-0.012791775166988373,0.4663652181625366,0.0,0.24735859036445618}'),
  (8, NULL, NULL, 58.47312557777919, -1.4, 0, 0.22155295255773774, 0.3478586971759796,
   '{0.02938053011894226,0.0,0.0,-0.018535340204834938,-0.886668860912323,0.0,0.24735859036445618}'),
  (9, -0.11614202042630915, 1, 487.0535670377663, -4.6, 0, -2.6082577617288187, 0.33140239119529724,
   '{-0.16871817409992218,0.0,0.0,0.11375151574611664,-0.8942410945892334,0.0,0.24735859036445618}'),
  (10, -1.2925180221722512, 5, 2322.9935189195417, 2.6, 1, -0.015309687926006002, 0.33926230669021606,
   '{-0.27956312894821167,0.0,0.0,-0.04104164242744446,-0.5933371782302856,0.0,0.24735859036445618}'),
  (11, 0.9226839020770112, 2, 667.3268752597306, -1.7, 2, 0.7843145788486366, 0.5599788427352905,
   '{0.19063663482666016,0.0,0.0,0.005830330308526754,-0.20274944603443146,0.0,0.24735859036445618}'),
  (12, 0.41405351977901816, 0, 1008.0653374249282, 0.1, 1, 0.018551444654136825, 0.4853873550891876,
   '{0.2403993308544159,0.0,0.0,-0.07385807484388351,-0.4723672568798065,0.0,0.24735859036445618}');

-- the same scores and contributions
CREATE TEMP TABLE imported AS SELECT import_xgboost(d) AS m FROM document;
SELECT count(*), max(abs(score(m, peer) - p)) < 1e-7 AS scores FROM imported, peer;
SELECT count(*), max(abs(contribution - phi[position])) < 1e-5 AS contributions
  FROM imported, peer, LATERAL explain(m, peer) e,
    LATERAL (SELECT coalesce(substr(e.feature, 2)::int, 7)) AS p(position);
SELECT max(abs(sum - ln(s / (1 - s)))) < 1e-9 AS adds_up
  FROM (SELECT (SELECT sum(contribution) FROM explain(m, peer)), score(m, peer) AS s FROM imported, peer) t;
SELECT algorithm(m), (m::jsonb)['base_rate'] AS base_rate, warnings(m), m::text::model = m AS there_and_back
  FROM imported;
SELECT feature, round(gain::numeric, 1) AS gain, round(share::numeric, 3) AS share FROM imported, importance(m);
SELECT rule, condition, round(n::numeric) AS n, round(value::numeric, 3) AS value FROM imported, rules(m, 2);

-- names and labels of the caller's
SELECT bool_and(score(n, r) = score(m, peer)) AS labels
  FROM document, imported, peer,
    LATERAL (SELECT import_xgboost(d, '{a,b,c,d,Kind,f}',
      '{"Kind": ["zero", "one", "two", "three", "four", "five", "six"]}') AS n) i,
    LATERAL (SELECT f1 AS a, f2 AS b, f3 AS c, f4 AS d,
      ('{zero,one,two,three,four,five,six}'::text[])[f5 + 1] AS "Kind", f6 AS f) r;
-- a category that XGBoost has not seen goes left
SELECT DISTINCT score(m, s) = score(m, t) AS unseen
  FROM imported, peer, LATERAL (SELECT peer.f1, peer.f2, peer.f3, peer.f4, 99 AS f5, peer.f6) s,
    LATERAL (SELECT peer.f1, peer.f2, peer.f3, peer.f4, -1 AS f5, peer.f6) t;
SELECT import_xgboost(NULL) IS NULL AS no_document;
-- the version's brackets, flags for numbers, and early stopping
SELECT import_xgboost(jsonb_set(d, '{learner,learner_model_param,base_score}', '"[4E-1]"')) = m AS brackets,
    import_xgboost(jsonb_set(d, '{learner,gradient_booster,model,trees,0,default_left}',
      '[true,false,false,true,false,true,true,false,false,false,false,false,false,false,false]')) = m AS flags
  FROM document, imported;
-- what other versions write: base_score, the size of a leaf, parts that are not
-- read (3.0, 3.1), and names that are not there
SELECT v, import_xgboost(jsonb_set(d, '{learner,learner_model_param,base_score}', v)) = m AS same
  FROM document, imported, unnest('{"\"4E-1\"","\"0.4\"","0.4","\"4.0000E-01\"","\"[4E-1]\""}'::jsonb[]) v;
SELECT import_xgboost(jsonb_set(d #- '{learner,learner_model_param,num_target}' #- '{learner,attributes}',
    '{learner,gradient_booster,model,trees,1,tree_param,size_leaf_vector}', '"1"')) = m AS leaf_of_1,
    import_xgboost(jsonb_set(d, '{learner,gradient_booster,model}', d['learner']['gradient_booster']['model'] ||
      '{"iteration_indptr": [0, 1, 2], "cats": {"enc": [], "feature_segments": [], "sorted_idx": []}}')) = m AS more_parts,
    import_xgboost(d #- '{learner,feature_names}', '{f1,f2,f3,f4,f5,f6}') = m AS names_given
  FROM document, imported;
SELECT warnings(import_xgboost(jsonb_set(d, '{learner,attributes}', '{"best_iteration": "0"}')))
  FROM document;

-- what is refused
CREATE FUNCTION pg_temp.refused(document jsonb, names text[] DEFAULT NULL, labels jsonb DEFAULT NULL)
  RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM import_xgboost(document, names, labels);
  RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
-- with SQLSTATE and a hint, each kind of model that cannot be taken
CREATE FUNCTION pg_temp.hint(document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  PERFORM import_xgboost(document);
  RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ': ' || hint;
END $$;
SELECT pg_temp.hint(jsonb_set(d, '{learner,objective,name}', to_jsonb(name))) AS objectives, count(*)
  FROM document, unnest('{binary:hinge,binary:logitraw,count:poisson,multi:softmax,multi:softprob,rank:map,rank:ndcg,
    rank:pairwise,reg:absoluteerror,reg:gamma,reg:linear,reg:pseudohubererror,reg:quantileerror,reg:squarederror,
    reg:squaredlogerror,reg:tweedie,survival:aft,survival:cox,""}'::text[]) AS name
 GROUP BY 1;
SELECT pg_temp.hint(jsonb_set(d, path, v)) AS others, count(*)
  FROM document, LATERAL (VALUES
    ('{learner,gradient_booster}'::text[], '{"name": "gblinear", "model": {"weights": [0.5, 1]}}'::jsonb),
    ('{learner,gradient_booster}', jsonb_build_object('name', 'dart', 'gbtree', d['learner']['gradient_booster'], 'weight_drop', '[1, 0.5]'::jsonb)),
    ('{learner,gradient_booster}', '{"name": "gpu_tree"}'),
    ('{learner,learner_model_param,num_class}', '"3"'),
    ('{learner,learner_model_param,num_target}', '"2"'),
    ('{learner,learner_model_param,base_score}', '"[4E-1,5E-1]"'),
    ('{learner,gradient_booster,model,trees,0,tree_param,size_leaf_vector}', '"2"')) AS t(path, v)
 GROUP BY 1;
\pset format unaligned
\pset tuples_only
-- parts that are missing
SELECT path || ' -> ' || pg_temp.refused(d #- ('{learner,' || path || '}')::text[])
  FROM document, unnest('{objective,"objective,name",gradient_booster,"gradient_booster,name","gradient_booster,model",
    "gradient_booster,model,trees",learner_model_param,"learner_model_param,num_feature",feature_names}'::text[]) AS path;
SELECT key || ' -> ' || pg_temp.refused(d #- ('{learner,gradient_booster,model,trees,1,' || key || '}')::text[])
  FROM document, unnest('{left_children,right_children,split_indices,split_conditions,default_left,sum_hessian,loss_changes,
    tree_param,split_type,categories,categories_nodes,categories_segments,categories_sizes}'::text[]) AS key;
SELECT pg_temp.refused(v) FROM unnest('{"[]","1","null","{}","{\"learner\": 1}","{\"learner\": {}}"}'::jsonb[]) v;
SELECT pg_temp.refused(d, '{a,b}') FROM document;
SELECT pg_temp.refused(d, '{a,b,c,d,e,a}') FROM document;
SELECT pg_temp.refused(d, '{a,b,c,d,e,NULL}') FROM document;
SELECT pg_temp.refused(d, '{a,b,c,d,e,""}') FROM document;
SELECT pg_temp.refused(d, NULL, labels)
  FROM document, unnest('{"[]","{\"f5\": 1}","{\"f9\": []}","{\"f5\": [1]}","{\"f5\": [\"a\", \"a\"]}","{\"f5\": [\"a\"]}","{\"f1\": [\"a\"]}"}'::jsonb[]) labels;
SELECT path || ' ' || v || ' -> ' || pg_temp.refused(jsonb_set(d, ('{learner,' || path || '}')::text[], v::jsonb))
  FROM document, (VALUES
    ('objective,name', '"multi:softprob"'), ('objective,name', '1'), ('objective,name', 'null'),
    ('gradient_booster,name', '"dart"'), ('gradient_booster,name', '"gblinear"'),
    ('learner_model_param,num_class', '"3"'), ('learner_model_param,num_target', '"2"'),
    ('learner_model_param,num_feature', '"0"'), ('learner_model_param,num_feature', '"1601"'),
    ('learner_model_param,num_feature', '"x"'), ('learner_model_param,num_feature', '"7"'),
    ('learner_model_param,num_class', '"-1"'), ('learner_model_param,num_feature', '"99999999999"'),
    ('learner_model_param,base_score', '"1"'), ('learner_model_param,base_score', '"NaN"'),
    ('learner_model_param,base_score', '"[4E-1,5E-1]"'), ('learner_model_param,base_score', '"1e-46"'),
    ('learner_model_param,base_score', '"-0.1"'), ('learner_model_param,base_score', '"[]"'),
    ('learner_model_param,base_score', '""'), ('learner_model_param,base_score', '"1e999"'),
    ('learner_model_param,base_score', 'null'), ('learner_model_param,base_score', '[0.4]'),
    ('learner_model_param,base_score', '"0.99999999999"'),
    ('feature_names', '[]'), ('feature_names', '[1,2,3,4,5,6]'), ('feature_names', '{}'),
    ('gradient_booster,model,trees', '[]'), ('gradient_booster,model,trees', '[1]'),
    ('gradient_booster,model,trees', '{}'), ('gradient_booster,model,trees,0', '[]')) AS t(path, v);
SELECT key || ' ' || v || ' -> ' || pg_temp.refused(jsonb_set(d, ('{learner,gradient_booster,model,trees,1,' || key || '}')::text[], v::jsonb))
  FROM document, (VALUES
    ('left_children', '[]'), ('left_children', '[1]'), ('left_children,0', '0'),
    ('left_children,3', '0'), ('left_children,3', '15'), ('left_children,3', '-2'),
    ('left_children,3', '-1'), ('left_children,3', '3'), ('left_children,3', '1e20'),
    ('right_children,0', '"x"'), ('right_children,7', '1'), ('right_children', '{}'),
    ('split_indices,0', '6'), ('split_indices,0', '-1'), ('split_indices,0', '0'),
    ('split_conditions,7', 'null'), ('split_conditions,7', '1e39'), ('split_conditions,2', 'null'),
    ('split_conditions,2', '1e999'), ('sum_hessian,7', '-1'), ('sum_hessian,7', '0'),
    ('loss_changes,2', '-1'), ('default_left', 'null'), ('default_left', '[1]'), ('default_left,0', 'null'), ('split_type,0', '0'), ('split_type,2', '1'),
    ('categories_nodes,0', '15'), ('categories_segments,0', '-1'), ('categories_sizes,0', '7'),
    ('categories_sizes,0', '2147483647'), ('categories,0', '-1'), ('categories,0', '300'),
    ('tree_param,size_leaf_vector', '"3"')) AS t(key, v);
\pset tuples_only off
\pset format aligned

-- to_sql: executed, it gives the score
CREATE TEMP TABLE deals AS
  SELECT i AS id, (ARRAY['web', 'it''s', 'fair \ "show"', NULL])[1 + i % 4] AS "Source",
      i * 37 % 90 AS "order", CASE WHEN i % 6 > 0 THEN (i * 53 % 200)::numeric / 3 END AS employees,
      i % 5 = 0 AS hot, i % 3 AS tier, date '2026-01-01' + i % 60 AS opened,
      timestamptz '2026-01-01 10:00+02' + i % 61 * interval '7 hours 1 microsecond' AS touched,
      i * 7919 % 1000 < 300 + 200 * (i % 3) - (i * 37 % 90) * 3 AS won
    FROM generate_series(1, 2000) i;
CREATE TEMP TABLE models AS
  SELECT algorithm AS name, fit(algorithm, won, f,
      '{"categorical": ["tier"]}'::jsonb || CASE algorithm WHEN 'forest' THEN '{"trees": 5}' WHEN 'gbm' THEN '{"trees": 20}' ELSE '{}' END::jsonb) AS m
    FROM deals, LATERAL (SELECT "Source", "order", employees, hot, tier, opened, touched) f,
      unnest('{logistic,tree,forest,gbm}'::text[]) algorithm GROUP BY algorithm;
-- with either calibration; a forest of a feature that is never missing
INSERT INTO models
  SELECT name || '_platt', (m::jsonb || '{"calibration": {"kind": "platt", "slope": 0.8, "intercept": -0.3}}')::model
    FROM models WHERE name IN ('logistic', 'forest', 'gbm')
  UNION ALL
  SELECT name || '_isotonic', (m::jsonb || '{"calibration": {"kind": "isotonic", "x": [0.1, 0.3, 0.5, 0.7], "y": [0.00001, 0.25, 0.25, 1]}}')::model
    FROM models WHERE name IN ('logistic', 'forest', 'gbm');
-- every kind of value: unseen labels, NaN, numbers that no float holds, times
CREATE TEMP TABLE rows AS
  SELECT s AS "Source", a AS "order", e AS employees, h AS hot, t AS tier, o AS opened, c AS touched
    FROM unnest(ARRAY['web', 'it''s', 'fair \ "show"', 'WEB', '', NULL]) s,
      unnest(ARRAY['NaN', NULL, 12.5, 38.49999809265137, 38.5, 1e300, -1e300, 1e-50, 24]::float8[]) a,
      unnest(ARRAY[NULL, 24, 24.49999999999999999999, 1e100]::numeric[]) e,
      unnest(ARRAY[true, NULL]) h, unnest(ARRAY[0, 1, 2, 3, NULL]) t,
      unnest(ARRAY['2026-01-15', '0044-03-15 BC', '200000-01-01', NULL]::date[]) o,
      unnest(ARRAY['2026-01-15 12:00:00.000001+00', NULL]::timestamptz[]) c;
SELECT count(*) FROM rows;
SET extra_float_digits = 0;
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
CREATE FUNCTION pg_temp.difference(m model, t regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  greatest_difference float8;
BEGIN
  EXECUTE format('SELECT max(abs(score($1, t) - (%s))) + 0 * count(*) FROM %s t', to_sql(m, 't'), t)
    INTO greatest_difference USING m;
  RETURN CASE WHEN greatest_difference <= 1e-14 THEN 'none' ELSE greatest_difference::text END;
END $$;
SELECT name, pg_temp.difference(m, 'rows') AS difference FROM models ORDER BY name;
RESET extra_float_digits;
RESET timezone;
RESET datestyle;
-- the imported one adds up in single precision
SELECT pg_temp.difference(m, 'peer') AS imported FROM imported;
-- small ones in full, numbers shortened; an alias is quoted like a name
SELECT regexp_replace(to_sql(fit('logistic', won, f), 'My deals'), '(\.\d{4})\d+', '\1', 'g') FROM deals, LATERAL (SELECT "Source", "order", opened) f;
SELECT regexp_replace(to_sql(fit('tree', won, f, '{"depth": 1}')), '(\.\d{4})\d+', '\1', 'g') FROM deals, LATERAL (SELECT "order") f;
SELECT to_sql(NULL) IS NULL AS no_model;
-- a tree that never asks, and more trees than a parser's stack holds terms
CREATE TEMP TABLE odd AS
  SELECT v.trees, jsonb_set(m::jsonb, '{trees,nodes}', v.nodes)::model AS m
    FROM (SELECT fit('gbm', won, f, '{"trees": 1}') AS m FROM deals, LATERAL (SELECT "order") f) m,
      (SELECT 1 AS trees, '[[[0.3,10]]]'::jsonb AS nodes
       UNION ALL
       SELECT 10000, jsonb_agg('[[0,1,30.5],[-0.001,5],[0.002,7]]'::jsonb) FROM generate_series(1, 10000)) v;
SELECT trees, pg_temp.difference(m, 'deals') FROM odd ORDER BY trees;
