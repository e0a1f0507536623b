-- fit_clv: maximum likelihood of the lifetime value models.

CREATE FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_add';
COMMENT ON FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm) IS
  'transition of the aggregate fit_clv';

CREATE FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm, weight bigint) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_add';
COMMENT ON FUNCTION @extschema@.clv_model_add(state @extschema@.clv_model, kind text, customer @extschema@.rfm, weight bigint) IS
  'transition of the aggregate fit_clv with weights';

CREATE FUNCTION @extschema@.clv_model_merge(state @extschema@.clv_model, other @extschema@.clv_model) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_merge';
COMMENT ON FUNCTION @extschema@.clv_model_merge(state @extschema@.clv_model, other @extschema@.clv_model) IS
  'combines states of fit_clv';

CREATE FUNCTION @extschema@.clv_model_final(state @extschema@.clv_model) RETURNS @extschema@.clv_model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'clv_model_final';
COMMENT ON FUNCTION @extschema@.clv_model_final(state @extschema@.clv_model) IS
  'fits the model to the customers of a state';

CREATE AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm) (
  SFUNC = @extschema@.clv_model_add,
  STYPE = @extschema@.clv_model,
  SSPACE = 4096,
  FINALFUNC = @extschema@.clv_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.clv_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm) IS
  'fits a model to customers; rows with a NULL rfm are skipped';

CREATE AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm, weight bigint) (
  SFUNC = @extschema@.clv_model_add,
  STYPE = @extschema@.clv_model,
  SSPACE = 4096,
  FINALFUNC = @extschema@.clv_model_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.clv_model_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit_clv(kind text, customer @extschema@.rfm, weight bigint) IS
  'fits a model to customers, each counted so many times';
