-- One kind of model; see xgboost.sh. Files are read from the working directory.
SET search_path = crmprob, public;
CREATE TEMP TABLE rows (id int, f1 float8, f2 float8, f3 float8, f4 float8,
  f5 float8, f6 float8, p float8);
CREATE TEMP TABLE phis (id int, f1 float8, f2 float8, f3 float8, f4 float8,
  f5 float8, f6 float8, base float8);
CREATE TEMP TABLE document (line text);
\copy document from model.json with (format csv, delimiter E'\x01', quote E'\x02')
\copy rows from rows.tsv
\copy phis from phis.tsv
ANALYZE rows;
-- JSON has no NaN, which XGBoost writes for conditions of categorical splits
CREATE TEMP TABLE m AS
  SELECT import_xgboost(replace(line, 'NaN', 'null')::jsonb) AS m FROM document;
CREATE TEMP TABLE scored AS SELECT id, p, score(m, rows) AS s FROM m, rows;
CREATE TEMP TABLE explained AS
  SELECT rows.id, e.feature, e.contribution
    FROM m, rows JOIN phis USING (id), LATERAL explain(m, rows) e;
CREATE TEMP TABLE result AS
  SELECT * FROM
    (SELECT count(*) AS rows, max(abs(s - p)) AS score_difference FROM scored) s,
    (SELECT count(DISTINCT id) AS explained, max(abs(contribution - phi)) AS phi_difference
      FROM explained JOIN (SELECT id, v.* FROM phis, LATERAL (VALUES ('f1', f1), ('f2', f2), ('f3', f3),
          ('f4', f4), ('f5', f5), ('f6', f6), (NULL, base)) AS v(name, phi)) x USING (id)
      WHERE feature IS NOT DISTINCT FROM name) e,
    (SELECT max(abs(sum - ln(s / (1 - s)))) AS sum_difference
      FROM (SELECT id, sum(contribution) FROM explained GROUP BY id) e JOIN scored USING (id)) a;
\pset footer off
SELECT :'kind' AS kind, (SELECT jsonb_array_length(m::jsonb->'trees'->'nodes') FROM m) AS trees, * FROM result;
-- NULL, of no rows or no scores, is a miss
SELECT coalesce(rows = :rows AND explained = least(:rows, 5000) AND score_difference <= 1e-6 AND phi_difference <= 1e-4
    AND sum_difference <= 1e-9, false) AS holds
  FROM result \gset
\if :holds
  \echo ok - :kind
\else
  \echo not ok - :kind
  DO $$ BEGIN RAISE 'scores or contributions of the imported model are not those of XGBoost'; END $$;
\endif
