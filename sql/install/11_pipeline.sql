-- pipeline: the stages of a sales process in order, and where they are registered.

CREATE TYPE @extschema@.pipeline;

CREATE FUNCTION @extschema@.pipeline_in(text cstring) RETURNS @extschema@.pipeline
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_in';
COMMENT ON FUNCTION @extschema@.pipeline_in(text cstring) IS
  'text input: open stages with > between them, won ends, after | the lost ends';

CREATE FUNCTION @extschema@.pipeline_out(pipeline @extschema@.pipeline) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_out';
COMMENT ON FUNCTION @extschema@.pipeline_out(pipeline @extschema@.pipeline) IS
  'text output';

CREATE FUNCTION @extschema@.pipeline_recv(message internal) RETURNS @extschema@.pipeline
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_recv';
COMMENT ON FUNCTION @extschema@.pipeline_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.pipeline_send(pipeline @extschema@.pipeline) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_send';
COMMENT ON FUNCTION @extschema@.pipeline_send(pipeline @extschema@.pipeline) IS
  'binary output';

CREATE TYPE @extschema@.pipeline (
  INPUT = @extschema@.pipeline_in,
  OUTPUT = @extschema@.pipeline_out,
  RECEIVE = @extschema@.pipeline_recv,
  SEND = @extschema@.pipeline_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.pipeline IS
  'sales pipeline: open stages in order, won ends, lost ends, as Lead > Proposal > Won | Lost';

CREATE FUNCTION @extschema@.pipeline_eq(a @extschema@.pipeline, b @extschema@.pipeline) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_eq';
COMMENT ON FUNCTION @extschema@.pipeline_eq(a @extschema@.pipeline, b @extschema@.pipeline) IS
  'equal';

CREATE FUNCTION @extschema@.pipeline_ne(a @extschema@.pipeline, b @extschema@.pipeline) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_ne';
COMMENT ON FUNCTION @extschema@.pipeline_ne(a @extschema@.pipeline, b @extschema@.pipeline) IS
  'not equal';

CREATE FUNCTION @extschema@.pipeline_hash(pipeline @extschema@.pipeline) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_hash';
COMMENT ON FUNCTION @extschema@.pipeline_hash(pipeline @extschema@.pipeline) IS
  'hash of a pipeline';

CREATE FUNCTION @extschema@.pipeline_hash_extended(pipeline @extschema@.pipeline, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_hash_extended';
COMMENT ON FUNCTION @extschema@.pipeline_hash_extended(pipeline @extschema@.pipeline, seed bigint) IS
  'hash of a pipeline with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.pipeline_eq,
  LEFTARG = @extschema@.pipeline, RIGHTARG = @extschema@.pipeline,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.pipeline, @extschema@.pipeline) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.pipeline_ne,
  LEFTARG = @extschema@.pipeline, RIGHTARG = @extschema@.pipeline,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.pipeline, @extschema@.pipeline) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.pipeline_ops
  DEFAULT FOR TYPE @extschema@.pipeline USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.pipeline_hash(@extschema@.pipeline),
  FUNCTION 2 @extschema@.pipeline_hash_extended(@extschema@.pipeline, bigint);
COMMENT ON OPERATOR CLASS @extschema@.pipeline_ops USING hash IS
  'equality of pipelines';

CREATE FUNCTION @extschema@.jsonb(pipeline @extschema@.pipeline) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(pipeline @extschema@.pipeline) IS
  'pipeline as an object of three arrays of labels: open, won, lost';

CREATE CAST (@extschema@.pipeline AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.pipeline);
COMMENT ON CAST (@extschema@.pipeline AS jsonb) IS
  'pipeline as an object of three arrays of labels: open, won, lost';

CREATE FUNCTION @extschema@.make_pipeline(
  open text[],
  won text[] DEFAULT '{Won}',
  lost text[] DEFAULT '{Lost}'
) RETURNS @extschema@.pipeline
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_make';
COMMENT ON FUNCTION @extschema@.make_pipeline(open text[], won text[], lost text[]) IS
  'pipeline of these open stages in order, won ends and lost ends';

CREATE FUNCTION @extschema@.stages(pipeline @extschema@.pipeline) RETURNS SETOF @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 8
  AS 'MODULE_PATHNAME', 'pipeline_stages';
