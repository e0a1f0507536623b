-- honesty: what a data set holds, and what gives its outcome away.

CREATE FUNCTION @extschema@.query_columns(query text,
  OUT column_number integer, OUT name text, OUT type regtype, OUT kind text)
  RETURNS SETOF record
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE ROWS 20
  AS 'MODULE_PATHNAME', 'query_columns';
COMMENT ON FUNCTION @extschema@.query_columns(query text) IS
  'columns that a query returns, without running it; kind is what fit makes of them, NULL for nothing';

CREATE FUNCTION @extschema@.query_text(function text, query text) RETURNS text
  LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'query_text';
COMMENT ON FUNCTION @extschema@.query_text(function text, query text) IS
  'a query as FROM (...) takes it, checked to be a single SELECT; errors name the function';

CREATE FUNCTION @extschema@.value_counts(query text, label text DEFAULT NULL,
  closed_at text DEFAULT NULL, whole_rows boolean DEFAULT false,
  OUT column_number integer, OUT half integer, OUT value text,
  OUT number double precision, OUT n_won bigint, OUT n_lost bigint,
  OUT n_open bigint, OUT n_after bigint)
  RETURNS SETOF record
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
  AS 'MODULE_PATHNAME', 'value_counts';
COMMENT ON FUNCTION @extschema@.value_counts(query text, label text, closed_at text, whole_rows boolean) IS
  'how often each value of each column of a query occurs, by outcome; column 0 is all rows, -1 whole rows';

-- A value's name in a report: short enough to be read.
CREATE FUNCTION @extschema@.shown_value(value text, number double precision, kind text)
  RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE
    WHEN number = 'NaN' THEN '(missing)'
    WHEN kind = 'time' AND number IN ('Infinity', '-Infinity') THEN lower(number::text)
    WHEN kind = 'time' THEN to_char(timestamp '2000-01-01' + number * interval '1 day', 'YYYY-MM-DD')
    WHEN kind = 'numeric' AND number IS NOT NULL THEN number::text
    WHEN value IS NULL THEN '(missing)'
    WHEN length(value) > 60 THEN left(value, 57) || '...'
    ELSE value END;
END;
COMMENT ON FUNCTION @extschema@.shown_value(value text, number double precision, kind text) IS
  'a value as reports show it';

-- The rule by which fit leaves out a column that identifies rows.
CREATE FUNCTION @extschema@.is_key(type regtype, kind text, n_distinct bigint,
  n_present double precision, n_mail bigint) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(is_key.kind = 'categorical' AND (n_distinct > 10000 OR (
    is_key.type IN ('text', 'varchar', 'bpchar', 'name') AND (
      (n_distinct > 10 AND n_distinct > 0.9 * n_present)
      OR n_mail > 0.5 * n_distinct))), false);
END;
COMMENT ON FUNCTION @extschema@.is_key(type regtype, kind text, n_distinct bigint, n_present double precision, n_mail bigint) IS
  'does a column of so many values identify rows, so that fit leaves it out';

