-- train: a query in, an evaluated and registered model out.

CREATE FUNCTION @extschema@.train(name text, query text, label text,
  algorithm text DEFAULT 'logistic', options jsonb DEFAULT '{}',
  order_by text DEFAULT NULL, holdout double precision DEFAULT 0.2,
  OUT version integer, OUT n bigint, OUT n_positive bigint,
  OUT auc double precision, OUT log_loss double precision,
  OUT brier double precision, OUT ece double precision,
  OUT status text, OUT warnings text[])
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000
  AS 'MODULE_PATHNAME', 'train';
COMMENT ON FUNCTION @extschema@.train(text, text, text, text, jsonb, text, double precision) IS
  'fits a model to the older rows of a query, evaluates it on the newest and registers it as a new version';

CREATE FUNCTION @extschema@.cross_validate(query text, label text,
  algorithm text DEFAULT 'logistic', options jsonb DEFAULT '{}',
  folds integer DEFAULT 5)
  RETURNS TABLE (fold integer, n bigint, n_positive bigint,
    auc double precision, log_loss double precision, brier double precision,
    ece double precision, evaluation @extschema@.evaluation)
  LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 6
  AS 'MODULE_PATHNAME', 'cross_validate';
COMMENT ON FUNCTION @extschema@.cross_validate(query text, label text, algorithm text, options jsonb, folds integer) IS
  'scores each fold of the rows of a query by a model of the others; the row without a fold is all of them together';
