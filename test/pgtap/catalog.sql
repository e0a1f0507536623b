-- Walks every object of the extension and fails, naming it, where one breaks
-- the rules that hold for all: explained, labelled honestly, in the schema,
-- bound to a path, with equality and hash, fit for parallel plans and dumps.
--
-- An exception is a row in one of the lists below, with its reason.
BEGIN;
SET LOCAL search_path = public, pg_catalog;

-- Not PARALLEL SAFE. Label: u unsafe (writes, or runs the caller's query),
-- r restricted (session state). A name alone stands for all of that name.
CREATE TEMPORARY TABLE not_parallel_safe (name, label, reason) AS VALUES
  ('query_columns', 'u', 'parses the caller''s query through SPI'),
  ('query_text', 'u', 'parses the caller''s query through SPI'),
  ('value_counts', 'u', 'runs the caller''s query'),
  ('leakage_report', 'u', 'runs the caller''s query'),
  ('feature_insights', 'u', 'runs the caller''s query'),
  ('data_profile', 'u', 'runs the caller''s query'),
  ('train', 'u', 'runs the caller''s query and writes the registry'),
  ('retrain', 'u', 'runs the caller''s query and writes the registry'),
  ('cross_validate', 'u', 'runs the caller''s query'),
  ('compare(text, int4, int4, text, text)', 'u', 'runs the caller''s query'),
  ('drift', 'u', 'runs the caller''s query'),
  ('care_list', 'u', 'runs the caller''s queries'),
  ('log_scores', 'u', 'runs the caller''s query and writes the log'),
  ('backtest_forecast', 'u', 'runs the caller''s query'),
  ('live_performance', 'u', 'runs the caller''s query'),
  ('cac_by_channel', 'u', 'runs the caller''s queries'),
  ('at_risk', 'u', 'runs the caller''s query'),
  ('customer_profile', 'u', 'runs the caller''s queries'),
  ('match_leads', 'u', 'runs the caller''s query'),
  ('estimate_amount', 'u', 'runs the caller''s queries'),
  ('estimate_bias', 'u', 'runs the caller''s query'),
  ('priorities', 'u', 'runs the caller''s query'),
  ('shortlist', 'u', 'runs the caller''s query'),
  ('assign_deals', 'u', 'runs the caller''s queries'),
  ('assignment_summary', 'u', 'runs the caller''s queries'),
  ('promote', 'u', 'writes the registry'),
  ('rollback_model', 'u', 'writes the registry'),
  ('retire', 'u', 'writes the registry'),
  ('set_traffic', 'u', 'writes the registry'),
  ('create_score_function', 'u', 'creates a function'),
  ('leader_table', 'u', 'runs the caller''s query'),
  ('log_score', 'u', 'writes the log'),
  ('refuse_change', 'u', 'a trigger belongs to a statement that writes'),
  ('score_trigger', 'u', 'a trigger belongs to a statement that writes'),
  ('stage_settings_trigger', 'u', 'a trigger belongs to a statement that writes'),
  ('journey_delta_trigger', 'u', 'a trigger belongs to a statement that writes'),
  ('compact_journeys', 'u', 'writes a table');

-- The state does not fit a typed datum that is edited in place.
CREATE TEMPORARY TABLE internal_state (name, reason) AS VALUES
  ('affinity', 'it holds all customers and products, above work_mem in files'),
  ('fit', 'the training matrix outgrows a datum'),
  ('fit_cox', 'the subjects with their features outgrow a datum'),
  ('funnel', 'in one pass it holds all events, above work_mem in files');

-- plpgsql functions that run the caller's query keep the caller's path.
CREATE TEMPORARY TABLE callers_path (name, reason) AS VALUES
  ('log_scores', 'scores the rows of a query'),
  ('live_performance', 'reads outcomes by a query'),
  ('leader_table', 'ranks the rows of a query'),
  ('cac_by_channel', 'reads costs and customers by queries'),
  ('at_risk', 'reads customers by a query'),
  ('customer_profile', 'reads customers and purchases by queries'),
  ('backtest_forecast', 'reads journeys by a query'),
  ('priorities', 'reads deals by a query'),
  ('shortlist', 'reads scores by a query');

-- C functions that read tables or settings through SPI or the catalog, as
-- patterns of name(argument types): they must not be IMMUTABLE.
CREATE TEMPORARY TABLE reads_tables (pattern) AS VALUES
  ('stage(text, text)'),
  ('category(%, text%'),
  ('define\_funnel(text%'),
  ('train(%'),
  ('score(text, %'),
  ('explain(text, %'),
  ('promote(%'),
  ('rollback\_model(%'),
  ('retire(%'),
  ('grade(text, %'),
  ('compare(text, %'),
  ('drift(%'),
  ('care\_list(%'),
  ('cross\_validate(%'),
  ('retrain(%'),
  ('match\_leads(%'),
  ('estimate\_amount(%'),
  ('estimate\_bias(%'),
  ('assign\_deals(%');

-- The types whose casts to jsonb are not called for.
CREATE TEMPORARY TABLE without_jsonb (name, reason) AS
  SELECT ''::text, ''::text WHERE false;

-- array types and the row types of tables, members of the extension from
-- version 17 on, are the server's
CREATE TEMPORARY VIEW object AS
  SELECT d.classid, d.objid, d.objsubid, i.type, i.schema,
         i.identity
    FROM pg_depend d,
         pg_identify_object(d.classid, d.objid, d.objsubid) i
   WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
     AND d.refobjid =
         (SELECT oid FROM pg_extension WHERE extname = 'crmprob')
     AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (
         SELECT FROM pg_type made
          WHERE made.typarray = d.objid
             OR (made.oid = d.objid AND made.typrelid <> 0)));

