-- targets: proposing and splitting them, attainment, pace, leaders.

CREATE FUNCTION @extschema@.attainment(actual numeric, target numeric,
  cap numeric DEFAULT NULL) RETURNS numeric
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
  AS 'MODULE_PATHNAME', 'target_attainment';
COMMENT ON FUNCTION @extschema@.attainment(numeric, numeric, numeric) IS
  'actual divided by target, at most the cap; NULL without a target';

CREATE FUNCTION @extschema@.weighted_attainment(attainments numeric[],
  weights numeric[]) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'weighted_attainment';
COMMENT ON FUNCTION @extschema@.weighted_attainment(numeric[], numeric[]) IS
  'mean of attainments by weights, of those that are known';

CREATE FUNCTION @extschema@.apportion(total numeric, weights numeric[],
  decimals integer DEFAULT 2) RETURNS numeric[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'apportion';
COMMENT ON FUNCTION @extschema@.apportion(numeric, numeric[], integer) IS
  'shares of a total by weights that add up to it exactly (largest remainder)';

CREATE FUNCTION @extschema@.working_days(first date, last date,
  holidays date[] DEFAULT '{}', weekdays integer[] DEFAULT '{1,2,3,4,5}') RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'working_days';
COMMENT ON FUNCTION @extschema@.working_days(date, date, date[], integer[]) IS
  'working days from the first to the last day, both included';

CREATE FUNCTION @extschema@.pace(actual numeric, target numeric, first date, last date,
  as_of date, holidays date[] DEFAULT '{}', weekdays integer[] DEFAULT '{1,2,3,4,5}',
  OUT days integer, OUT days_done integer, OUT days_left integer, OUT elapsed numeric,
  OUT attainment numeric, OUT run_rate numeric, OUT projected numeric,
  OUT required_pace numeric, OUT on_track boolean)
  LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
BEGIN
  IF as_of IS NULL OR holidays IS NULL OR weekdays IS NULL THEN
    RAISE EXCEPTION 'as_of, holidays and weekdays of pace must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF actual IN ('NaN', 'Infinity', '-Infinity') THEN
    RAISE EXCEPTION 'actual value must be finite'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF last < first THEN
    RAISE EXCEPTION 'period ends before it begins'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  days := crmprob.working_days(first, last, holidays, weekdays);
  days_done := crmprob.working_days(first, greatest(least(as_of, last), first - 1), holidays, weekdays);
  days_left := days - days_done;
  elapsed := days_done::numeric / nullif(days, 0);
  attainment := crmprob.attainment(actual, target);
  run_rate := actual / nullif(days_done, 0);
  projected := actual * days / nullif(days_done, 0);
  required_pace := CASE WHEN actual >= target THEN 0
                        ELSE (target - actual) / nullif(days_left, 0) END;
  on_track := actual >= target * elapsed;
END $$;
COMMENT ON FUNCTION @extschema@.pace(numeric, numeric, date, date, date, date[], integer[]) IS
  'how a period goes by working days: run-rate, what it leads to, and what each day left must bring';

CREATE FUNCTION @extschema@.propose_target(forecast numeric DEFAULT NULL,
  last_period numeric DEFAULT NULL, trend numeric DEFAULT 0,
  market_growth numeric DEFAULT 0, forecast_weight numeric DEFAULT 0.5,
  stretch numeric DEFAULT 0, decimals integer DEFAULT 0) RETURNS numeric
  LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  grown numeric;
BEGIN
  IF forecast < 0 OR last_period < 0
     OR 'NaN' IN (forecast, last_period) OR 'Infinity' IN (forecast, last_period) THEN
    RAISE EXCEPTION 'forecast and last period must be numbers of 0 or more'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF NOT coalesce(trend, 0) BETWEEN -1 AND 10
     OR NOT coalesce(market_growth, 0) BETWEEN -1 AND 10
     OR NOT coalesce(stretch, 0) BETWEEN -1 AND 10 THEN
    RAISE EXCEPTION 'trend, market growth and stretch must be between -1 and 10'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Write 5 % as 0.05.';
  END IF;
  IF NOT coalesce(forecast_weight, 0.5) BETWEEN 0 AND 1 THEN
    RAISE EXCEPTION 'weight of the forecast must be between 0 and 1'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF NOT coalesce(decimals, 0) BETWEEN -20 AND 20 THEN
    RAISE EXCEPTION 'decimals must be between -20 and 20'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  grown := last_period * (1 + coalesce(trend, 0)) * (1 + coalesce(market_growth, 0));
  RETURN round(coalesce(forecast * coalesce(forecast_weight, 0.5)
                          + grown * (1 - coalesce(forecast_weight, 0.5)),
                        forecast, grown)
               * (1 + coalesce(stretch, 0)), coalesce(decimals, 0));
END $$;
COMMENT ON FUNCTION @extschema@.propose_target(numeric, numeric, numeric, numeric, numeric, numeric, integer) IS
  'a target from the forecast, and from the last period with its trend and the market''s growth';

CREATE FUNCTION @extschema@.split_target(total numeric, sellers text[],
  capacity numeric[] DEFAULT NULL, history numeric[] DEFAULT NULL,
  history_weight numeric DEFAULT 0.5, decimals integer DEFAULT 2)
  RETURNS TABLE (seller text, share numeric, target numeric)
  LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 20
  SET search_path = pg_catalog, pg_temp
  AS $$
DECLARE
  shares numeric[];
  amounts numeric[];
BEGIN
  IF total IS NULL OR sellers IS NULL THEN
    RETURN;
  END IF;
  IF array_ndims(sellers) > 1 OR array_ndims(capacity) > 1 OR array_ndims(history) > 1 THEN
    RAISE EXCEPTION 'sellers, capacity and history must have one dimension'
      USING ERRCODE = 'array_subscript_error';
  END IF;
  -- subscripts from 1 on, whatever they were
  sellers := sellers[:];
  capacity := capacity[:];
  history := history[:];
  IF EXISTS (SELECT FROM unnest(sellers) AS s WHERE s IS NULL) THEN
    RAISE EXCEPTION 'a seller must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF EXISTS (SELECT FROM unnest(sellers) AS s GROUP BY s COLLATE "C" HAVING count(*) > 1) THEN
    RAISE EXCEPTION 'a seller stands twice'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Add up capacity and history by seller first.';
  END IF;
  IF cardinality(sellers) <> coalesce(cardinality(capacity), cardinality(sellers))
     OR cardinality(sellers) <> coalesce(cardinality(history), cardinality(sellers)) THEN
    RAISE EXCEPTION 'sellers, capacity and history differ in number'
      USING ERRCODE = 'array_subscript_error';
  END IF;
  IF NOT coalesce(history_weight, 0.5) BETWEEN 0 AND 1 THEN
    RAISE EXCEPTION 'weight of history must be between 0 and 1'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM unnest(capacity || history) AS v
              WHERE v < 0 OR v IN ('NaN', 'Infinity')) THEN
    RAISE EXCEPTION 'capacity and history must be numbers of 0 or more'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- a seller without history stands at the capacity's share; all of it anew
  -- by the sum, so that shares add up to 1
  WITH part AS (
    SELECT i, coalesce(capacity[i], CASE WHEN capacity IS NULL THEN 1 ELSE 0 END) AS room,
           history[i] AS done
      FROM generate_subscripts(sellers, 1) AS i
  ), whole AS (
    SELECT nullif(sum(room), 0) AS room, nullif(sum(done), 0) AS done,
           nullif(sum(room) FILTER (WHERE done IS NOT NULL), 0) AS room_of_done FROM part
  ), mixed AS (
    SELECT i, CASE
             WHEN whole.done IS NULL OR whole.room_of_done IS NULL THEN part.room / whole.room
             WHEN part.done IS NULL THEN part.room / whole.room
             ELSE (1 - coalesce(history_weight, 0.5)) * part.room / whole.room
                + coalesce(history_weight, 0.5) * part.done / whole.done * whole.room_of_done / whole.room
           END AS share
      FROM part, whole
  )
  SELECT array_agg(m.share / t.all_shares ORDER BY m.i) INTO shares
    FROM mixed m, (SELECT nullif(sum(mixed.share), 0) AS all_shares FROM mixed) t;
  amounts := crmprob.apportion(total, shares, coalesce(decimals, 2));
  RETURN QUERY
    SELECT sellers[i], shares[i], amounts[i]
      FROM generate_subscripts(sellers, 1) AS i
     ORDER BY i;
