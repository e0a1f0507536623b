-- import_xgboost and to_sql: models from elsewhere, and for elsewhere.

CREATE FUNCTION @extschema@.import_xgboost(model jsonb,
  features text[] DEFAULT NULL, categories jsonb DEFAULT NULL)
  RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000
  AS 'MODULE_PATHNAME', 'import_xgboost';
COMMENT ON FUNCTION @extschema@.import_xgboost(jsonb, text[], jsonb) IS
  'model from the JSON that XGBoost''s save_model writes; features names the columns if the document does not';

CREATE FUNCTION @extschema@.to_sql(model @extschema@.model,
  alias text DEFAULT NULL) RETURNS text
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
  AS 'MODULE_PATHNAME', 'model_to_sql';
COMMENT ON FUNCTION @extschema@.to_sql(@extschema@.model, text) IS
  'the score as one SQL expression over columns, for servers without this extension';