-- call: name and argument types, as the patterns of reads_tables have them
CREATE TEMPORARY VIEW function AS
  SELECT o.identity, p.*, l.lanname,
         p.proname || '(' || coalesce(
           (SELECT string_agg(t.typname, ', ' ORDER BY a.n)
              FROM unnest(p.proargtypes) WITH ORDINALITY a (oid, n)
              JOIN pg_type t ON t.oid = a.oid), '') || ')' AS call
    FROM object o
    JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid
    JOIN pg_language l ON l.oid = p.prolang;

CREATE TEMPORARY VIEW aggregate AS
  SELECT f.identity, f.oid, f.proname, f.proargtypes, f.provariadic,
         f.prorettype, a.*
    FROM function f JOIN pg_aggregate a ON a.aggfnoid = f.oid;

-- base types and what users make of them; not the row types of tables
CREATE TEMPORARY VIEW type AS
  SELECT o.identity, t.*
    FROM object o
    JOIN pg_type t ON o.classid = 'pg_type'::regclass AND t.oid = o.objid
   WHERE t.typtype IN ('b', 'r', 'e');

CREATE TEMPORARY VIEW opclass AS
  SELECT o.identity, c.*, a.amname
    FROM object o
    JOIN pg_opclass c ON o.classid = 'pg_opclass'::regclass AND c.oid = o.objid
    JOIN pg_am a ON a.oid = c.opcmethod;

-- Functions that the body of a SQL function calls. Dependencies on built-in
-- functions are not recorded, so the bound body itself is read.
CREATE TEMPORARY VIEW called AS
  SELECT f.identity, f.provolatile, c.oid::regprocedure AS callee,
         c.provolatile AS callee_volatile
    FROM function f,
         regexp_matches(f.prosqlbody::text, ':(?:op)?funcid (\d+)', 'g') m
    JOIN pg_proc c ON c.oid = m[1]::oid
   WHERE f.prosqlbody IS NOT NULL;

SELECT * FROM no_plan();

SELECT isnt_empty('SELECT * FROM object', 'the extension has objects');

-- where they are ------------------------------------------------------------

SELECT is_empty(
  $$SELECT type, identity FROM object
     WHERE schema IS NOT NULL AND schema <> 'crmprob'$$,
  'every object is in the schema crmprob');

SELECT results_eq(
  $$SELECT extnamespace::regnamespace::text, extrelocatable
      FROM pg_extension WHERE extname = 'crmprob'$$,
  $$VALUES ('crmprob', false)$$,
  'the extension is fixed to its schema');

SELECT is_empty(
  $$SELECT c.relkind, c.oid::regclass
      FROM object o
      JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid
     WHERE c.relkind IN ('r', 'p', 'S') AND NOT c.oid = ANY (
           SELECT unnest(extconfig) FROM pg_extension
            WHERE extname = 'crmprob')$$,
  'every table and sequence is marked for pg_dump');

-- it would exist before the rows do, which a parallel restore loads in any order
SELECT is_empty(
  $$SELECT conrelid::regclass, conname
      FROM pg_constraint, pg_extension
     WHERE extname = 'crmprob' AND contype = 'f' AND conrelid = ANY (extconfig)$$,
  'no table of the extension has a foreign key');