COMMENT ON FUNCTION @extschema@.stages(pipeline @extschema@.pipeline) IS
  'stages of a pipeline in order: open, won ends, lost ends';

CREATE FUNCTION @extschema@.stage(pipeline @extschema@.pipeline, label text) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'pipeline_find_stage';
COMMENT ON FUNCTION @extschema@.stage(pipeline @extschema@.pipeline, label text) IS
  'stage of a pipeline by its label';

CREATE TABLE @extschema@.pipelines (
  name text PRIMARY KEY
    CONSTRAINT pipelines_name_not_empty CHECK (name OPERATOR(pg_catalog.<>) ''),
  definition @extschema@.pipeline NOT NULL
);
COMMENT ON TABLE @extschema@.pipelines IS
  'pipelines by name, for stage(pipeline_name, label) and for funnel definitions';
COMMENT ON COLUMN @extschema@.pipelines.name IS
  'name that functions take in place of the pipeline itself';
COMMENT ON COLUMN @extschema@.pipelines.definition IS
  'the pipeline';

CREATE TABLE @extschema@.stage_settings (
  pipeline text NOT NULL,
  label text NOT NULL
    CONSTRAINT stage_settings_label_length CHECK (
      pg_catalog.octet_length(label) OPERATOR(pg_catalog.>=) 1
      AND pg_catalog.octet_length(label) OPERATOR(pg_catalog.<=) 63),
  default_probability double precision
    CONSTRAINT stage_settings_probability_range CHECK (
      default_probability OPERATOR(pg_catalog.>=) 0::double precision
      AND default_probability OPERATOR(pg_catalog.<=) 1::double precision),
  forecast_category text
    CONSTRAINT stage_settings_category_known CHECK (
      forecast_category OPERATOR(pg_catalog.=) ANY (ARRAY[
        'omitted', 'pipeline', 'best_case', 'most_likely', 'commit', 'closed'])),
  rot_after interval
    CONSTRAINT stage_settings_rot_after_positive CHECK (
      rot_after OPERATOR(pg_catalog.>) '0'::interval),
  PRIMARY KEY (pipeline, label)
);
COMMENT ON TABLE @extschema@.stage_settings IS
  'what a stage of a registered pipeline means for forecasts';
COMMENT ON COLUMN @extschema@.stage_settings.pipeline IS
  'name of a registered pipeline';
COMMENT ON COLUMN @extschema@.stage_settings.label IS
  'label of one of its stages';
COMMENT ON COLUMN @extschema@.stage_settings.default_probability IS
  'probability of winning, 0 to 1, of a deal in this stage that has none of its own';
COMMENT ON COLUMN @extschema@.stage_settings.forecast_category IS
  'omitted, pipeline, best_case, most_likely, commit or closed';
COMMENT ON COLUMN @extschema@.stage_settings.rot_after IS
  'a deal that stays longer than this in the stage is rotting';

-- No foreign key: it exists before the rows of a restore do, and pg_restore
-- with several jobs loads the two tables in any order.
CREATE FUNCTION @extschema@.stage_settings_trigger() RETURNS trigger
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM crmprob.stage_settings s WHERE s.pipeline = OLD.name;
  ELSE
    UPDATE crmprob.stage_settings s SET pipeline = NEW.name
     WHERE s.pipeline = OLD.name;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION @extschema@.stage_settings_trigger() IS
  'lets the settings of stages follow a pipeline that is renamed or deleted';

CREATE TRIGGER stage_settings
  AFTER UPDATE OF name OR DELETE ON @extschema@.pipelines
  FOR EACH ROW EXECUTE FUNCTION @extschema@.stage_settings_trigger();
COMMENT ON TRIGGER stage_settings ON @extschema@.pipelines IS
  'settings follow a pipeline that is renamed or deleted';

SELECT pg_catalog.pg_extension_config_dump('crmprob.pipelines', '');
SELECT pg_catalog.pg_extension_config_dump('crmprob.stage_settings', '');

GRANT SELECT ON @extschema@.pipelines, @extschema@.stage_settings TO PUBLIC;

CREATE FUNCTION @extschema@.stage(pipeline_name text, label text) RETURNS @extschema@.stage
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'pipeline_find_stage_by_name';
COMMENT ON FUNCTION @extschema@.stage(pipeline_name text, label text) IS
  'stage of a registered pipeline by its label';