CREATE FUNCTION @extschema@.leakage_report(query text, label text, closed_at text DEFAULT NULL,
  OUT feature text, OUT single_auc double precision, OUT only_in_class text,
  OUT verdict text, OUT reason text)
  RETURNS SETOF record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
  WITH counts AS MATERIALIZED (
    SELECT v.column_number AS c, v.half, v.value,
           nullif(v.number, 'NaN') AS number, v.n_won::float8 AS won,
           v.n_lost::float8 AS lost, v.n_after AS after
      FROM @extschema@.value_counts(leakage_report.query, leakage_report.label,
                                    leakage_report.closed_at) v
     WHERE leakage_report.label IS NOT NULL
  ), total AS (
    SELECT won, lost, won / nullif(won + lost, 0) AS share
      FROM counts WHERE c = 0
  ), columns AS (
    -- total first: a label that is no label is an error, other columns or not
    SELECT c.column_number AS c, c.name, c.type, c.kind
      FROM @extschema@.query_columns(leakage_report.query) c
     WHERE c.name <> leakage_report.label AND EXISTS (SELECT FROM total)
  ), scored AS (
    -- a category is ordered by its win rate among the other half of the rows
    SELECT v.c, v.won, v.lost,
           CASE WHEN k.kind = 'categorical'
                THEN (sum(v.won) OVER same - v.won + t.share) /
                     (sum(v.won + v.lost) OVER same - v.won - v.lost + 1)
                ELSE v.number END AS place,
           k.kind <> 'categorical' AND v.number IS NULL AS missing
      FROM counts v JOIN columns k ON k.c = v.c CROSS JOIN total t
    WINDOW same AS (PARTITION BY v.c, v.value)
  ), ranked AS (
    SELECT c, sum(won) AS won, sum(lost) AS lost, missing,
           sum(sum(lost)) OVER (PARTITION BY c, missing ORDER BY place) - sum(lost) / 2 AS below
      FROM scored GROUP BY c, missing, place
  ), areas AS (
    SELECT r.c,
           coalesce(sum(won * below) FILTER (WHERE NOT missing), 0) AS area,
           coalesce(sum(won) FILTER (WHERE missing), 0) AS won_missing,
           coalesce(sum(lost) FILTER (WHERE missing), 0) AS lost_missing,
           sum(won) AS won, sum(lost) AS lost
      FROM ranked r GROUP BY r.c
  ), aucs AS (
    -- missing numbers below all others, or above them
    SELECT c, (area + (won - won_missing) * lost_missing + won_missing * lost_missing / 2)
              / nullif(won * lost, 0) AS low,
           (area + won_missing * (lost - lost_missing) + won_missing * lost_missing / 2)
              / nullif(won * lost, 0) AS high
      FROM areas
  ), single AS (
    SELECT a.c, CASE WHEN k.kind = 'categorical' THEN low
                     ELSE greatest(low, 1 - low, high, 1 - high) END AS auc
      FROM aucs a JOIN columns k ON k.c = a.c
  ), merged AS (
    SELECT v.c, v.value, v.number, sum(v.won) AS won, sum(v.lost) AS lost,
           sum(v.after) AS after, count(*) OVER (PARTITION BY v.c) AS n_values
      FROM counts v WHERE v.c > 0 GROUP BY v.c, v.value, v.number
    HAVING sum(v.won + v.lost) > 0
  ), one_class AS (
    -- by chance less often than once in a thousand, whatever the number of values
    SELECT m.c, m.won + m.lost AS n, m.won > 0 AS is_won,
           m.value IS NULL AND m.number IS NULL AS missing,
           @extschema@.shown_value(m.value, m.number, k.kind) AS shown,
           (m.won + m.lost) / CASE WHEN m.won > 0 THEN t.won ELSE t.lost END AS of_class,
           row_number() OVER (PARTITION BY m.c ORDER BY m.won + m.lost DESC, m.won, m.value COLLATE "C", m.number) AS place
      FROM merged m JOIN columns k ON k.c = m.c CROSS JOIN total t
     WHERE (m.won = 0 OR m.lost = 0) AND t.won > 0 AND t.lost > 0
       AND (m.won + m.lost) * ln(CASE WHEN m.won > 0 THEN t.share ELSE 1 - t.share END)
           + ln(m.n_values) < ln(0.001)
  ), listed AS (
    SELECT c, string_agg(format('%s: %s (%s)', CASE WHEN is_won THEN 'true' ELSE 'false' END, shown, n),
                         ', ' ORDER BY place) FILTER (WHERE place <= 3)
              || CASE WHEN count(*) > 3 THEN format(', and %s more', count(*) - 3) ELSE '' END AS list,
           bool_or(missing) AS missing, max(of_class) AS of_class
      FROM one_class GROUP BY c
  ), described AS (
    SELECT m.c, count(*) FILTER (WHERE m.value IS NOT NULL OR m.number IS NOT NULL) AS n_distinct,
           bool_or(m.value IS NULL AND m.number IS NULL) AS any_missing,
           sum(m.won + m.lost) FILTER (WHERE m.value IS NOT NULL OR m.number IS NOT NULL) AS n_present,
           sum(m.after) AS after, count(*) FILTER (WHERE m.value LIKE '_%@_%._%') AS n_mail
      FROM merged m GROUP BY m.c
  ), judged AS (
    SELECT k.c, k.name, s.auc, l.list, d.after, l.of_class, k.type,
           CASE WHEN k.kind IS NULL THEN 'unusable'
                WHEN t.won + t.lost = 0 THEN 'unknown'
                WHEN k.name = leakage_report.closed_at THEN 'closing'
                WHEN d.after > 0 THEN 'after'
                WHEN s.auc >= 0.98 THEN 'auc'
                WHEN coalesce(d.n_distinct + d.any_missing::int, 0) <= 1 THEN 'constant'
                WHEN @extschema@.is_key(k.type, k.kind, d.n_distinct, d.n_present, d.n_mail) THEN 'key'
                WHEN l.missing THEN 'missing'
                WHEN l.list IS NOT NULL THEN 'one class'
                WHEN s.auc >= 0.9 THEN 'strong'
                ELSE 'ok' END AS finding
      FROM columns k CROSS JOIN total t
      LEFT JOIN single s ON s.c = k.c
      LEFT JOIN listed l ON l.c = k.c
      LEFT JOIN described d ON d.c = k.c
  )
  SELECT name, auc, list,
         CASE WHEN finding IN ('closing', 'after', 'auc') THEN 'leak'
              WHEN finding IN ('missing', 'one class', 'strong') THEN 'suspect'
              ELSE finding END,
         CASE finding
           WHEN 'unusable' THEN format('a column of type %s cannot be a feature', type)
           WHEN 'unknown' THEN 'no row has a label'
           WHEN 'closing' THEN 'the time of closing is not known before it'
           WHEN 'after' THEN format('%s values lie after the closing of their row', after)
           WHEN 'auc' THEN 'alone it tells nearly all outcomes'
           WHEN 'constant' THEN 'it has one value only'
           WHEN 'key' THEN 'it identifies rows: fit leaves it out'
           WHEN 'missing' THEN 'missing in one class only: is it filled in at closing?'
           WHEN 'one class' THEN 'values that occur in one class only: are they set at closing?'
           WHEN 'strong' THEN 'alone it tells most outcomes'
         END
    FROM judged ORDER BY c;
