-- Forecasts from the funnel, and how good they were.

CREATE FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_forecast_accum';
COMMENT ON FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) IS
  'transition of forecast_by_stage';

CREATE FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) RETURNS @extschema@.revenue_forecast
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'stage_forecast_accum';
COMMENT ON FUNCTION @extschema@.forecast_by_stage_accum(state @extschema@.revenue_forecast, flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) IS
  'transition of forecast_by_stage';

CREATE AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) (
  SFUNC = @extschema@.forecast_by_stage_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval) IS
  'what open deals bring within the horizon: each is won with the probability of its stage';

CREATE AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) (
  SFUNC = @extschema@.forecast_by_stage_accum,
  STYPE = @extschema@.revenue_forecast,
  SSPACE = 4096,
  FINALFUNC = @extschema@.revenue_forecast_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.revenue_forecast_combine,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.forecast_by_stage(flow @extschema@.stage_flow, stage @extschema@.stage, amount numeric, horizon interval, elapsed interval) IS
  'likewise for deals that have been in their stage for some time';

CREATE FUNCTION @extschema@.win_by_month(
  flow @extschema@.stage_flow,
  label text,
  months integer,
  elapsed interval DEFAULT '0',
  OUT month integer,
  OUT probability float8
)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 12
  AS 'MODULE_PATHNAME', 'stage_forecast_win_by_month';
COMMENT ON FUNCTION @extschema@.win_by_month(flow @extschema@.stage_flow, label text, months integer, elapsed interval) IS
  'probability that a deal in this stage is won in the first month from now, the second, ...';

CREATE FUNCTION @extschema@.pinball_loss(p float8, quantile numeric, actual numeric) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_forecast_pinball_loss';
COMMENT ON FUNCTION @extschema@.pinball_loss(p float8, quantile numeric, actual numeric) IS
  'loss of a forecast quantile: the distance to what came, times p above it and 1 - p below';

CREATE FUNCTION @extschema@.backtest_forecast(query text, dates timestamptz[], horizon interval, correlation float8 DEFAULT 0)
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
                 FILTER (WHERE NOT crmprob.is_open(h.stage))::float8 AS won
          FROM history AS h
      ), deal AS MATERIALIZED (
        SELECT h.stage, h.amount,
               (SELECT $1 OPERATOR(pg_catalog.-) pg_catalog.max(t.entered_at)
                  FROM crmprob.timeline(h.journey) AS t
                 WHERE t.entered_at OPERATOR(pg_catalog.<=) $1) AS elapsed,
               EXISTS (SELECT FROM crmprob.timeline(h.journey) AS t
                        WHERE crmprob.is_won(t.stage) AND t.entered_at OPERATOR(pg_catalog.>) $1
                          AND t.entered_at OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.+) $2)) AS won
          FROM history AS h
         WHERE crmprob.is_open(h.stage)
      ), forecast AS MATERIALIZED (
        SELECT crmprob.forecast_by_stage(f.flow, d.stage, d.amount, $2, d.elapsed) AS f,
               pg_catalog.sum(d.amount) AS open_amount,
               coalesce(pg_catalog.sum(d.amount) FILTER (WHERE d.won), 0) AS actual,
               pg_catalog.round((pg_catalog.min(f.won) OPERATOR(pg_catalog.*) pg_catalog.sum(d.amount)::float8)::numeric, 4) AS naive
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
    USING forecast_at, backtest_forecast.horizon, backtest_forecast.correlation, '{0.1,0.5,0.9}'::float8[];
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.backtest_forecast(query text, dates timestamptz[], horizon interval, correlation float8) IS
  'forecasts as of past dates, from what was known then, beside what came and a naive forecast';
