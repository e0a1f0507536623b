-- crmprob: from 0.4.0 to 0.5.0.
\echo Use "ALTER EXTENSION crmprob UPDATE TO '0.5.0'" to load this file. \quit

-- challengers of before are asked in order of version, as they were
ALTER TABLE @extschema@.model_traffic ADD COLUMN place integer NOT NULL DEFAULT 0;


CREATE OR REPLACE FUNCTION @extschema@.cac_by_channel(costs text, customers text)
  RETURNS TABLE (channel text, is_total boolean, cost numeric, new_customers bigint, cac numeric,
    share_of_cost double precision, share_of_customers double precision)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20
  AS $$
DECLARE
  crmprob_r pg_catalog.record;
BEGIN
  FOR crmprob_r IN EXECUTE pg_catalog.format(
    'WITH crmprob_c AS (SELECT q.channel::pg_catalog.text AS channel, q.cost::pg_catalog.numeric AS cost, '
    '0::pg_catalog.numeric AS won FROM (%1$s) q (channel, cost) '
    'UNION ALL SELECT q.channel::pg_catalog.text, 0, q.new_customers::pg_catalog.numeric FROM (%2$s) q (channel, new_customers)'
    '), crmprob_s AS (SELECT c.channel, GROUPING(c.channel) OPERATOR(pg_catalog.=) 1 AS is_total, '
    'COALESCE(pg_catalog.sum(c.cost), 0) AS cost, COALESCE(pg_catalog.sum(c.won), 0) AS won '
    'FROM crmprob_c c GROUP BY GROUPING SETS ((c.channel), ())'
    '), crmprob_w AS (SELECT s.*, CASE WHEN pg_catalog.abs(s.won) OPERATOR(pg_catalog.<) ''Infinity'' AND s.won OPERATOR(pg_catalog.=) pg_catalog.trunc(s.won) '
    'THEN s.won::pg_catalog.int8 END AS n FROM crmprob_s s) '
    'SELECT s.channel, s.is_total, s.cost, s.won, s.n, crmprob.cac(s.cost, s.n) AS cac, '
    '(s.cost OPERATOR(pg_catalog./) NULLIF(t.cost, 0))::pg_catalog.float8 AS share_of_cost, '
    's.n::pg_catalog.float8 OPERATOR(pg_catalog./) NULLIF(t.n, 0)::pg_catalog.float8 AS share_of_customers '
    'FROM crmprob_w s, crmprob_w t WHERE t.is_total '
    'ORDER BY s.is_total, 6, s.channel COLLATE pg_catalog."C"',
    crmprob.query_text('cac_by_channel', cac_by_channel.costs),
    crmprob.query_text('cac_by_channel', cac_by_channel.customers))
  LOOP
    -- half a customer would be rounded away, and with it the cost of a whole one
    IF crmprob_r.n IS NULL THEN
      RAISE 'new customers must be a whole number'
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = pg_catalog.format('Channel %s has %s.', COALESCE(pg_catalog.quote_ident(crmprob_r.channel), 'NULL'), crmprob_r.won);
    END IF;
    channel := crmprob_r.channel;
    is_total := crmprob_r.is_total;
    cost := crmprob_r.cost;
    new_customers := crmprob_r.n;
    cac := crmprob_r.cac;
    share_of_cost := crmprob_r.share_of_cost;
    share_of_customers := crmprob_r.share_of_customers;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.rollback_model(name text, reason text DEFAULT NULL) RETURNS integer
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  current integer;
  earlier integer;
  followed_at timestamptz;
BEGIN
  IF rollback_model.name IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(rollback_model.name));
  SELECT m.version INTO current FROM @extschema@.model_versions m
   WHERE m.name = rollback_model.name AND m.status = 'champion';
  -- what the champion followed when it was last promoted; steps about a
  -- former model of this name are older than the model
  SELECT p.former, p.done_at INTO earlier, followed_at
    FROM @extschema@.model_promotions p
    JOIN @extschema@.model_versions m ON m.name = p.name AND m.version = p.version
   WHERE p.name = rollback_model.name AND p.version = current
     AND p.action = 'promote' AND p.done_at >= m.trained_at
   ORDER BY p.step DESC LIMIT 1;
  -- one that is younger was given the number of a deleted champion
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = rollback_model.name AND m.version = earlier
      AND m.trained_at <= followed_at;
  IF NOT FOUND THEN
    PERFORM FROM @extschema@.model_versions m WHERE m.name = rollback_model.name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'model "%" does not exist',
          left(rollback_model.name, 80) || CASE WHEN length(rollback_model.name) > 80 THEN '...' ELSE '' END
        USING ERRCODE = 'undefined_object',
              HINT = 'Models are listed in crmprob.model_versions; crmprob.train() adds one.';
    END IF;
    RAISE EXCEPTION 'model "%" has no earlier champion to go back to',
        left(rollback_model.name, 80) || CASE WHEN length(rollback_model.name) > 80 THEN '...' ELSE '' END
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Choose a version with crmprob.promote(name, version).';
  END IF;
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = rollback_model.name AND m.version = current;
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = rollback_model.name AND m.version = earlier;
  INSERT INTO @extschema@.model_promotions (name, step, action, version, former, reason)
  SELECT rollback_model.name, max(p.step) + 1, 'rollback', earlier, current,
         rollback_model.reason
    FROM @extschema@.model_promotions p WHERE p.name = rollback_model.name;
  RETURN earlier;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.set_traffic(name text, version integer, share double precision) RETURNS void
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  present text;
  others float8;
  queue_place integer;