END;
COMMENT ON FUNCTION @extschema@.leakage_report(query text, label text, closed_at text) IS
  'for each column of a query: does it give the label away, and how';

CREATE FUNCTION @extschema@.feature_insights(query text, label text,
  OUT feature text, OUT value text, OUT n_open bigint, OUT n_closed bigint,
  OUT win_rate double precision, OUT low double precision, OUT high double precision,
  OUT base_rate double precision, OUT lift double precision, OUT note text)
  RETURNS SETOF record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 200
BEGIN ATOMIC
  WITH counts AS MATERIALIZED (
    SELECT v.column_number AS c, v.value, nullif(v.number, 'NaN') AS number,
           sum(v.n_won)::bigint AS won, sum(v.n_lost)::bigint AS lost,
           sum(v.n_open)::bigint AS still_open
      FROM @extschema@.value_counts(feature_insights.query, feature_insights.label) v
     WHERE feature_insights.label IS NOT NULL
     GROUP BY 1, 2, 3
  ), total AS (
    SELECT won, won + lost AS closed, won::float8 / nullif(won + lost, 0) AS share
      FROM counts WHERE c = 0
  ), columns AS (
    -- total first, as in leakage_report
    SELECT c.column_number AS c, c.name, c.type, c.kind
      FROM @extschema@.query_columns(feature_insights.query) c
     WHERE c.name <> feature_insights.label AND c.kind IS NOT NULL
       AND EXISTS (SELECT FROM total)
  ), numbered AS (
    SELECT v.*, k.kind, k.name, k.type,
           v.value IS NULL AND v.number IS NULL AS missing,
           count(*) OVER present AS n_values,
           count(*) FILTER (WHERE v.value LIKE '_%@_%._%') OVER present AS n_mail,
           sum(v.won + v.lost + v.still_open) OVER present AS n_present,
           sum(v.won + v.lost + v.still_open) OVER (
             PARTITION BY v.c, v.value IS NULL AND v.number IS NULL ORDER BY v.number
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS n_below,
           row_number() OVER (PARTITION BY v.c, v.value IS NULL AND v.number IS NULL
             ORDER BY v.won + v.lost + v.still_open DESC, v.value COLLATE "C") AS place
      FROM counts v JOIN columns k ON k.c = v.c
    WINDOW present AS (PARTITION BY v.c, v.value IS NULL AND v.number IS NULL)
  ), placed AS (
    -- numbers of more than ten values in fifths; categories beyond the 50 most frequent together
    SELECT n.*,
           CASE WHEN missing THEN 3
                WHEN kind = 'categorical' AND place > 50 THEN 2 ELSE 1 END AS part,
           CASE WHEN missing THEN NULL
                WHEN @extschema@.is_key(type, kind, n_values, n_present, n_mail) THEN -1
                WHEN kind = 'categorical' THEN least(place, 51)
                WHEN n_values <= 10 THEN row_number() OVER (PARTITION BY c, missing ORDER BY number)
                ELSE floor(5 * coalesce(n_below, 0) / n_present) END AS bin
      FROM numbered n
  ), binned AS (
    SELECT c, name, kind, CASE WHEN bin < 0 THEN 1 ELSE part END AS part, bin,
           min(number) AS first, max(number) AS last, min(value COLLATE "C") AS value, count(*) AS n_values,
           sum(won)::bigint AS won, sum(lost)::bigint AS lost, sum(still_open)::bigint AS still_open
      FROM placed GROUP BY 1, 2, 3, 4, 5
  )
  SELECT b.name,
         CASE WHEN part = 3 THEN '(missing)'
              WHEN bin < 0 THEN '(' || n_values || ' values)'
              WHEN part = 2 THEN '(other)'
              WHEN kind = 'categorical' OR first = last
                THEN @extschema@.shown_value(b.value, first, kind)
              ELSE @extschema@.shown_value(NULL, first, kind) || ' to ' ||
                   @extschema@.shown_value(NULL, last, kind) END,
         b.still_open, b.won + b.lost, b.won::float8 / nullif(b.won + b.lost, 0),
         CASE WHEN b.won + b.lost > 0
              THEN @extschema@.low(@extschema@.make_proportion(b.won, b.won + b.lost)) END,
         CASE WHEN b.won + b.lost > 0
              THEN @extschema@.high(@extschema@.make_proportion(b.won, b.won + b.lost)) END,
         t.share, b.won::float8 / nullif(b.won + b.lost, 0) / nullif(t.share, 0),
         CASE WHEN bin < 0 THEN 'it identifies rows: fit leaves it out'
              WHEN b.won + b.lost = 0 THEN 'no closed row'
              WHEN b.won + b.lost < 20 THEN 'few closed rows' END
    FROM binned b CROSS JOIN total t
   ORDER BY b.c, b.part, CASE WHEN kind <> 'categorical' THEN b.first END, b.bin;
END;
COMMENT ON FUNCTION @extschema@.feature_insights(query text, label text) IS
  'for each value of each column of a query: its share of true labels against that of all rows';

CREATE FUNCTION @extschema@.data_profile(query text, stale_after interval DEFAULT '90 days',
  OUT feature text, OUT type regtype, OUT n bigint, OUT null_rate double precision,
  OUT n_distinct bigint, OUT smallest text, OUT largest text, OUT mean double precision,
  OUT sd double precision, OUT outliers bigint, OUT duplicates bigint, OUT notes text[])
  RETURNS SETOF record
  LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 20
BEGIN ATOMIC
  WITH counts AS MATERIALIZED (
    SELECT v.column_number AS c, v.value, nullif(v.number, 'NaN') AS number,
           v.n_open AS n
      FROM @extschema@.value_counts(data_profile.query, NULL, NULL, true) v
  ), columns AS (
    SELECT c.column_number AS c, c.name, c.type, c.kind
      FROM @extschema@.query_columns(data_profile.query) c
  ), total AS (
    SELECT n FROM counts WHERE c = 0
  ), ordered AS (
    SELECT c, number, n, sum(n) OVER (PARTITION BY c ORDER BY number) AS up_to,
           sum(n) OVER (PARTITION BY c) AS present
      FROM counts WHERE c > 0 AND number NOT IN ('Infinity', '-Infinity')
  ), quartiles AS (
    -- the smallest value that at least a quarter, and three quarters, do not exceed
    SELECT c, min(number) FILTER (WHERE 4 * up_to >= present) AS q1,
           min(number) FILTER (WHERE 4 * up_to >= 3 * present) AS q3,
           sum(n * number) / max(present) AS mean, max(present) AS present
      FROM ordered GROUP BY c
  ), spread AS (
    SELECT q.c, q.mean, sqrt(sum(o.n * (o.number - q.mean) ^ 2) / max(q.present)) AS sd,
           coalesce(sum(o.n) FILTER (WHERE q3 > q1 AND (
             o.number < q1 - 3 * (q3 - q1) OR o.number > q3 + 3 * (q3 - q1))), 0)::bigint AS outliers
      FROM quartiles q JOIN ordered o ON o.c = q.c GROUP BY q.c, q.mean
  ), described AS (
    SELECT v.c, sum(v.n) AS n, count(*) FILTER (WHERE v.value IS NOT NULL OR v.number IS NOT NULL) AS n_distinct,
           coalesce(sum(v.n) FILTER (WHERE v.value IS NULL AND v.number IS NULL), 0) AS n_missing,
           coalesce(sum(v.n) FILTER (WHERE v.number IN ('Infinity', '-Infinity')), 0) AS n_infinite,
           min(v.value COLLATE "C") AS first_value, max(v.value COLLATE "C") AS last_value,
           min(v.number) AS first_number, max(v.number) AS last_number,
           max(v.number) FILTER (WHERE v.number < 'Infinity') AS newest,
           count(*) FILTER (WHERE v.value LIKE '_%@_%._%') AS n_mail
      FROM counts v WHERE v.c > 0 GROUP BY v.c
  ), repeated AS (
    SELECT coalesce(sum(v.n - 1), 0)::bigint AS duplicates FROM counts v WHERE v.c = -1
  )
  SELECT NULL::text, NULL::regtype, t.n, NULL::float8, NULL::bigint, NULL::text, NULL::text,
         NULL::float8, NULL::float8, NULL::bigint, r.duplicates,
         array_remove(ARRAY[
           CASE WHEN t.n = 0 THEN 'no rows' END,
           CASE WHEN r.duplicates > 0 THEN format('%s rows repeat another', r.duplicates) END], NULL)
    FROM total t CROSS JOIN repeated r
  UNION ALL
  (SELECT k.name, k.type, t.n, d.n_missing::float8 / nullif(t.n, 0), d.n_distinct,
         CASE WHEN k.kind <> 'categorical' AND d.first_number IS NULL THEN NULL
              WHEN d.n_distinct > 0 THEN @extschema@.shown_value(d.first_value, d.first_number, k.kind) END,
         CASE WHEN k.kind <> 'categorical' AND d.last_number IS NULL THEN NULL
              WHEN d.n_distinct > 0 THEN @extschema@.shown_value(d.last_value, d.last_number, k.kind) END,
         CASE WHEN k.kind = 'numeric' THEN s.mean END,
         CASE WHEN k.kind = 'numeric' THEN s.sd END,
         CASE WHEN k.kind <> 'categorical' THEN coalesce(s.outliers, 0) END, NULL::bigint,
         array_remove(ARRAY[
           CASE WHEN k.kind IS NULL THEN format('a column of type %s cannot be a feature', k.type) END,
           CASE WHEN t.n > 0 AND d.n_missing = t.n THEN 'always missing'
                WHEN d.n_distinct = 1 AND d.n_missing = 0 THEN 'constant'
                WHEN d.n_missing > 0.5 * t.n THEN 'mostly missing' END,
           CASE WHEN @extschema@.is_key(k.type, k.kind, d.n_distinct, t.n - d.n_missing, d.n_mail)
                THEN 'it identifies rows: fit leaves it out' END,
           CASE WHEN d.n_infinite > 0 THEN format('%s infinite values: fit refuses them', d.n_infinite) END,
           CASE WHEN s.outliers > 0 THEN format('%s outliers', s.outliers) END,
           CASE WHEN k.kind = 'time' AND d.newest IS NOT NULL
                     AND timestamp '2000-01-01' + d.newest * interval '1 day'
                         < (now() AT TIME ZONE 'UTC') - data_profile.stale_after
                THEN format('stale: the newest is %s',
                            @extschema@.shown_value(NULL, d.newest, 'time')) END,
           CASE WHEN k.kind = 'time'
                     AND timestamp '2000-01-01' + d.newest * interval '1 day'
                         > (now() AT TIME ZONE 'UTC') + interval '1 day'
                THEN 'times in the future' END], NULL)
    FROM columns k CROSS JOIN total t
    LEFT JOIN described d ON d.c = k.c
    LEFT JOIN spread s ON s.c = k.c
   ORDER BY k.c);
END;
COMMENT ON FUNCTION @extschema@.data_profile(query text, stale_after interval) IS
  'what each column of a query holds, and what is odd about it; the first row is about whole rows';
