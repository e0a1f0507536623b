-- priorities: the open deals in the order in which to call them; shortlist: the
-- best of any list by its scores.

CREATE FUNCTION @extschema@.priorities(query text, model text DEFAULT NULL, score_column text DEFAULT 'score',
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
COMMENT ON FUNCTION @extschema@.priorities(query text, model text, score_column text, id_column text, amount_column text, stage_column text, since_column text, history_column text, pipeline text, pipeline_column text, as_of timestamptz, rot_after interval, actions jsonb, n_reasons integer, grade_limits double precision[], k bigint) IS
  'the open deals of a query by expected value: score, grade, days in stage, stale or not, next stage, next best action, reasons';

CREATE FUNCTION @extschema@.shortlist(query text, model text DEFAULT NULL, score_column text DEFAULT 'score',
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
COMMENT ON FUNCTION @extschema@.shortlist(query text, model text, score_column text, id_column text, min_probability double precision, k bigint, with_ties boolean) IS
  'rows of a query from a probability on, or the k best, by the score of a model or a column; equal scores have the same rank';