SELECT is_empty(
  $$SELECT o.identity, a.privilege_type
      FROM object o
      JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid,
           aclexplode(c.relacl) a
     WHERE a.grantee = 0 AND a.privilege_type <> 'SELECT'$$,
  'PUBLIC may at most read a table');

-- a restore would add the dumped rows to them
SELECT is_empty(
  $$SELECT c.oid::regclass
      FROM pg_extension, unnest(extconfig) AS c (oid)
     WHERE extname = 'crmprob' AND query_to_xml(
           format('SELECT FROM %s LIMIT 1', c.oid::regclass), false, false,
           '')::text ~ '<row'$$,
  'every table of the extension starts empty');

-- explained -----------------------------------------------------------------

-- a family made by CREATE OPERATOR CLASS has its name and no comment
SELECT is_empty(
  $$SELECT type, identity FROM object o
     WHERE coalesce(obj_description(objid, classid::regclass::name), '') = ''
       AND NOT (o.classid = 'pg_opfamily'::regclass AND EXISTS (
           SELECT FROM pg_opfamily f JOIN opclass c ON c.opcfamily = f.oid
            WHERE f.oid = o.objid AND f.opfname = c.opcname))$$,
  'every object has a comment');

SELECT is_empty(
  $$SELECT identity FROM function
     WHERE pronargs > 0 AND (proargnames IS NULL OR
           '' = ANY (proargnames[1:pronargs]))$$,
  'every argument has a name');

-- labelled ------------------------------------------------------------------

SELECT is_empty(
  $$SELECT f.identity, f.proparallel FROM function f
     WHERE f.proparallel <> coalesce(
           (SELECT n.label FROM not_parallel_safe n
             WHERE n.name IN (f.proname, f.call)),
           's')$$,
  'every function is PARALLEL SAFE or has the label of the list');

SELECT is_empty(
  $$SELECT identity FROM function WHERE prosecdef$$,
  'no function runs with its owner''s rights');

SELECT is_empty(
  $$SELECT identity, prorows FROM function
     WHERE proretset AND prorows = 1000$$,
  'every set-returning function estimates its rows');

SELECT is_empty(
  $$SELECT identity, provolatile FROM function
     WHERE provolatile = 'i' AND (prorettype = 'trigger'::regtype
           OR 'regclass'::regtype = ANY (proargtypes)
           OR EXISTS (SELECT FROM reads_tables r
                       WHERE call LIKE r.pattern))$$,
  'no function that reads tables is IMMUTABLE');

SELECT is_empty(
  $$SELECT f.identity, d.refobjid::regclass
      FROM function f
      JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = f.oid
     WHERE f.provolatile = 'i' AND d.refclassid = 'pg_class'::regclass$$,
  'no IMMUTABLE SQL function depends on a relation');

SELECT is_empty(
  $$SELECT identity, callee FROM called
     WHERE position(callee_volatile IN 'isv') > position(provolatile IN 'isv')$$,
  'no SQL function promises more than what it calls');

SELECT is_empty(
  $$SELECT identity FROM function
     WHERE lanname = 'plpgsql' AND provolatile = 'i'$$,
  'no plpgsql function is IMMUTABLE: its body cannot be checked');

-- bodies --------------------------------------------------------------------

SELECT is_empty(
  $$SELECT identity, lanname FROM function
     WHERE lanname NOT IN ('c', 'internal', 'sql', 'plpgsql')$$,
  'functions are in C, SQL or plpgsql');

SELECT is_empty(
  $$SELECT identity FROM function
     WHERE lanname = 'sql' AND prosqlbody IS NULL$$,
  'the body of every SQL function is bound');

SELECT is_empty(
  $$SELECT identity, proconfig FROM function f
     WHERE lanname = 'plpgsql'
       AND proconfig IS DISTINCT FROM
           ARRAY['search_path=pg_catalog, pg_temp']
       AND NOT EXISTS (SELECT FROM callers_path c WHERE c.name = f.proname)$$,
  'every plpgsql function sets its search_path');

SELECT is_empty(
  $$SELECT identity, proconfig FROM function
     WHERE lanname <> 'plpgsql' AND proconfig IS NOT NULL$$,
  'no other function pays for SET');

SELECT is_empty(
  $$SELECT identity, probin FROM function
     WHERE lanname = 'c' AND probin <> '$libdir/crmprob'$$,
  'every C function is in the library of the extension');

-- aggregates ----------------------------------------------------------------

