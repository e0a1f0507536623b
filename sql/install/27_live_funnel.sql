-- live_funnel: journeys kept current by statement triggers, as deltas that
-- are merged when they are read.

-- The caller's tables are named by the trigger's arguments and reached with the
-- writer's rights; nothing depends on the writer's search_path.
CREATE FUNCTION @extschema@.journey_delta_trigger() RETURNS trigger
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  target text[];
  new_rows name;
  old_rows name;
  columns text;
  events text;
  with_amount boolean := coalesce(TG_ARGV[5], '') <> '';
BEGIN
  IF TG_LEVEL <> 'STATEMENT' OR TG_WHEN <> 'AFTER' OR
     TG_OP NOT IN ('INSERT', 'UPDATE') THEN
    RAISE trigger_protocol_violated USING
      MESSAGE = format('trigger "%s" cannot keep journeys', TG_NAME),
      DETAIL = 'Events are added to a journey and never taken back.',
      HINT = 'Make it AFTER INSERT or AFTER UPDATE, FOR EACH STATEMENT.';
  END IF;
  IF TG_NARGS NOT BETWEEN 4 AND 6 THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('trigger "%s" needs 4 to 6 arguments', TG_NAME),
      HINT = 'They are the table of deltas, the columns of deal, stage and time, and if needed the pipeline and the column of the amount.';
  END IF;
  SELECT t.tgnewtable, t.tgoldtable INTO new_rows, old_rows
    FROM pg_trigger t WHERE t.tgrelid = TG_RELID AND t.tgname = TG_NAME;
  IF new_rows IS NULL OR (TG_OP = 'UPDATE' AND old_rows IS NULL) THEN
    RAISE trigger_protocol_violated USING
      MESSAGE = format('trigger "%s" has no transition table', TG_NAME),
      HINT = 'Write REFERENCING NEW TABLE AS new_rows, and for UPDATE also OLD TABLE AS old_rows.';
  END IF;
  target := parse_ident(TG_ARGV[0]);
  IF cardinality(target) = 1 THEN
    target := ARRAY[TG_TABLE_SCHEMA::text] || target;
  ELSIF cardinality(target) <> 2 THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('invalid table name "%s"', TG_ARGV[0]);
  END IF;

  columns := format('r.%I AS entity, %s AS stage, r.%I::timestamptz AS at, %s AS amount',
    TG_ARGV[1],
    CASE WHEN coalesce(TG_ARGV[4], '') = ''
         THEN format('r.%I::crmprob.stage', TG_ARGV[2])
         ELSE format('crmprob.stage(%L::text, r.%I::text)', TG_ARGV[4], TG_ARGV[2])
    END,
    TG_ARGV[3],
    CASE WHEN with_amount THEN format('r.%I::numeric', TG_ARGV[5])
         ELSE 'NULL::numeric' END);
  IF TG_OP = 'INSERT' THEN
    events := format('SELECT %s FROM %I r', columns, new_rows);
  ELSE
    -- grouping compares by the types' own classes, whatever the search_path
    events := format('SELECT entity, stage, min(at) AS at, amount FROM ('
      'SELECT %1$s, false AS old FROM %2$I r UNION ALL '
      'SELECT %1$s, true FROM %3$I r) b '
      'GROUP BY entity, stage, amount HAVING NOT bool_or(old)',
      columns, new_rows, old_rows);
  END IF;
  EXECUTE format('INSERT INTO %I.%I (entity, journey) '
    'SELECT entity, crmprob.journey(stage, at%s) FROM (%s) e '
    'WHERE entity IS NOT NULL GROUP BY entity',
    target[1], target[2], CASE WHEN with_amount THEN ', amount' ELSE '' END,
    events);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION @extschema@.journey_delta_trigger() IS
  'statement trigger that adds what was written to a table of journeys: (deltas, deal column, stage column, time column [, pipeline [, amount column]])';

CREATE FUNCTION @extschema@.compact_journeys(deltas regclass) RETURNS bigint
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  removed bigint;
  kind "char" := (SELECT c.relkind FROM pg_class c WHERE c.oid = deltas);
  missing name;
BEGIN
  IF kind IS NULL THEN
    RAISE undefined_table USING
      MESSAGE = format('relation with OID %s does not exist', deltas::oid);
  ELSIF kind <> 'r' THEN
    RAISE wrong_object_type USING
      MESSAGE = format('"%s" is not an ordinary table', deltas),
      HINT = CASE kind
        WHEN 'p' THEN 'Compact the partitions one by one.'
        WHEN 'm' THEN 'Compact the table that it is made from.'
        WHEN 'v' THEN 'Compact the table that it reads.'
        ELSE 'Give the table that the trigger writes to.' END;
  END IF;
  SELECT n.name INTO missing
    FROM unnest('{entity,journey}'::name[]) WITH ORDINALITY AS n (name, place)
   WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = deltas
      AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped)
   ORDER BY n.place LIMIT 1;
  IF missing IS NOT NULL THEN
    RAISE undefined_column USING
      MESSAGE = format('table "%s" has no column "%s"', deltas, missing),
      HINT = 'A table of deltas has the columns "entity" and "journey".';
  END IF;
  -- keeps other compactions out, but neither readers nor writers
  EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', deltas);
  EXECUTE format('WITH taken AS ('
    'DELETE FROM %1$s WHERE ctid IN ('
    'SELECT s.ctid FROM (SELECT ctid, count(*) OVER (PARTITION BY entity) AS n'
    ' FROM %1$s) s WHERE s.n > 1) RETURNING entity, journey'
    '), merged AS ('
    'INSERT INTO %1$s (entity, journey) '
    'SELECT entity, crmprob.rollup(journey) FROM taken GROUP BY entity RETURNING 1'
    ') SELECT (SELECT count(*) FROM taken) - (SELECT count(*) FROM merged)',
    deltas) INTO removed;
  RETURN removed;
END
$function$;
COMMENT ON FUNCTION @extschema@.compact_journeys(deltas regclass) IS
  'merges the rows of each deal in a table of journeys into one; returns how many rows that saved';