END $$;
COMMENT ON FUNCTION @extschema@.split_target(numeric, text[], numeric[], numeric[], numeric, integer) IS
  'a total split over sellers by capacity and history; the targets add up to it exactly';

CREATE FUNCTION @extschema@.leader_table(query text, seller_column text,
  value_column text, team_column text DEFAULT NULL)
  RETURNS TABLE (rank bigint, seller text, team text, value numeric, behind numeric, tied boolean)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 20
  AS $$
BEGIN
  IF leader_table.query IS NULL OR leader_table.seller_column IS NULL OR leader_table.value_column IS NULL THEN
    RAISE EXCEPTION 'query, seller_column and value_column of leader_table must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  FOR rank, seller, team, value, behind, tied IN EXECUTE pg_catalog.format(
    'SELECT CASE WHEN l.value IS NOT NULL THEN l.rank END, l.seller, l.team, l.value, l.behind, '
    'l.value IS NOT NULL AND l.peers OPERATOR(pg_catalog.>) 1 FROM (SELECT '
    'pg_catalog.rank() OVER (PARTITION BY q.team ORDER BY q.value DESC NULLS LAST) AS rank, q.seller, q.team, q.value, '
    'pg_catalog.max(q.value) OVER (PARTITION BY q.team) OPERATOR(pg_catalog.-) q.value AS behind, '
    'pg_catalog.count(*) OVER (PARTITION BY q.team, q.value) AS peers '
    'FROM (SELECT crmprob_q.%1$I::pg_catalog.text AS seller, %3$s AS team, '
    'crmprob_q.%2$I::pg_catalog.numeric AS value FROM (%4$s) crmprob_q) q) l '
    'ORDER BY l.team COLLATE pg_catalog."C", l.value DESC NULLS LAST, l.seller COLLATE pg_catalog."C"',
    leader_table.seller_column, leader_table.value_column,
    CASE WHEN leader_table.team_column IS NULL THEN 'NULL::pg_catalog.text'
         ELSE pg_catalog.format('crmprob_q.%I::pg_catalog.text', leader_table.team_column) END,
    crmprob.query_text('leader_table', leader_table.query))
  LOOP
    IF leader_table.value OPERATOR(pg_catalog.=) ANY ('{NaN,Infinity,-Infinity}'::pg_catalog.numeric[]) THEN
      RAISE EXCEPTION 'value % of leader_table must be finite', leader_table.value
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.leader_table(text, text, text, text) IS
  'sellers of a query ranked by a value, within teams if asked; equals share a rank';
