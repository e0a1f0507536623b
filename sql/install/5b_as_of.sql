-- as_of: what was known of a deal at a time, for training rows without hindsight.

CREATE FUNCTION @extschema@.as_of(history @extschema@.opportunity_history, at timestamptz)
  RETURNS @extschema@.opportunity_history
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  BEGIN ATOMIC
    SELECT @extschema@.opportunity_history(t.stage, t.at, t.amount, t.close_date)
      FROM @extschema@.timeline(as_of.history) t
     WHERE t.at OPERATOR(pg_catalog.<=) as_of.at;
  END;
COMMENT ON FUNCTION @extschema@.as_of(history @extschema@.opportunity_history, at timestamptz) IS
  'the history as it was known at this time: its rows up to then; NULL before the first';

CREATE FUNCTION @extschema@.stage_entries(history @extschema@.opportunity_history)
  RETURNS TABLE (visit integer, stage @extschema@.stage, entered_at timestamptz,
    past @extschema@.opportunity_history, won boolean, closed_at timestamptz)
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 5
  BEGIN ATOMIC
    WITH visits AS (
      SELECT v.stage, v.entered_at, v.n,
             pg_catalog.last_value(v.stage) OVER all_visits AS last_stage,
             pg_catalog.last_value(v.entered_at) OVER all_visits AS last_at
        FROM @extschema@.timeline(stage_entries.history::@extschema@.journey)
             WITH ORDINALITY v (stage, entered_at, exited_at, n)
      WINDOW all_visits AS (ORDER BY v.n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    SELECT v.n::integer, v.stage, v.entered_at,
           @extschema@.as_of(stage_entries.history, v.entered_at),
           CASE WHEN @extschema@.is_closed(v.last_stage) THEN @extschema@.is_won(v.last_stage) END,
           CASE WHEN @extschema@.is_closed(v.last_stage) THEN v.last_at END
      FROM visits v
     WHERE @extschema@.is_open(v.stage)
     ORDER BY v.n;
  END;
COMMENT ON FUNCTION @extschema@.stage_entries(history @extschema@.opportunity_history) IS
  'each entry of an open stage with the history as it was known then and the outcome of the deal, which is NULL while it is open';