BEGIN
  IF NOT set_traffic.share BETWEEN 0 AND 1 THEN
    RAISE EXCEPTION 'share % of traffic is not between 0 and 1', set_traffic.share
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(set_traffic.name));
  SELECT m.status INTO present FROM @extschema@.model_versions m
   WHERE m.name = set_traffic.name AND m.version = set_traffic.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'model "%" has no version %',
        left(set_traffic.name, 80) || CASE WHEN length(set_traffic.name) > 80 THEN '...' ELSE '' END,
        set_traffic.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  ELSIF present = 'champion' THEN
    RAISE EXCEPTION 'version % of model "%" is the champion', set_traffic.version, set_traffic.name
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'It has what the challengers leave.';
  END IF;
  SELECT coalesce(sum(t.share), 0) INTO others
    FROM @extschema@.model_traffic t
    JOIN @extschema@.model_versions m ON m.name = t.name AND m.version = t.version
   WHERE t.name = set_traffic.name AND t.version <> set_traffic.version
     AND m.status = 'challenger';
  -- 0.8, 0.1 and 0.1 add up to a little more or less than 1
  IF others + set_traffic.share > 1 + 1e-9 THEN
    RAISE EXCEPTION 'shares of traffic of model "%" add up to more than 1', set_traffic.name
      USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('The other challengers have %s.', others);
  END IF;
  -- a challenger keeps its place, a new one comes last
  IF present = 'challenger' THEN
    SELECT t.place INTO queue_place FROM @extschema@.model_traffic t
     WHERE t.name = set_traffic.name AND t.version = set_traffic.version;
  END IF;
  IF queue_place IS NULL THEN
    SELECT coalesce(max(t.place) + 1, 0) INTO queue_place FROM @extschema@.model_traffic t
     WHERE t.name = set_traffic.name;
  END IF;
  DELETE FROM @extschema@.model_traffic t
   WHERE t.name = set_traffic.name AND t.version = set_traffic.version;
  IF set_traffic.share > 0 THEN
    INSERT INTO @extschema@.model_traffic (name, version, share, place)
    VALUES (set_traffic.name, set_traffic.version, set_traffic.share, queue_place);
  END IF;
  UPDATE @extschema@.model_versions m
     SET status = CASE WHEN set_traffic.share > 0 THEN 'challenger' ELSE 'candidate' END
   WHERE m.name = set_traffic.name AND m.version = set_traffic.version;
END $$;