SELECT is_empty(
  $$SELECT identity, aggtranstype::regtype FROM aggregate a
     WHERE aggtranstype = 'internal'::regtype
       AND NOT EXISTS (SELECT FROM internal_state i WHERE i.name = a.proname)$$,
  'the state of an aggregate is typed');

SELECT is_empty(
  $$SELECT identity, aggtranstype::regtype FROM aggregate
     WHERE aggtranstype NOT IN ('internal'::regtype, prorettype)$$,
  'a typed state is the value itself');

SELECT is_empty(
  $$SELECT identity FROM aggregate
     WHERE aggcombinefn = 0 AND aggtranstype <> 'internal'::regtype$$,
  'every aggregate with a typed state has a combine function');

SELECT is_empty(
  $$SELECT identity FROM aggregate WHERE aggtransspace <= 0$$,
  'every aggregate tells the size of its state');

SELECT is_empty(
  $$SELECT identity, aggfinalmodify FROM aggregate
     WHERE aggfinalmodify <> 'r' OR aggmfinalmodify <> 'r'$$,
  'final functions leave the state alone');

SELECT is_empty(
  $$SELECT identity FROM aggregate WHERE aggkind <> 'n'$$,
  'no aggregate is an ordered-set or hypothetical-set one');

SELECT is_empty(
  $$SELECT identity FROM aggregate WHERE provariadic <> 0$$,
  'no aggregate is VARIADIC');

SELECT is_empty(
  $$SELECT a.identity, t.typname
      FROM aggregate a JOIN pg_type t ON t.oid = ANY (a.proargtypes)
     WHERE t.typtype = 'p' AND t.typname LIKE 'any%'$$,
  'no aggregate is polymorphic');

-- any_value and its like are built in from a later version on
SELECT is_empty(
  $$SELECT identity FROM aggregate a
     WHERE proname IN ('any_value', 'json_arrayagg', 'json_objectagg')
        OR EXISTS (SELECT FROM pg_proc p
                    WHERE p.pronamespace = 'pg_catalog'::regnamespace
                      AND p.proname = a.proname)$$,
  'no aggregate has the name of a built-in function');

-- types ---------------------------------------------------------------------

SELECT is_empty(
  $$SELECT identity FROM type
     WHERE typtype = 'b' AND (typreceive = 0 OR typsend = 0)$$,
  'every type has binary input and output');

SELECT is_empty(
  $$SELECT t.identity, p.oid::regprocedure
      FROM type t
      JOIN pg_proc p ON p.oid IN (t.typinput, t.typoutput, t.typreceive,
                                  t.typsend)
     WHERE t.typtype = 'b' AND (p.provolatile <> 'i' OR NOT p.proisstrict)$$,
  'input and output are IMMUTABLE and STRICT');

SELECT is_empty(
  $$SELECT t.identity FROM type t
     WHERE t.typtype = 'b' AND NOT EXISTS (
           SELECT FROM pg_operator o
            WHERE o.oprname = '=' AND o.oprleft = t.oid AND o.oprright = t.oid
              AND o.oprcanhash AND o.oprcom <> 0 AND o.oprnegate <> 0)$$,
  'every type has an = that hashes, with commutator and negator');

SELECT is_empty(
  $$SELECT t.identity FROM type t
     WHERE t.typtype = 'b' AND NOT EXISTS (
           SELECT FROM opclass c
             JOIN pg_amproc p ON p.amprocfamily = c.opcfamily
              AND p.amproclefttype = t.oid AND p.amprocnum = 2
            WHERE c.opcintype = t.oid AND c.opcdefault AND c.amname = 'hash')$$,
  'every type has a default hash class, with the 64-bit function');

SELECT is_empty(
  $$SELECT identity, amname FROM opclass
     WHERE NOT amvalidate(oid)$$,
  'every operator class is valid');

SELECT is_empty(
  $$SELECT t.identity FROM type t
     WHERE t.typtype = 'b' AND NOT EXISTS (
           SELECT FROM pg_cast c
            WHERE c.castsource = t.oid AND c.casttarget = 'jsonb'::regtype
              AND c.castcontext = 'e')
       AND NOT EXISTS (SELECT FROM without_jsonb w WHERE w.name = t.typname)$$,
  'every type has an explicit cast to jsonb');

SELECT is_empty(
  $$SELECT o.identity FROM object o
      JOIN pg_cast c ON o.classid = 'pg_cast'::regclass AND c.oid = o.objid
     WHERE c.casttarget = 'jsonb'::regtype AND c.castcontext <> 'e'$$,
  'casts to jsonb are explicit');

SELECT * FROM finish();
ROLLBACK;