-- Challengers are asked in the order in which they became such; each takes its
-- share of what the earlier ones left, by a hash of its own (the low 32 bits,
-- the better mixed half), and the champion the rest. So a new challenger takes
-- keys from the champion only, whatever its version.
CREATE OR REPLACE FUNCTION @extschema@.assign(name text, key text) RETURNS integer
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(
    (SELECT c.version
       FROM (SELECT t.version, t.share, t.place,
                    1::float8 OPERATOR(pg_catalog.-) coalesce(pg_catalog.sum(t.share) OVER (
                      ORDER BY t.place, t.version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0::float8) AS remaining
               FROM @extschema@.model_traffic t
               JOIN @extschema@.model_versions v
                 ON v.name OPERATOR(pg_catalog.=) t.name
                AND v.version OPERATOR(pg_catalog.=) t.version
              WHERE t.name OPERATOR(pg_catalog.=) assign.name
                AND v.status OPERATOR(pg_catalog.=) 'challenger'::text) c
      WHERE ((pg_catalog.hashtextextended(
                pg_catalog.concat_ws(':'::text, c.version, assign.name, assign.key), 0::bigint)
              OPERATOR(pg_catalog.&) 4294967295::bigint)::float8
             OPERATOR(pg_catalog./) 4294967296::float8)
            OPERATOR(pg_catalog.*) c.remaining OPERATOR(pg_catalog.<) c.share
      ORDER BY c.place, c.version
      LIMIT 1),
    (SELECT v.version
       FROM @extschema@.model_versions v
      WHERE v.name OPERATOR(pg_catalog.=) assign.name
        AND v.status OPERATOR(pg_catalog.=) 'champion'::text));
END;

-- the caller's search_path stays: the query is the caller's
CREATE OR REPLACE FUNCTION @extschema@.log_scores(name text, query text, key text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000
  AS $$
DECLARE
  added pg_catalog.int8;
BEGIN
  EXECUTE pg_catalog.format(
    'INSERT INTO crmprob.score_log (name, version, key, score) '
    'SELECT $1, crmprob_a.version, crmprob_a.key, crmprob.score($1, crmprob_a.version, crmprob_a.crmprob_q) '
    'FROM (SELECT crmprob_q, crmprob_q.%1$I::pg_catalog.text AS key, '
    'crmprob.assign($1, crmprob_q.%1$I::pg_catalog.text) AS version FROM (%2$s) crmprob_q '
    -- assigned once a row, not where it is used
    'OFFSET 0) crmprob_a WHERE crmprob_a.key IS NOT NULL',
    log_scores.key,
    crmprob.query_text('log_scores', log_scores.query))
    USING log_scores.name;
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN added;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.live_performance(name text, outcomes text, key text,
  label text, period text DEFAULT 'month')
  RETURNS TABLE (version integer, since timestamptz, n bigint, n_positive bigint,
    expected double precision, auc double precision, log_loss double precision,
    brier double precision, ece double precision, evaluation @extschema@.evaluation)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 20
  AS $$
BEGIN
  RETURN QUERY EXECUTE pg_catalog.format(
    'SELECT e.version, e.since, crmprob.n(e.evaluation), crmprob.n_positive(e.evaluation), '
    '(crmprob.expected_wins(e.evaluation)).expected, crmprob.auc(e.evaluation), '
    'crmprob.log_loss(e.evaluation), crmprob.brier(e.evaluation), '
    'crmprob.ece(e.evaluation), e.evaluation '
    'FROM (SELECT f.version, pg_catalog.date_trunc($2, f.scored_at, ''UTC'') AS since, '
    'crmprob.evaluation(f.score, crmprob_q.%2$I) AS evaluation '
    'FROM (SELECT DISTINCT ON (l.version, l.key) l.version, l.key, l.score, l.scored_at '
    'FROM crmprob.score_log l WHERE l.name OPERATOR(pg_catalog.=) $1 '
    'ORDER BY l.version, l.key, l.scored_at, l.score) f '
    'JOIN (%3$s) crmprob_q ON crmprob_q.%1$I::pg_catalog.text OPERATOR(pg_catalog.=) f.key '
    'WHERE crmprob_q.%2$I IS NOT NULL GROUP BY 1, 2) e ORDER BY 1, 2',
    live_performance.key, live_performance.label,
    crmprob.query_text('live_performance', live_performance.outcomes))
    USING live_performance.name, live_performance.period;
END $$;

CREATE FUNCTION @extschema@.query_text(function text, query text) RETURNS text
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'query_text';
COMMENT ON FUNCTION @extschema@.query_text(function text, query text) IS
  'a query as FROM (...) takes it, checked to be a single SELECT; errors name the function';

CREATE OR REPLACE FUNCTION @extschema@.backtest_forecast(query text, dates timestamptz[], horizon interval, correlation float8 DEFAULT 0)
  RETURNS TABLE (forecast_at timestamptz, deals bigint, ignored bigint, open_amount numeric,
                 actual numeric, expected numeric, p10 numeric, p50 numeric, p90 numeric,
                 covered boolean, pinball float8, naive numeric, naive_pinball float8)
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE ROWS 10
  AS $$
#variable_conflict use_column
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.unnest(backtest_forecast.dates) AS d (at) WHERE d.at IS NULL) THEN
    RAISE EXCEPTION 'dates of backtest_forecast must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  FOREACH forecast_at IN ARRAY backtest_forecast.dates LOOP
    EXECUTE pg_catalog.format($query$
      WITH history AS MATERIALIZED (
        SELECT q.journey, q.amount::pg_catalog.numeric, crmprob.stage_at(q.journey, $1) AS stage
          FROM (%s) AS q
         WHERE q.amount IS NOT NULL AND crmprob.stage_at(q.journey, $1) IS NOT NULL
      ), flow AS MATERIALIZED (
        SELECT crmprob.stage_flow(h.journey, $1) AS flow,
               pg_catalog.avg(crmprob.is_won(h.stage)::integer)
                 FILTER (WHERE NOT crmprob.is_open(h.stage))::pg_catalog.float8 AS won
          FROM history AS h
      ), deal AS MATERIALIZED (
        SELECT h.stage, h.amount,
               (SELECT $1 OPERATOR(pg_catalog.-) pg_catalog.max(t.entered_at)
                  FROM crmprob.timeline(h.journey) AS t
                 WHERE t.entered_at OPERATOR(pg_catalog.<=) $1) AS elapsed,
               EXISTS (SELECT FROM crmprob.timeline(h.journey) AS t
                        WHERE crmprob.is_won(t.stage) AND t.entered_at OPERATOR(pg_catalog.>) $1
                          -- not $1 + $2, which counts days by the session's time zone
                          AND EXTRACT(epoch FROM t.entered_at OPERATOR(pg_catalog.-) $1) OPERATOR(pg_catalog.<=) EXTRACT(epoch FROM $2)) AS won
          FROM history AS h
         WHERE crmprob.is_open(h.stage)
      ), forecast AS MATERIALIZED (
        SELECT crmprob.forecast_by_stage(f.flow, d.stage, d.amount, $2, d.elapsed) AS f,
               pg_catalog.sum(d.amount) AS open_amount,
               coalesce(pg_catalog.sum(d.amount) FILTER (WHERE d.won), 0) AS actual,
               pg_catalog.round((pg_catalog.min(f.won) OPERATOR(pg_catalog.*) pg_catalog.sum(d.amount)::pg_catalog.float8)::numeric, 4) AS naive
          FROM deal AS d, flow AS f
      )
      SELECT crmprob.deals(f), crmprob.n_ignored(f), open_amount, actual, crmprob.expected_value(f),
             q[1], q[2], q[3], actual OPERATOR(pg_catalog.>=) q[1] AND actual OPERATOR(pg_catalog.<=) q[3],
             (SELECT pg_catalog.avg(crmprob.pinball_loss(p, q[i], actual))
                FROM ROWS FROM (pg_catalog.unnest($4)) WITH ORDINALITY AS p (p, i)),
             naive,
             (SELECT pg_catalog.avg(crmprob.pinball_loss(p, naive, actual)) FROM pg_catalog.unnest($4) AS p)
        FROM forecast, LATERAL (SELECT crmprob.quantiles(f, $4, $3) AS q) AS s
    $query$, crmprob.query_text('backtest_forecast', backtest_forecast.query))
    INTO deals, ignored, open_amount, actual, expected, p10, p50, p90, covered, pinball, naive, naive_pinball
    USING forecast_at, backtest_forecast.horizon, backtest_forecast.correlation, '{0.1,0.5,0.9}'::pg_catalog.float8[];
    RETURN NEXT;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.pace(actual numeric, target numeric, first date, last date,
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

CREATE OR REPLACE FUNCTION @extschema@.propose_target(forecast numeric DEFAULT NULL,
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

CREATE OR REPLACE FUNCTION @extschema@.split_target(total numeric, sellers text[],
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

CREATE OR REPLACE FUNCTION @extschema@.leader_table(query text, seller_column text,
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
-- priorities: the open deals in the order in which to call them; shortlist: the
-- best of any list by its scores.

CREATE OR REPLACE FUNCTION @extschema@.priorities(query text, model text DEFAULT NULL, score_column text DEFAULT 'score',
  id_column text DEFAULT 'id', amount_column text DEFAULT 'amount', stage_column text DEFAULT 'stage',
  since_column text DEFAULT NULL, history_column text DEFAULT NULL,
  pipeline text DEFAULT NULL, pipeline_column text DEFAULT NULL,
  as_of timestamptz DEFAULT now(), rot_after interval DEFAULT NULL, actions jsonb DEFAULT NULL,
  n_reasons integer DEFAULT 3, grade_limits double precision[] DEFAULT NULL, k bigint DEFAULT NULL)
  RETURNS TABLE (rank bigint, id text, stage @extschema@.stage, amount numeric, score double precision,
    grade text, expected_value numeric, days_in_stage integer, stale boolean, next_stage @extschema@.stage,
    next_action text, gain double precision, reasons text[])
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 200
  AS $$
DECLARE
  crmprob_query pg_catalog.text;
  crmprob_stage pg_catalog.text;
  crmprob_since pg_catalog.text := 'NULL::pg_catalog.timestamptz';
  crmprob_pipeline pg_catalog.text := '$3';
  crmprob_type pg_catalog.regtype;
BEGIN
  IF priorities.query IS NULL OR priorities.id_column IS NULL OR priorities.as_of IS NULL OR priorities.n_reasons IS NULL
     OR (priorities.amount_column IS NULL AND priorities.history_column IS NULL) THEN
    RAISE 'query, id_column, amount_column, as_of and n_reasons of priorities must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF priorities.k OPERATOR(pg_catalog.<) 1 THEN
    RAISE '"%" must be at least 1', 'k' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF priorities.n_reasons OPERATOR(pg_catalog.<) 0 THEN
    RAISE '"%" must not be negative', 'n_reasons' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF priorities.rot_after OPERATOR(pg_catalog.<) '0'::pg_catalog.interval THEN
    RAISE '"%" must not be negative', 'rot_after' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM (SELECT l.value, pg_catalog.lag(l.value, 1, 1::pg_catalog.float8) OVER (ORDER BY l.at) AS before
                            FROM pg_catalog.unnest(priorities.grade_limits) WITH ORDINALITY l (value, at)) f
              WHERE f.value IS NULL OR NOT (f.value OPERATOR(pg_catalog.<) f.before AND f.value OPERATOR(pg_catalog.>) 0::pg_catalog.float8))
     OR pg_catalog.cardinality(priorities.grade_limits) OPERATOR(pg_catalog.>) 25 THEN
    RAISE 'limits of grades must fall from 1 to 0'
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The first is the least score of grade A, as in ''{0.75, 0.5, 0.25}''; at most 25.';
  END IF;
  IF priorities.pipeline IS NOT NULL
     AND NOT EXISTS (SELECT FROM crmprob.pipelines p WHERE p.name OPERATOR(pg_catalog.=) priorities.pipeline) THEN
    RAISE 'pipeline "%" does not exist', priorities.pipeline
      USING ERRCODE = 'undefined_object', HINT = 'Pipelines are registered in the table crmprob.pipelines.';
  END IF;
  crmprob_query := crmprob.query_text('priorities', priorities.query);
  IF priorities.pipeline_column IS NOT NULL THEN
    crmprob_pipeline := pg_catalog.format('COALESCE(crmprob_q.%I::pg_catalog.text, $3)', priorities.pipeline_column);
  END IF;
  IF priorities.history_column IS NOT NULL THEN
    crmprob_stage := pg_catalog.format('crmprob.stage_at(crmprob_q.%I, $4)', priorities.history_column);
  ELSIF priorities.stage_column IS NULL THEN
    crmprob_stage := 'NULL::crmprob.stage';
  ELSE
    SELECT c.type INTO crmprob_type FROM crmprob.query_columns(priorities.query) c
     WHERE c.name OPERATOR(pg_catalog.=) priorities.stage_column;
    IF crmprob_type OPERATOR(pg_catalog.=) 'crmprob.stage'::pg_catalog.regtype THEN
      crmprob_stage := pg_catalog.format('crmprob_q.%I', priorities.stage_column);
    ELSIF priorities.pipeline IS NULL AND priorities.pipeline_column IS NULL THEN
      RAISE 'query of priorities has no column "%" of type stage', priorities.stage_column
        USING ERRCODE = 'undefined_column',
              HINT = 'Name it with stage_column; for labels name their pipeline too; NULL says that all deals are open.';
    ELSE
      crmprob_stage := pg_catalog.format('crmprob.stage(%s, crmprob_q.%I::pg_catalog.text)', crmprob_pipeline, priorities.stage_column);
    END IF;
  END IF;
  IF priorities.since_column IS NOT NULL AND priorities.history_column IS NULL THEN
    SELECT CASE WHEN c.type OPERATOR(pg_catalog.=) ANY ('{date,timestamp}'::pg_catalog.regtype[])
                THEN pg_catalog.format('crmprob_q.%I::pg_catalog.timestamp AT TIME ZONE ''UTC''', priorities.since_column)
                ELSE pg_catalog.format('crmprob_q.%I::pg_catalog.timestamptz', priorities.since_column) END
      INTO crmprob_since FROM crmprob.query_columns(priorities.query) c
     WHERE c.name OPERATOR(pg_catalog.=) priorities.since_column;
    IF crmprob_since IS NULL THEN
      RAISE 'query of priorities has no column "%"', priorities.since_column
        USING ERRCODE = 'undefined_column', HINT = 'since_column says when the deal entered its stage.';
    END IF;
  END IF;
  RETURN QUERY EXECUTE pg_catalog.concat(
    pg_catalog.format(
      'WITH crmprob_o AS (SELECT crmprob_q AS features, crmprob_q.%1$I::pg_catalog.text AS id, %2$s AS pipeline, %3$s AS stage, '
      '%4$s AS amount, %5$s AS since, %6$s AS history, %7$s AS own_score FROM (%8$s) crmprob_q), ',
      priorities.id_column, crmprob_pipeline, crmprob_stage,
      CASE WHEN priorities.history_column IS NULL THEN pg_catalog.format('crmprob_q.%I::pg_catalog.numeric', priorities.amount_column)
           ELSE pg_catalog.format('crmprob.amount_at(crmprob_q.%I, $4)', priorities.history_column) END,
      crmprob_since,
      CASE WHEN priorities.history_column IS NULL THEN 'NULL::crmprob.opportunity_history'
           ELSE pg_catalog.format('crmprob_q.%I', priorities.history_column) END,
      CASE WHEN priorities.model IS NOT NULL OR priorities.score_column IS NULL THEN 'NULL::pg_catalog.float8'
           ELSE pg_catalog.format('crmprob_q.%I::pg_catalog.float8', priorities.score_column) END,
      crmprob_query),
    pg_catalog.format(
      'crmprob_s AS (SELECT o.*, p.definition, COALESCE(s.rot_after, $5) AS rot_after, COALESCE(%1$s, s.default_probability) AS score '
      'FROM crmprob_o o LEFT JOIN crmprob.pipelines p ON p.name OPERATOR(pg_catalog.=) o.pipeline '
      'LEFT JOIN crmprob.stage_settings s ON s.pipeline OPERATOR(pg_catalog.=) o.pipeline AND s.label OPERATOR(pg_catalog.=) crmprob.label(o.stage) '
      -- what is won or lost is not looked at any further
      'WHERE %2$s OFFSET 0), ',
      CASE WHEN priorities.model IS NOT NULL THEN 'crmprob.score($1, o.features)' ELSE 'o.own_score' END,
      CASE WHEN priorities.stage_column IS NULL AND priorities.history_column IS NULL THEN 'true' ELSE 'crmprob.is_open(o.stage)' END),
    'crmprob_v AS (SELECT s.*, crmprob.expected_value(crmprob.make_opportunity(COALESCE(s.stage, ''1:open''::crmprob.stage), s.amount, probability => s.score)) AS expected '
    'FROM crmprob_s s), '
    -- quarters of the list, where neither caller nor model has limits
    'crmprob_l AS (SELECT COALESCE($7, pg_catalog.percentile_disc(''{0.75,0.5,0.25}''::pg_catalog.float8[]) WITHIN GROUP (ORDER BY v.score)) AS limits FROM crmprob_v v), '
    'crmprob_r AS (SELECT pg_catalog.row_number() OVER (ORDER BY v.expected DESC NULLS LAST, v.score DESC NULLS LAST, v.amount DESC NULLS LAST, v.id COLLATE pg_catalog."C") AS rank, v.* '
    'FROM crmprob_v v ORDER BY rank LIMIT $8) '
    'SELECT r.rank, r.id, r.stage, r.amount, r.score, g.grade, r.expected, '
    'pg_catalog.floor(EXTRACT(epoch FROM $4 OPERATOR(pg_catalog.-) a.since) OPERATOR(pg_catalog./) 86400)::pg_catalog.int4, '
    'crmprob.is_stale(a.history, r.rot_after, $4), n.stage, ',
    CASE WHEN priorities.model IS NOT NULL AND priorities.actions IS NOT NULL
         THEN 'b.feature OPERATOR(pg_catalog.||) '' = '' OPERATOR(pg_catalog.||) b.value, b.gain, '
         ELSE 'NULL::pg_catalog.text, NULL::pg_catalog.float8, ' END,
    CASE WHEN priorities.model IS NOT NULL AND priorities.n_reasons OPERATOR(pg_catalog.>) 0
         THEN 'crmprob.reasons($1, r.features, $2) ' ELSE 'NULL::pg_catalog.text[] ' END,
    'FROM crmprob_r r CROSS JOIN crmprob_l l '
    -- one row of a history says as much about the age as the whole
    'CROSS JOIN LATERAL (SELECT COALESCE(r.history, (SELECT crmprob.opportunity_history(x.stage, x.since, NULL::pg_catalog.numeric, NULL::pg_catalog.date) '
    'FROM (VALUES (COALESCE(r.stage, ''1:open''::crmprob.stage), r.since)) x (stage, since) WHERE x.since IS NOT NULL)) AS history OFFSET 0) h '
    'CROSS JOIN LATERAL (SELECT h.history, crmprob.stage_since(h.history, $4) AS since) a '
    'CROSS JOIN LATERAL (SELECT ',
    CASE WHEN priorities.model IS NOT NULL AND priorities.grade_limits IS NULL THEN 'COALESCE(crmprob.grade($1, r.score), ' ELSE '(' END,
    'CASE WHEN r.score IS NOT NULL THEN pg_catalog.chr((65 OPERATOR(pg_catalog.+) pg_catalog.count(*) FILTER (WHERE r.score OPERATOR(pg_catalog.<) x.value))::pg_catalog.int4) END) AS grade '
    'FROM pg_catalog.unnest(l.limits) x (value)) g '
    'LEFT JOIN LATERAL (SELECT s.stage FROM crmprob.stages(r.definition) WITH ORDINALITY s (stage, at) '
    'JOIN crmprob.stages(r.definition) WITH ORDINALITY m (stage, at) ON s.at OPERATOR(pg_catalog.=) (m.at OPERATOR(pg_catalog.+) 1) '
    'WHERE crmprob.is_open(m.stage) AND crmprob.label(m.stage) OPERATOR(pg_catalog.=) crmprob.label(r.stage)) n ON true ',
    CASE WHEN priorities.model IS NOT NULL AND priorities.actions IS NOT NULL
         THEN 'LEFT JOIN LATERAL crmprob.next_best_action($1, r.features, $6) b ON true ' ELSE '' END,
    'ORDER BY r.rank')
    USING priorities.model, priorities.n_reasons, priorities.pipeline, priorities.as_of, priorities.rot_after,
          priorities.actions, priorities.grade_limits, priorities.k;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.shortlist(query text, model text DEFAULT NULL, score_column text DEFAULT 'score',
  id_column text DEFAULT 'id', min_probability double precision DEFAULT NULL, k bigint DEFAULT NULL,
  with_ties boolean DEFAULT false)
  RETURNS TABLE (rank bigint, id text, score double precision)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 200
  AS $$
DECLARE
  crmprob_r pg_catalog.record;
BEGIN
  IF shortlist.query IS NULL OR shortlist.id_column IS NULL OR shortlist.with_ties IS NULL
     OR (shortlist.model IS NULL AND shortlist.score_column IS NULL) THEN
    RAISE 'query, columns and with_ties of shortlist must not be null'
      USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Give the name of a model, or the column that holds the score.';
  END IF;
  IF NOT (shortlist.min_probability OPERATOR(pg_catalog.>=) 0 AND shortlist.min_probability OPERATOR(pg_catalog.<=) 1) THEN
    RAISE '"%" must be between 0 and 1', 'min_probability' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF shortlist.k OPERATOR(pg_catalog.<) 1 THEN
    RAISE '"%" must be at least 1', 'k' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR crmprob_r IN EXECUTE pg_catalog.format(
    'SELECT r.* FROM (SELECT s.id, s.score, pg_catalog.rank() OVER (ORDER BY s.score DESC) AS place, '
    'pg_catalog.row_number() OVER (ORDER BY s.score DESC, s.id COLLATE pg_catalog."C") AS number, '
    'pg_catalog.count(*) FILTER (WHERE NOT (s.score OPERATOR(pg_catalog.>=) 0 AND s.score OPERATOR(pg_catalog.<=) 1)) OVER () AS n_wrong '
    'FROM (SELECT crmprob_q.%1$I::pg_catalog.text AS id, %2$s::pg_catalog.float8 AS score FROM (%3$s) crmprob_q OFFSET 0) s '
    'WHERE s.score IS NOT NULL) r '
    'WHERE r.n_wrong OPERATOR(pg_catalog.>) 0 OR ((r.score OPERATOR(pg_catalog.>=) $2 OR $2 IS NULL) '
    'AND (CASE WHEN $4 THEN r.place ELSE r.number END OPERATOR(pg_catalog.<=) $3 OR $3 IS NULL)) ORDER BY r.number',
    shortlist.id_column,
    CASE WHEN shortlist.model IS NULL THEN pg_catalog.format('crmprob_q.%I', shortlist.score_column)
         ELSE 'crmprob.score($1, crmprob_q)' END,
    crmprob.query_text('shortlist', shortlist.query))
    USING shortlist.model, shortlist.min_probability, shortlist.k, shortlist.with_ties
  LOOP
    IF crmprob_r.n_wrong OPERATOR(pg_catalog.>) 0 THEN
      RAISE 'scores must be between 0 and 1'
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = pg_catalog.format('They are not in %s rows.', crmprob_r.n_wrong);
    END IF;
    rank := crmprob_r.place;
    id := crmprob_r.id;
    score := crmprob_r.score;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION @extschema@.source_class(source text) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20
  AS 'MODULE_PATHNAME', 'source_class';

CREATE OR REPLACE FUNCTION @extschema@.csat_accum(state @extschema@.proportion, rating double precision, scale integer, top integer) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_accum_same';

CREATE FUNCTION @extschema@.csat_combine(state @extschema@.proportion, other @extschema@.proportion) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_combine';
COMMENT ON FUNCTION @extschema@.csat_combine(state @extschema@.proportion, other @extschema@.proportion) IS
  'combine function of csat(double precision, integer, integer)';

CREATE FUNCTION @extschema@.csat_final(state @extschema@.proportion) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'csat_final';
COMMENT ON FUNCTION @extschema@.csat_final(state @extschema@.proportion) IS
  'a state as a proportion';

CREATE OR REPLACE AGGREGATE @extschema@.csat(rating double precision, scale integer, top integer) (
  SFUNC = @extschema@.csat_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  FINALFUNC = @extschema@.csat_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.csat_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.csat(rating double precision, scale integer, top integer) IS
  'share of answers among the top ratings of a scale from 1; NULL rows are skipped';

CREATE OR REPLACE FUNCTION @extschema@.customer_profile(customers text, purchases text, as_of date DEFAULT CURRENT_DATE,
  customer_column text DEFAULT 'customer', day_column text DEFAULT 'day', amount_column text DEFAULT 'amount',
  product_column text DEFAULT NULL, joined_column text DEFAULT NULL, zone text DEFAULT 'UTC',
  model @extschema@.clv_model DEFAULT NULL, spend @extschema@.clv_model DEFAULT NULL,
  unit interval DEFAULT interval '7 days', horizon interval DEFAULT interval '1 year',
  annual_discount double precision DEFAULT 0, margin double precision DEFAULT 1,
  new_within integer DEFAULT 30, active_from double precision DEFAULT 0.75,
  at_risk_from double precision DEFAULT 0.5, lapsed_from double precision DEFAULT 0.25)
  RETURNS TABLE (customer text, tenure integer, n_purchases integer, first_day date, last_day date,
    days_since_last integer, frequency integer, recency integer, monetary_value numeric,
    average_order_value numeric, total numeric, favourite_product text,
    recency_score integer, frequency_score integer, monetary_score integer, segment text,
    probability_alive double precision, churn_risk double precision, expected_purchases double precision,
    clv double precision, value_if_alive double precision, lifecycle_stage text, pattern @extschema@.rfm)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS $$
DECLARE
  crmprob_purchases pg_catalog.text;
  crmprob_customers pg_catalog.text;
  crmprob_names pg_catalog.text[];
  crmprob_parameter pg_catalog.text;
  crmprob_missing pg_catalog.text;
  crmprob_day pg_catalog.text;
  crmprob_joined pg_catalog.text := 'NULL::pg_catalog.date';
BEGIN
  IF customer_profile.purchases IS NULL OR customer_profile.as_of IS NULL OR customer_profile.customer_column IS NULL
     OR customer_profile.day_column IS NULL OR customer_profile.zone IS NULL OR customer_profile.unit IS NULL THEN
    RAISE 'purchases, as_of, customer_column, day_column, zone and unit of customer_profile must not be null'
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  crmprob_purchases := crmprob.query_text('customer_profile', customer_profile.purchases);
  crmprob_customers := crmprob.query_text('customer_profile', customer_profile.customers);
  -- what makes no sense is refused whatever the rows are: these raise it
  PERFORM crmprob.lifetime_value(
            crmprob.make_clv_model('bg_nbd', '{"r": 1, "alpha": 1, "a": 1, "b": 1}', customer_profile.unit),
            crmprob.make_clv_model('gamma_gamma', '{"p": 1, "q": 2, "gamma": 1}'), crmprob.make_rfm(0, 0, 0),
            customer_profile.horizon, customer_profile.annual_discount, customer_profile.margin),
          crmprob.probability_alive(customer_profile.model, crmprob.make_rfm(0, 0, 0)),
          crmprob.expected_spend(customer_profile.spend, crmprob.make_rfm(0, 0, 0)),
          crmprob.lifecycle_stage(0.5, 0, customer_profile.new_within, customer_profile.active_from,
            customer_profile.at_risk_from, customer_profile.lapsed_from);
  SELECT pg_catalog.array_agg(c.name), pg_catalog.max(crmprob.day_of(c.name, c.type, customer_profile.zone))
           FILTER (WHERE c.name OPERATOR(pg_catalog.=) customer_profile.day_column)
    INTO crmprob_names, crmprob_day
    FROM crmprob.query_columns(customer_profile.purchases) c;
  IF crmprob_day IS NULL THEN
    RAISE 'purchases of customer_profile have no column "%" that is a date or a time', customer_profile.day_column
      USING ERRCODE = 'undefined_column', HINT = 'Name the column with day_column.';
  END IF;
  SELECT v.parameter, v.name INTO crmprob_parameter, crmprob_missing
    FROM (VALUES ('customer_column', customer_profile.customer_column), ('amount_column', customer_profile.amount_column),
                 ('product_column', customer_profile.product_column)) v (parameter, name)
   WHERE v.name OPERATOR(pg_catalog.<>) ALL (crmprob_names) LIMIT 1;
  IF crmprob_missing IS NOT NULL THEN
    RAISE 'purchases of customer_profile have no column "%"', crmprob_missing
      USING ERRCODE = 'undefined_column', HINT = pg_catalog.format('Name the column with %s.', crmprob_parameter);
  END IF;
  IF customer_profile.customers IS NOT NULL THEN
    SELECT pg_catalog.array_agg(c.name), CASE WHEN customer_profile.joined_column IS NULL THEN crmprob_joined
             ELSE pg_catalog.max(crmprob.day_of(c.name, c.type, customer_profile.zone))
                    FILTER (WHERE c.name OPERATOR(pg_catalog.=) customer_profile.joined_column) END
      INTO crmprob_names, crmprob_joined
      FROM crmprob.query_columns(customer_profile.customers) c;
    IF customer_profile.customer_column OPERATOR(pg_catalog.<>) ALL (crmprob_names) THEN
      RAISE 'customers of customer_profile have no column "%"', customer_profile.customer_column
        USING ERRCODE = 'undefined_column', HINT = 'The customer has the same column in both queries.';
    END IF;
    IF crmprob_joined IS NULL THEN
      RAISE 'customers of customer_profile have no column "%" that is a date or a time', customer_profile.joined_column
        USING ERRCODE = 'undefined_column', HINT = 'Name the column with joined_column.';
    END IF;
  END IF;
  RETURN QUERY EXECUTE pg_catalog.concat(
    pg_catalog.format(
      'WITH crmprob_p AS (SELECT crmprob_q.%1$I::pg_catalog.text COLLATE pg_catalog."C" AS customer, %2$s AS day, %3$s::pg_catalog.numeric AS amount, '
      '%4$s::pg_catalog.text COLLATE pg_catalog."C" AS product FROM (%5$s) crmprob_q), ',
      customer_profile.customer_column, crmprob_day,
      CASE WHEN customer_profile.amount_column IS NULL THEN 'NULL' ELSE pg_catalog.format('crmprob_q.%I', customer_profile.amount_column) END,
      CASE WHEN customer_profile.product_column IS NULL THEN 'NULL' ELSE pg_catalog.format('crmprob_q.%I', customer_profile.product_column) END,
      crmprob_purchases),
    'crmprob_r AS (SELECT h.customer, h.history, crmprob.rfm(h.history, $1, COALESCE(crmprob.unit($2), crmprob.unit($3), $4)) AS pattern '
    'FROM (SELECT p.customer, crmprob.purchase_history(p.day, p.amount) AS history FROM crmprob_p p '
    'WHERE p.customer IS NOT NULL AND p.day OPERATOR(pg_catalog.<=) $1 GROUP BY p.customer) h), '
    -- keys compare as bytes; what the fits need comes first, so that a profile of too few is one without models
    'crmprob_e AS (SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 AND pg_catalog.max(crmprob.frequency(r.pattern)) OPERATOR(pg_catalog.>) 0 AS purchases, '
    'pg_catalog.count(*) FILTER (WHERE crmprob.monetary_value(r.pattern) OPERATOR(pg_catalog.>) 0) OPERATOR(pg_catalog.>) 1 AS spend FROM crmprob_r r), '
    'crmprob_m AS (SELECT COALESCE($2, crmprob.fit_clv(''mbg_nbd'', r.pattern) FILTER (WHERE e.purchases AND $2 IS NULL)) AS model, '
    'COALESCE($3, crmprob.fit_clv(''gamma_gamma'', r.pattern) FILTER (WHERE e.spend AND $3 IS NULL '
    'AND crmprob.monetary_value(r.pattern) OPERATOR(pg_catalog.>) 0)) AS spend FROM crmprob_r r CROSS JOIN crmprob_e e), ',
    CASE WHEN customer_profile.product_column IS NOT NULL THEN
      'crmprob_f AS (SELECT DISTINCT ON (g.customer) g.customer, g.product FROM ('
      'SELECT p.customer, p.product, pg_catalog.count(DISTINCT p.day) AS days, pg_catalog.sum(p.amount) AS money FROM crmprob_p p '
      'WHERE p.customer IS NOT NULL AND p.product IS NOT NULL AND p.day OPERATOR(pg_catalog.<=) $1 GROUP BY p.customer, p.product) g '
      'ORDER BY g.customer, g.days DESC, g.money DESC NULLS LAST, g.product), '
    ELSE 'crmprob_f AS (SELECT NULL::pg_catalog.text AS customer, NULL::pg_catalog.text AS product WHERE false), ' END,
    'crmprob_s AS (SELECT r.customer, r.history, r.pattern, m.model, m.spend, '
    'crmprob.first_day(r.history) AS first_day, crmprob.last_day(r.history) AS last_day, '
    'crmprob.probability_alive(m.model, r.pattern) AS alive, '
    'crmprob.lifetime_value(m.model, m.spend, r.pattern, $5, $6, $7) AS clv, '
    'crmprob.quantile_score() OVER (ORDER BY crmprob.last_day(r.history)) AS r_score, '
    'crmprob.quantile_score() OVER (ORDER BY crmprob.purchases(r.history)) AS f_score, '
    'crmprob.quantile_score() OVER (ORDER BY COALESCE(crmprob.total(r.history), 0)) AS m_score '
    'FROM crmprob_r r CROSS JOIN crmprob_m m)',
    CASE WHEN customer_profile.customers IS NOT NULL THEN
      pg_catalog.format(', crmprob_c AS (SELECT q.customer, pg_catalog.min(q.joined) AS joined FROM ('
      'SELECT crmprob_q.%1$I::pg_catalog.text COLLATE pg_catalog."C" AS customer, %2$s AS joined FROM (%3$s) crmprob_q) q '
      'WHERE q.customer IS NOT NULL GROUP BY q.customer) ',
      customer_profile.customer_column, crmprob_joined, crmprob_customers)
    ELSE ', crmprob_c AS (SELECT s.customer, NULL::pg_catalog.date AS joined FROM crmprob_s s) ' END,
    'SELECT c.customer, CASE WHEN COALESCE(c.joined, s.first_day) OPERATOR(pg_catalog.<=) $1 THEN $1 OPERATOR(pg_catalog.-) COALESCE(c.joined, s.first_day) END, '
    'COALESCE(crmprob.purchases(s.history), 0), s.first_day, s.last_day, $1 OPERATOR(pg_catalog.-) s.last_day, '
    'crmprob.frequency(s.pattern), s.last_day OPERATOR(pg_catalog.-) s.first_day, crmprob.monetary_value(s.pattern), '
    'pg_catalog.trim_scale(crmprob.average_order_value(s.history, $1)), crmprob.total(s.history), f.product, '
    's.r_score, s.f_score, s.m_score, crmprob.rfm_segment(s.r_score, s.f_score, s.m_score), '
    's.alive, 1 OPERATOR(pg_catalog.-) s.alive, crmprob.expected_purchases(s.model, s.pattern, $5), s.clv, '
    'CASE WHEN s.alive OPERATOR(pg_catalog.>) 0 THEN s.clv OPERATOR(pg_catalog./) s.alive END, '
    'crmprob.lifecycle_stage(s.alive, $1 OPERATOR(pg_catalog.-) s.first_day, $8, $9, $10, $11), s.pattern '
    'FROM crmprob_c c LEFT JOIN crmprob_s s ON s.customer OPERATOR(pg_catalog.=) c.customer '
    'LEFT JOIN crmprob_f f ON f.customer OPERATOR(pg_catalog.=) c.customer')
    USING customer_profile.as_of, customer_profile.model, customer_profile.spend, customer_profile.unit,
          customer_profile.horizon, customer_profile.annual_discount, customer_profile.margin,
          customer_profile.new_within, customer_profile.active_from, customer_profile.at_risk_from, customer_profile.lapsed_from;
END $$;
-- at_risk: the customers that may leave, by the value at stake.

CREATE OR REPLACE FUNCTION @extschema@.at_risk(query text, model text DEFAULT NULL, customer_column text DEFAULT 'customer',
  value_column text DEFAULT 'value_if_alive', risk_column text DEFAULT 'churn_risk',
  min_risk double precision DEFAULT 0, k bigint DEFAULT NULL)
  RETURNS TABLE (rank bigint, customer text, churn_risk double precision, value numeric, at_stake numeric)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 200
  AS $$
DECLARE
  crmprob_r pg_catalog.record;
BEGIN
  IF at_risk.query IS NULL OR at_risk.customer_column IS NULL OR at_risk.value_column IS NULL
     OR at_risk.min_risk IS NULL OR (at_risk.model IS NULL AND at_risk.risk_column IS NULL) THEN
    RAISE 'query, columns and min_risk of at_risk must not be null'
      USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Give the name of a churn model, or the column that holds the risk.';
  END IF;
  IF NOT (at_risk.min_risk OPERATOR(pg_catalog.>=) 0 AND at_risk.min_risk OPERATOR(pg_catalog.<=) 1) THEN
    RAISE '"%" must be between 0 and 1', 'min_risk' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF at_risk.k OPERATOR(pg_catalog.<) 1 THEN
    RAISE '"%" must be at least 1', 'k' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  rank := 0;
  FOR crmprob_r IN EXECUTE pg_catalog.format(
    'SELECT r.key, r.risk, r.value, pg_catalog.round(r.risk::pg_catalog.numeric OPERATOR(pg_catalog.*) r.value, 4) AS at_stake, r.n_wrong, r.n_endless '
    'FROM (SELECT s.*, pg_catalog.count(*) FILTER (WHERE NOT (s.risk OPERATOR(pg_catalog.>=) 0 AND s.risk OPERATOR(pg_catalog.<=) 1)) OVER () AS n_wrong, '
    -- NaN is above infinity
    'pg_catalog.count(*) FILTER (WHERE NOT (s.value OPERATOR(pg_catalog.>) ''-Infinity'' AND s.value OPERATOR(pg_catalog.<) ''Infinity'')) OVER () AS n_endless '
    'FROM (SELECT crmprob_q.%1$I::pg_catalog.text AS key, crmprob_q.%2$I::pg_catalog.numeric AS value, %3$s::pg_catalog.float8 AS risk '
    'FROM (%4$s) crmprob_q) s WHERE s.risk IS NOT NULL AND s.value IS NOT NULL) r '
    'WHERE r.n_wrong OPERATOR(pg_catalog.>) 0 OR r.n_endless OPERATOR(pg_catalog.>) 0 OR r.risk OPERATOR(pg_catalog.>=) $2 '
    'ORDER BY at_stake DESC, r.risk DESC, r.key COLLATE pg_catalog."C" LIMIT $3',
    at_risk.customer_column, at_risk.value_column,
    CASE WHEN at_risk.model IS NULL THEN pg_catalog.format('crmprob_q.%I', at_risk.risk_column)
         ELSE 'crmprob.score($1, crmprob_q)' END,
    crmprob.query_text('at_risk', at_risk.query))
    USING at_risk.model, at_risk.min_risk, at_risk.k
  LOOP
    IF crmprob_r.n_wrong OPERATOR(pg_catalog.>) 0 THEN
      RAISE 'churn risk must be between 0 and 1'
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = pg_catalog.format('It is not in %s rows.', crmprob_r.n_wrong);
    END IF;
    IF crmprob_r.n_endless OPERATOR(pg_catalog.>) 0 THEN
      RAISE 'value must be finite'
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = pg_catalog.format('It is not in %s rows.', crmprob_r.n_endless);
    END IF;
    rank := rank OPERATOR(pg_catalog.+) 1;
    customer := crmprob_r.key;
    churn_risk := crmprob_r.risk;
    value := crmprob_r.value;
    at_stake := crmprob_r.at_stake;
    RETURN NEXT;
  END LOOP;
END $$;
