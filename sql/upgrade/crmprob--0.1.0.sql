-- crmprob: installed by CREATE EXTENSION, never by psql.
\echo Use "CREATE EXTENSION crmprob" to load this file. \quit

CREATE FUNCTION @extschema@.version() RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'crmprob_version';
COMMENT ON FUNCTION @extschema@.version() IS
  'version of the loaded crmprob library';

-- to call our functions is everybody's right; what they read is not
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
-- stage: a stage of a sales pipeline, ordered, with its own label.

CREATE TYPE @extschema@.stage;

CREATE FUNCTION @extschema@.stage_in(text cstring) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_in';
COMMENT ON FUNCTION @extschema@.stage_in(text cstring) IS
  'text input: position (1 to 999), won or lost, a colon, a label';

CREATE FUNCTION @extschema@.stage_out(stage @extschema@.stage) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_out';
COMMENT ON FUNCTION @extschema@.stage_out(stage @extschema@.stage) IS
  'text output';

CREATE FUNCTION @extschema@.stage_recv(message internal) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_recv';
COMMENT ON FUNCTION @extschema@.stage_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.stage_send(stage @extschema@.stage) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_send';
COMMENT ON FUNCTION @extschema@.stage_send(stage @extschema@.stage) IS
  'binary output';

CREATE TYPE @extschema@.stage (
  INPUT = @extschema@.stage_in,
  OUTPUT = @extschema@.stage_out,
  RECEIVE = @extschema@.stage_recv,
  SEND = @extschema@.stage_send,
  ALIGNMENT = int4,
  STORAGE = main
);
COMMENT ON TYPE @extschema@.stage IS
  'stage of a sales pipeline: position, won or lost, with its label, as 3:Proposal';

CREATE FUNCTION @extschema@.stage_eq(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_eq';
COMMENT ON FUNCTION @extschema@.stage_eq(a @extschema@.stage, b @extschema@.stage) IS
  'equal';

CREATE FUNCTION @extschema@.stage_ne(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_ne';
COMMENT ON FUNCTION @extschema@.stage_ne(a @extschema@.stage, b @extschema@.stage) IS
  'not equal';

CREATE FUNCTION @extschema@.stage_lt(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_lt';
COMMENT ON FUNCTION @extschema@.stage_lt(a @extschema@.stage, b @extschema@.stage) IS
  'earlier in the pipeline';

CREATE FUNCTION @extschema@.stage_le(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_le';
COMMENT ON FUNCTION @extschema@.stage_le(a @extschema@.stage, b @extschema@.stage) IS
  'not later in the pipeline';

CREATE FUNCTION @extschema@.stage_gt(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_gt';
COMMENT ON FUNCTION @extschema@.stage_gt(a @extschema@.stage, b @extschema@.stage) IS
  'later in the pipeline';

CREATE FUNCTION @extschema@.stage_ge(a @extschema@.stage, b @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_ge';
COMMENT ON FUNCTION @extschema@.stage_ge(a @extschema@.stage, b @extschema@.stage) IS
  'not earlier in the pipeline';

CREATE FUNCTION @extschema@.stage_cmp(a @extschema@.stage, b @extschema@.stage) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_cmp';
COMMENT ON FUNCTION @extschema@.stage_cmp(a @extschema@.stage, b @extschema@.stage) IS
  'btree order: open stages by position, then won, then lost; label bytes break ties';

CREATE FUNCTION @extschema@.stage_hash(stage @extschema@.stage) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_hash';
COMMENT ON FUNCTION @extschema@.stage_hash(stage @extschema@.stage) IS
  'hash of a stage';

CREATE FUNCTION @extschema@.stage_hash_extended(stage @extschema@.stage, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_hash_extended';
COMMENT ON FUNCTION @extschema@.stage_hash_extended(stage @extschema@.stage, seed bigint) IS
  'hash of a stage with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.stage_eq,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.stage, @extschema@.stage) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.stage_ne,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.stage, @extschema@.stage) IS
  'not equal';

CREATE OPERATOR @extschema@.< (
  FUNCTION = @extschema@.stage_lt,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
  RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.stage, @extschema@.stage) IS
  'earlier in the pipeline';

CREATE OPERATOR @extschema@.<= (
  FUNCTION = @extschema@.stage_le,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
  RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.stage, @extschema@.stage) IS
  'not later in the pipeline';

CREATE OPERATOR @extschema@.> (
  FUNCTION = @extschema@.stage_gt,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
  RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.stage, @extschema@.stage) IS
  'later in the pipeline';

CREATE OPERATOR @extschema@.>= (
  FUNCTION = @extschema@.stage_ge,
  LEFTARG = @extschema@.stage, RIGHTARG = @extschema@.stage,
  COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
  RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.stage, @extschema@.stage) IS
  'not earlier in the pipeline';

CREATE OPERATOR CLASS @extschema@.stage_ops
  DEFAULT FOR TYPE @extschema@.stage USING btree AS
  OPERATOR 1 @extschema@.<,
  OPERATOR 2 @extschema@.<=,
  OPERATOR 3 @extschema@.=,
  OPERATOR 4 @extschema@.>=,
  OPERATOR 5 @extschema@.>,
  FUNCTION 1 @extschema@.stage_cmp(@extschema@.stage, @extschema@.stage);
COMMENT ON OPERATOR CLASS @extschema@.stage_ops USING btree IS
  'order of stages';

CREATE OPERATOR CLASS @extschema@.stage_ops
  DEFAULT FOR TYPE @extschema@.stage USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.stage_hash(@extschema@.stage),
  FUNCTION 2 @extschema@.stage_hash_extended(@extschema@.stage, bigint);
COMMENT ON OPERATOR CLASS @extschema@.stage_ops USING hash IS
  'equality of stages';

CREATE FUNCTION @extschema@.jsonb(stage @extschema@.stage) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(stage @extschema@.stage) IS
  'stage as an object: ordinal (open stages only), label, outcome';

CREATE CAST (@extschema@.stage AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.stage);
COMMENT ON CAST (@extschema@.stage AS jsonb) IS
  'stage as an object: ordinal (open stages only), label, outcome';

CREATE FUNCTION @extschema@.ordinal(stage @extschema@.stage) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_ordinal';
COMMENT ON FUNCTION @extschema@.ordinal(stage @extschema@.stage) IS
  'position of an open stage (1 to 999); NULL at the won and lost ends';

CREATE FUNCTION @extschema@.label(stage @extschema@.stage) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_label';
COMMENT ON FUNCTION @extschema@.label(stage @extschema@.stage) IS
  'label of a stage';

CREATE FUNCTION @extschema@.outcome(stage @extschema@.stage) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_outcome';
COMMENT ON FUNCTION @extschema@.outcome(stage @extschema@.stage) IS
  'open, won or lost';

CREATE FUNCTION @extschema@.is_open(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_open';
COMMENT ON FUNCTION @extschema@.is_open(stage @extschema@.stage) IS
  'is the stage neither won nor lost';

CREATE FUNCTION @extschema@.is_won(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_won';
COMMENT ON FUNCTION @extschema@.is_won(stage @extschema@.stage) IS
  'is the stage a won end';

CREATE FUNCTION @extschema@.is_lost(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_lost';
COMMENT ON FUNCTION @extschema@.is_lost(stage @extschema@.stage) IS
  'is the stage a lost end';

CREATE FUNCTION @extschema@.is_closed(stage @extschema@.stage) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'stage_is_closed';
COMMENT ON FUNCTION @extschema@.is_closed(stage @extschema@.stage) IS
  'is the stage a won or a lost end';
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
-- opportunity: one sales opportunity as a value.

CREATE TYPE @extschema@.opportunity;

CREATE FUNCTION @extschema@.opportunity_in(text cstring) RETURNS @extschema@.opportunity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_in';
COMMENT ON FUNCTION @extschema@.opportunity_in(text cstring) IS
  'text input: a JSON object with the arguments of make_opportunity as keys';

CREATE FUNCTION @extschema@.opportunity_out(opportunity @extschema@.opportunity) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_out';
COMMENT ON FUNCTION @extschema@.opportunity_out(opportunity @extschema@.opportunity) IS
  'text output';

CREATE FUNCTION @extschema@.opportunity_recv(message internal) RETURNS @extschema@.opportunity
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_recv';
COMMENT ON FUNCTION @extschema@.opportunity_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.opportunity_send(opportunity @extschema@.opportunity) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_send';
COMMENT ON FUNCTION @extschema@.opportunity_send(opportunity @extschema@.opportunity) IS
  'binary output';

CREATE TYPE @extschema@.opportunity (
  INPUT = @extschema@.opportunity_in,
  OUTPUT = @extschema@.opportunity_out,
  RECEIVE = @extschema@.opportunity_recv,
  SEND = @extschema@.opportunity_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.opportunity IS
  'sales opportunity: stage, amount, dates, probability, people and feedback';

CREATE FUNCTION @extschema@.opportunity_eq(a @extschema@.opportunity, b @extschema@.opportunity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_eq';
COMMENT ON FUNCTION @extschema@.opportunity_eq(a @extschema@.opportunity, b @extschema@.opportunity) IS
  'equal';

CREATE FUNCTION @extschema@.opportunity_ne(a @extschema@.opportunity, b @extschema@.opportunity) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_ne';
COMMENT ON FUNCTION @extschema@.opportunity_ne(a @extschema@.opportunity, b @extschema@.opportunity) IS
  'not equal';

CREATE FUNCTION @extschema@.opportunity_hash(opportunity @extschema@.opportunity) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_hash';
COMMENT ON FUNCTION @extschema@.opportunity_hash(opportunity @extschema@.opportunity) IS
  'hash of an opportunity';

CREATE FUNCTION @extschema@.opportunity_hash_extended(opportunity @extschema@.opportunity, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_hash_extended';
COMMENT ON FUNCTION @extschema@.opportunity_hash_extended(opportunity @extschema@.opportunity, seed bigint) IS
  'hash of an opportunity with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.opportunity_eq,
  LEFTARG = @extschema@.opportunity, RIGHTARG = @extschema@.opportunity,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.opportunity, @extschema@.opportunity) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.opportunity_ne,
  LEFTARG = @extschema@.opportunity, RIGHTARG = @extschema@.opportunity,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.opportunity, @extschema@.opportunity) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.opportunity_ops
  DEFAULT FOR TYPE @extschema@.opportunity USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.opportunity_hash(@extschema@.opportunity),
  FUNCTION 2 @extschema@.opportunity_hash_extended(@extschema@.opportunity, bigint);
COMMENT ON OPERATOR CLASS @extschema@.opportunity_ops USING hash IS
  'equality of opportunities';

CREATE FUNCTION @extschema@.jsonb(opportunity @extschema@.opportunity) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(opportunity @extschema@.opportunity) IS
  'opportunity as an object; keys of fields that are not known are left out';

CREATE CAST (@extschema@.opportunity AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.opportunity);
COMMENT ON CAST (@extschema@.opportunity AS jsonb) IS
  'opportunity as an object; keys of fields that are not known are left out';

CREATE FUNCTION @extschema@.make_opportunity(
  stage @extschema@.stage,
  amount numeric DEFAULT NULL,
  created_at timestamptz DEFAULT NULL,
  close_date date DEFAULT NULL,
  probability double precision DEFAULT NULL,
  modified_at timestamptz DEFAULT NULL,
  owner text DEFAULT NULL,
  customer text DEFAULT NULL,
  product text DEFAULT NULL,
  feedback text DEFAULT NULL
) RETURNS @extschema@.opportunity
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_make';
COMMENT ON FUNCTION @extschema@.make_opportunity(stage @extschema@.stage, amount numeric, created_at timestamptz, close_date date, probability double precision, modified_at timestamptz, owner text, customer text, product text, feedback text) IS
  'opportunity of these fields; NULL is a field that is not known';

CREATE FUNCTION @extschema@.stage(opportunity @extschema@.opportunity) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_stage';
COMMENT ON FUNCTION @extschema@.stage(opportunity @extschema@.opportunity) IS
  'stage of an opportunity';

CREATE FUNCTION @extschema@.amount(opportunity @extschema@.opportunity) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_amount';
COMMENT ON FUNCTION @extschema@.amount(opportunity @extschema@.opportunity) IS
  'amount of an opportunity';

CREATE FUNCTION @extschema@.created_at(opportunity @extschema@.opportunity) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_created_at';
COMMENT ON FUNCTION @extschema@.created_at(opportunity @extschema@.opportunity) IS
  'when an opportunity was created';

CREATE FUNCTION @extschema@.close_date(opportunity @extschema@.opportunity) RETURNS date
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_close_date';
COMMENT ON FUNCTION @extschema@.close_date(opportunity @extschema@.opportunity) IS
  'expected or actual close date of an opportunity';

CREATE FUNCTION @extschema@.probability(opportunity @extschema@.opportunity) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_probability';
COMMENT ON FUNCTION @extschema@.probability(opportunity @extschema@.opportunity) IS
  'probability of winning an opportunity';

CREATE FUNCTION @extschema@.modified_at(opportunity @extschema@.opportunity) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_modified_at';
COMMENT ON FUNCTION @extschema@.modified_at(opportunity @extschema@.opportunity) IS
  'when an opportunity was last modified';

CREATE FUNCTION @extschema@.owner(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_owner';
COMMENT ON FUNCTION @extschema@.owner(opportunity @extschema@.opportunity) IS
  'owner of an opportunity';

CREATE FUNCTION @extschema@.customer(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_customer';
COMMENT ON FUNCTION @extschema@.customer(opportunity @extschema@.opportunity) IS
  'customer of an opportunity';

CREATE FUNCTION @extschema@.product(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_product';
COMMENT ON FUNCTION @extschema@.product(opportunity @extschema@.opportunity) IS
  'product of an opportunity';

CREATE FUNCTION @extschema@.feedback(opportunity @extschema@.opportunity) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_feedback';
COMMENT ON FUNCTION @extschema@.feedback(opportunity @extschema@.opportunity) IS
  'feedback on an opportunity';

CREATE FUNCTION @extschema@.expected_value(opportunity @extschema@.opportunity) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_expected_value';
COMMENT ON FUNCTION @extschema@.expected_value(opportunity @extschema@.opportunity) IS
  'amount x probability to 4 decimals; won counts 1, lost 0';

CREATE FUNCTION @extschema@.category(opportunity @extschema@.opportunity, pipeline @extschema@.pipeline) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'opportunity_category';
COMMENT ON FUNCTION @extschema@.category(opportunity @extschema@.opportunity, pipeline @extschema@.pipeline) IS
  'potential, in_follow_up, solid_case, won or closed_lost';
-- proportion: successes of trials, with confidence limits and comparisons.

CREATE TYPE @extschema@.proportion;

CREATE FUNCTION @extschema@.proportion_in(text cstring) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_in';
COMMENT ON FUNCTION @extschema@.proportion_in(text cstring) IS
  'text input: successes, a slash, trials';

CREATE FUNCTION @extschema@.proportion_out(proportion @extschema@.proportion) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_out';
COMMENT ON FUNCTION @extschema@.proportion_out(proportion @extschema@.proportion) IS
  'text output';

CREATE FUNCTION @extschema@.proportion_recv(message internal) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_recv';
COMMENT ON FUNCTION @extschema@.proportion_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.proportion_send(proportion @extschema@.proportion) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_send';
COMMENT ON FUNCTION @extschema@.proportion_send(proportion @extschema@.proportion) IS
  'binary output';

CREATE TYPE @extschema@.proportion (
  INPUT = @extschema@.proportion_in,
  OUTPUT = @extschema@.proportion_out,
  RECEIVE = @extschema@.proportion_recv,
  SEND = @extschema@.proportion_send,
  INTERNALLENGTH = 24,
  ALIGNMENT = double,
  STORAGE = plain
);
COMMENT ON TYPE @extschema@.proportion IS
  'share of something: successes of trials, as 12/40';

CREATE FUNCTION @extschema@.proportion_eq(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_eq';
COMMENT ON FUNCTION @extschema@.proportion_eq(a @extschema@.proportion, b @extschema@.proportion) IS
  'equal';

CREATE FUNCTION @extschema@.proportion_ne(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_ne';
COMMENT ON FUNCTION @extschema@.proportion_ne(a @extschema@.proportion, b @extschema@.proportion) IS
  'not equal';

CREATE FUNCTION @extschema@.proportion_lt(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_lt';
COMMENT ON FUNCTION @extschema@.proportion_lt(a @extschema@.proportion, b @extschema@.proportion) IS
  'lower share, or the same of fewer trials';

CREATE FUNCTION @extschema@.proportion_le(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_le';
COMMENT ON FUNCTION @extschema@.proportion_le(a @extschema@.proportion, b @extschema@.proportion) IS
  'not a higher share';

CREATE FUNCTION @extschema@.proportion_gt(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_gt';
COMMENT ON FUNCTION @extschema@.proportion_gt(a @extschema@.proportion, b @extschema@.proportion) IS
  'higher share, or the same of more trials';

CREATE FUNCTION @extschema@.proportion_ge(a @extschema@.proportion, b @extschema@.proportion) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_ge';
COMMENT ON FUNCTION @extschema@.proportion_ge(a @extschema@.proportion, b @extschema@.proportion) IS
  'not a lower share';

CREATE FUNCTION @extschema@.proportion_cmp(a @extschema@.proportion, b @extschema@.proportion) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_cmp';
COMMENT ON FUNCTION @extschema@.proportion_cmp(a @extschema@.proportion, b @extschema@.proportion) IS
  'btree order: by value, then by trials; 0/0 comes last';

CREATE FUNCTION @extschema@.proportion_hash(proportion @extschema@.proportion) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_hash';
COMMENT ON FUNCTION @extschema@.proportion_hash(proportion @extschema@.proportion) IS
  'hash of a proportion';

CREATE FUNCTION @extschema@.proportion_hash_extended(proportion @extschema@.proportion, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_hash_extended';
COMMENT ON FUNCTION @extschema@.proportion_hash_extended(proportion @extschema@.proportion, seed bigint) IS
  'hash of a proportion with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.proportion_eq,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.proportion, @extschema@.proportion) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.proportion_ne,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.proportion, @extschema@.proportion) IS
  'not equal';

CREATE OPERATOR @extschema@.< (
  FUNCTION = @extschema@.proportion_lt,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
  RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.proportion, @extschema@.proportion) IS
  'lower share, or the same of fewer trials';

CREATE OPERATOR @extschema@.<= (
  FUNCTION = @extschema@.proportion_le,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
  RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.proportion, @extschema@.proportion) IS
  'not a higher share';

CREATE OPERATOR @extschema@.> (
  FUNCTION = @extschema@.proportion_gt,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
  RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.proportion, @extschema@.proportion) IS
  'higher share, or the same of more trials';

CREATE OPERATOR @extschema@.>= (
  FUNCTION = @extschema@.proportion_ge,
  LEFTARG = @extschema@.proportion, RIGHTARG = @extschema@.proportion,
  COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
  RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.proportion, @extschema@.proportion) IS
  'not a lower share';

CREATE OPERATOR CLASS @extschema@.proportion_ops
  DEFAULT FOR TYPE @extschema@.proportion USING btree AS
  OPERATOR 1 @extschema@.<,
  OPERATOR 2 @extschema@.<=,
  OPERATOR 3 @extschema@.=,
  OPERATOR 4 @extschema@.>=,
  OPERATOR 5 @extschema@.>,
  FUNCTION 1 @extschema@.proportion_cmp(@extschema@.proportion, @extschema@.proportion);
COMMENT ON OPERATOR CLASS @extschema@.proportion_ops USING btree IS
  'order of proportions';

CREATE OPERATOR CLASS @extschema@.proportion_ops
  DEFAULT FOR TYPE @extschema@.proportion USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.proportion_hash(@extschema@.proportion),
  FUNCTION 2 @extschema@.proportion_hash_extended(@extschema@.proportion, bigint);
COMMENT ON OPERATOR CLASS @extschema@.proportion_ops USING hash IS
  'equality of proportions';

CREATE FUNCTION @extschema@.jsonb(proportion @extschema@.proportion) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(proportion @extschema@.proportion) IS
  'proportion as an object: successes, trials, value (with trials only)';

CREATE CAST (@extschema@.proportion AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.proportion);
COMMENT ON CAST (@extschema@.proportion AS jsonb) IS
  'proportion as an object: successes, trials, value (with trials only)';

CREATE FUNCTION @extschema@.make_proportion(successes bigint, trials bigint) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_make';
COMMENT ON FUNCTION @extschema@.make_proportion(successes bigint, trials bigint) IS
  'proportion of these counts';

CREATE FUNCTION @extschema@.proportion_accum(state @extschema@.proportion, success boolean) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_accum';
COMMENT ON FUNCTION @extschema@.proportion_accum(state @extschema@.proportion, success boolean) IS
  'transition function of proportion(boolean)';

CREATE FUNCTION @extschema@.proportion_combine(
  state @extschema@.proportion,
  other @extschema@.proportion
) RETURNS @extschema@.proportion
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_combine';
COMMENT ON FUNCTION @extschema@.proportion_combine(state @extschema@.proportion, other @extschema@.proportion) IS
  'sum of two proportions: transition of rollup, combine function of both';

CREATE AGGREGATE @extschema@.proportion(success boolean) (
  SFUNC = @extschema@.proportion_accum,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.proportion(success boolean) IS
  'share of the rows that are true; NULL rows are skipped';

CREATE AGGREGATE @extschema@.rollup(proportion @extschema@.proportion) (
  SFUNC = @extschema@.proportion_combine,
  STYPE = @extschema@.proportion,
  SSPACE = 24,
  COMBINEFUNC = @extschema@.proportion_combine,
  INITCOND = '0/0',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(proportion @extschema@.proportion) IS
  'proportion of all trials together';

CREATE FUNCTION @extschema@.successes(proportion @extschema@.proportion) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_successes';
COMMENT ON FUNCTION @extschema@.successes(proportion @extschema@.proportion) IS
  'successes of a proportion';

CREATE FUNCTION @extschema@.trials(proportion @extschema@.proportion) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_trials';
COMMENT ON FUNCTION @extschema@.trials(proportion @extschema@.proportion) IS
  'trials of a proportion';

CREATE FUNCTION @extschema@.value(proportion @extschema@.proportion) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_value';
COMMENT ON FUNCTION @extschema@.value(proportion @extschema@.proportion) IS
  'successes / trials; NULL without trials';

CREATE FUNCTION @extschema@.low(proportion @extschema@.proportion, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_low';
COMMENT ON FUNCTION @extschema@.low(proportion @extschema@.proportion, level double precision) IS
  'lower Wilson limit at a confidence level; NULL without trials';

CREATE FUNCTION @extschema@.high(proportion @extschema@.proportion, level double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_high';
COMMENT ON FUNCTION @extschema@.high(proportion @extschema@.proportion, level double precision) IS
  'upper Wilson limit at a confidence level; NULL without trials';

CREATE FUNCTION @extschema@.shrunk_rate(
  proportion @extschema@.proportion,
  prior @extschema@.proportion,
  strength double precision
) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_shrunk_rate';
COMMENT ON FUNCTION @extschema@.shrunk_rate(proportion @extschema@.proportion, prior @extschema@.proportion, strength double precision) IS
  '(successes + strength x share of prior) / (trials + strength)';

CREATE FUNCTION @extschema@.prior_strength(groups @extschema@.proportion[]) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
  AS 'MODULE_PATHNAME', 'proportion_prior_strength';
COMMENT ON FUNCTION @extschema@.prior_strength(groups @extschema@.proportion[]) IS
  'strength for shrunk_rate by beta-binomial maximum likelihood over groups';

CREATE FUNCTION @extschema@.ab_test(
  a @extschema@.proportion,
  b @extschema@.proportion,
  OUT difference double precision,
  OUT relative_uplift double precision,
  OUT z double precision,
  OUT p_value double precision,
  OUT low double precision,
  OUT high double precision
) RETURNS record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'proportion_ab_test';
COMMENT ON FUNCTION @extschema@.ab_test(a @extschema@.proportion, b @extschema@.proportion) IS
  'difference b - a with pooled z, two-sided p-value and Newcombe 95 % limits';
-- rates: the plain formulas of sales and customer analysis, numerator first.

CREATE FUNCTION @extschema@.cac(total_cost numeric, new_customers bigint) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_cac';
COMMENT ON FUNCTION @extschema@.cac(total_cost numeric, new_customers bigint) IS
  'customer acquisition cost: total_cost / new_customers; NULL without customers';

CREATE FUNCTION @extschema@.clv(average_order_value numeric, purchase_frequency numeric, lifetime numeric) RETURNS numeric
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_clv';
COMMENT ON FUNCTION @extschema@.clv(average_order_value numeric, purchase_frequency numeric, lifetime numeric) IS
  'customer lifetime value: average_order_value x purchase_frequency x lifetime';

CREATE FUNCTION @extschema@.retention_rate(retained bigint, at_start bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_retention_rate';
COMMENT ON FUNCTION @extschema@.retention_rate(retained bigint, at_start bigint) IS
  'share of the customers at the start who stayed; NULL without any';

CREATE FUNCTION @extschema@.churn_rate(lost bigint, at_start bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_churn_rate';
COMMENT ON FUNCTION @extschema@.churn_rate(lost bigint, at_start bigint) IS
  'share of the customers at the start who left; NULL without any';

CREATE FUNCTION @extschema@.conversion_rate(won bigint, leads bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_conversion_rate';
COMMENT ON FUNCTION @extschema@.conversion_rate(won bigint, leads bigint) IS
  'share of the leads that were won; NULL without any';

CREATE FUNCTION @extschema@.close_probability(won bigint, opportunities bigint) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'rates_close_probability';
COMMENT ON FUNCTION @extschema@.close_probability(won bigint, opportunities bigint) IS
  'share of the opportunities that were won; NULL without any';
-- journey: how one deal moved through its stages.

CREATE TYPE @extschema@.journey;

CREATE FUNCTION @extschema@.journey_in(text cstring) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_in';
COMMENT ON FUNCTION @extschema@.journey_in(text cstring) IS
  'text input: {"events":[["1:Lead","2026-01-01T00:00:00Z"]],"ignored":0}';

CREATE FUNCTION @extschema@.journey_out(journey @extschema@.journey) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_out';
COMMENT ON FUNCTION @extschema@.journey_out(journey @extschema@.journey) IS
  'text output';

CREATE FUNCTION @extschema@.journey_recv(message internal) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_recv';
COMMENT ON FUNCTION @extschema@.journey_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.journey_send(journey @extschema@.journey) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_send';
COMMENT ON FUNCTION @extschema@.journey_send(journey @extschema@.journey) IS
  'binary output';

CREATE TYPE @extschema@.journey (
  INPUT = @extschema@.journey_in,
  OUTPUT = @extschema@.journey_out,
  RECEIVE = @extschema@.journey_recv,
  SEND = @extschema@.journey_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.journey IS
  'how one deal moved: its stages with times and, if given, amounts';

CREATE FUNCTION @extschema@.journey_eq(a @extschema@.journey, b @extschema@.journey) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_eq';
COMMENT ON FUNCTION @extschema@.journey_eq(a @extschema@.journey, b @extschema@.journey) IS
  'equal';

CREATE FUNCTION @extschema@.journey_ne(a @extschema@.journey, b @extschema@.journey) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_ne';
COMMENT ON FUNCTION @extschema@.journey_ne(a @extschema@.journey, b @extschema@.journey) IS
  'not equal';

CREATE FUNCTION @extschema@.journey_hash(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_hash';
COMMENT ON FUNCTION @extschema@.journey_hash(journey @extschema@.journey) IS
  'hash of a journey';

CREATE FUNCTION @extschema@.journey_hash_extended(journey @extschema@.journey, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_hash_extended';
COMMENT ON FUNCTION @extschema@.journey_hash_extended(journey @extschema@.journey, seed bigint) IS
  'hash of a journey with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.journey_eq,
  LEFTARG = @extschema@.journey, RIGHTARG = @extschema@.journey,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.journey, @extschema@.journey) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.journey_ne,
  LEFTARG = @extschema@.journey, RIGHTARG = @extschema@.journey,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.journey, @extschema@.journey) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.journey_ops
  DEFAULT FOR TYPE @extschema@.journey USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.journey_hash(@extschema@.journey),
  FUNCTION 2 @extschema@.journey_hash_extended(@extschema@.journey, bigint);
COMMENT ON OPERATOR CLASS @extschema@.journey_ops USING hash IS
  'equality of journeys';

CREATE FUNCTION @extschema@.jsonb(journey @extschema@.journey) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(journey @extschema@.journey) IS
  'journey as an object: events, ignored';

CREATE CAST (@extschema@.journey AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.journey);
COMMENT ON CAST (@extschema@.journey AS jsonb) IS
  'journey as an object: events, ignored';

CREATE FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_add';
COMMENT ON FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz) IS
  'transition function of journey(stage, at)';

CREATE FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz, amount numeric) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_add';
COMMENT ON FUNCTION @extschema@.journey_add(state @extschema@.journey, stage @extschema@.stage, at timestamptz, amount numeric) IS
  'transition function of journey(stage, at, amount)';

CREATE FUNCTION @extschema@.journey_merge(state @extschema@.journey, journey @extschema@.journey) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_merge';
COMMENT ON FUNCTION @extschema@.journey_merge(state @extschema@.journey, journey @extschema@.journey) IS
  'combine function of journey, transition function of rollup(journey)';

CREATE FUNCTION @extschema@.journey_final(state @extschema@.journey) RETURNS @extschema@.journey
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_final';
COMMENT ON FUNCTION @extschema@.journey_final(state @extschema@.journey) IS
  'final function of journey and rollup(journey)';

CREATE AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz) (
  SFUNC = @extschema@.journey_add,
  STYPE = @extschema@.journey,
  SSPACE = 512,
  FINALFUNC = @extschema@.journey_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.journey_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz) IS
  'the journey of a deal from the stages it entered, rows in any order';

CREATE AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz, amount numeric) (
  SFUNC = @extschema@.journey_add,
  STYPE = @extschema@.journey,
  SSPACE = 512,
  FINALFUNC = @extschema@.journey_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.journey_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.journey(stage @extschema@.stage, at timestamptz, amount numeric) IS
  'the journey of a deal with its amounts, rows in any order';

CREATE AGGREGATE @extschema@.rollup(journey @extschema@.journey) (
  SFUNC = @extschema@.journey_merge,
  STYPE = @extschema@.journey,
  SSPACE = 512,
  FINALFUNC = @extschema@.journey_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.journey_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(journey @extschema@.journey) IS
  'pieces of the journey of one deal, overlapping or not, as one';

CREATE FUNCTION @extschema@.timeline(journey @extschema@.journey, OUT stage @extschema@.stage, OUT entered_at timestamptz, OUT exited_at timestamptz) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'journey_timeline';
COMMENT ON FUNCTION @extschema@.timeline(@extschema@.journey) IS
  'the visits of a deal in order; a repeated stage is one visit, the last one has no exit';

CREATE FUNCTION @extschema@.stage_at(journey @extschema@.journey, at timestamptz) RETURNS @extschema@.stage
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_stage_at';
COMMENT ON FUNCTION @extschema@.stage_at(journey @extschema@.journey, at timestamptz) IS
  'the stage of a deal at a time; NULL before its first';

CREATE FUNCTION @extschema@.entered_at(journey @extschema@.journey, label text) RETURNS timestamptz
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_entered_at';
COMMENT ON FUNCTION @extschema@.entered_at(journey @extschema@.journey, label text) IS
  'when the deal first came to a stage; NULL where it never did';

CREATE FUNCTION @extschema@.time_in_stage(journey @extschema@.journey, label text, as_of timestamptz) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_time_in_stage';
COMMENT ON FUNCTION @extschema@.time_in_stage(journey @extschema@.journey, label text, as_of timestamptz) IS
  'time spent in a stage, all visits together, up to as_of; NULL where there was none';

CREATE FUNCTION @extschema@.visits(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_visits';
COMMENT ON FUNCTION @extschema@.visits(journey @extschema@.journey) IS
  'number of visits: runs of rows with the same stage';

CREATE FUNCTION @extschema@.regressions(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_regressions';
COMMENT ON FUNCTION @extschema@.regressions(journey @extschema@.journey) IS
  'number of moves from an open stage to an earlier one';

CREATE FUNCTION @extschema@.skipped_stages(journey @extschema@.journey) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_skipped_stages';
COMMENT ON FUNCTION @extschema@.skipped_stages(journey @extschema@.journey) IS
  'number of open positions that moves forward passed over';

CREATE FUNCTION @extschema@.reopened(journey @extschema@.journey) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_reopened';
COMMENT ON FUNCTION @extschema@.reopened(journey @extschema@.journey) IS
  'did the deal move from a closed stage to an open one';

CREATE FUNCTION @extschema@.outcome(journey @extschema@.journey) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_outcome';
COMMENT ON FUNCTION @extschema@.outcome(journey @extschema@.journey) IS
  'open, won or lost, by the last stage';

CREATE FUNCTION @extschema@.age(journey @extschema@.journey, as_of timestamptz) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_age';
COMMENT ON FUNCTION @extschema@.age(journey @extschema@.journey, as_of timestamptz) IS
  'time since the first stage, of a closed deal up to its closing';

CREATE FUNCTION @extschema@.cycle_length(journey @extschema@.journey) RETURNS interval
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_cycle_length';
COMMENT ON FUNCTION @extschema@.cycle_length(journey @extschema@.journey) IS
  'time from the first stage to the last closing; NULL while the deal is open';

CREATE FUNCTION @extschema@.n_ignored(journey @extschema@.journey) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'journey_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(journey @extschema@.journey) IS
  'rows left out because their stage or time was NULL';
-- funnel_definition: which stages a funnel counts, and how.

CREATE TYPE @extschema@.funnel_definition;

CREATE FUNCTION @extschema@.funnel_definition_in(text cstring) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_in';
COMMENT ON FUNCTION @extschema@.funnel_definition_in(text cstring) IS
  'text input: the object that the output gives';

CREATE FUNCTION @extschema@.funnel_definition_out(funnel_definition @extschema@.funnel_definition) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_out';
COMMENT ON FUNCTION @extschema@.funnel_definition_out(funnel_definition @extschema@.funnel_definition) IS
  'text output';

CREATE FUNCTION @extschema@.funnel_definition_recv(message internal) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_recv';
COMMENT ON FUNCTION @extschema@.funnel_definition_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.funnel_definition_send(funnel_definition @extschema@.funnel_definition) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_send';
COMMENT ON FUNCTION @extschema@.funnel_definition_send(funnel_definition @extschema@.funnel_definition) IS
  'binary output';

CREATE TYPE @extschema@.funnel_definition (
  INPUT = @extschema@.funnel_definition_in,
  OUTPUT = @extschema@.funnel_definition_out,
  RECEIVE = @extschema@.funnel_definition_recv,
  SEND = @extschema@.funnel_definition_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.funnel_definition IS
  'steps, mode and options of a funnel, with its pipeline';

CREATE FUNCTION @extschema@.funnel_definition_eq(a @extschema@.funnel_definition, b @extschema@.funnel_definition) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_eq';
COMMENT ON FUNCTION @extschema@.funnel_definition_eq(a @extschema@.funnel_definition, b @extschema@.funnel_definition) IS
  'equal';

CREATE FUNCTION @extschema@.funnel_definition_ne(a @extschema@.funnel_definition, b @extschema@.funnel_definition) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_ne';
COMMENT ON FUNCTION @extschema@.funnel_definition_ne(a @extschema@.funnel_definition, b @extschema@.funnel_definition) IS
  'not equal';

CREATE FUNCTION @extschema@.funnel_definition_hash(funnel_definition @extschema@.funnel_definition) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_hash';
COMMENT ON FUNCTION @extschema@.funnel_definition_hash(funnel_definition @extschema@.funnel_definition) IS
  'hash of a funnel definition';

CREATE FUNCTION @extschema@.funnel_definition_hash_extended(funnel_definition @extschema@.funnel_definition, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_hash_extended';
COMMENT ON FUNCTION @extschema@.funnel_definition_hash_extended(funnel_definition @extschema@.funnel_definition, seed bigint) IS
  'hash of a funnel definition with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.funnel_definition_eq,
  LEFTARG = @extschema@.funnel_definition, RIGHTARG = @extschema@.funnel_definition,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.funnel_definition, @extschema@.funnel_definition) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.funnel_definition_ne,
  LEFTARG = @extschema@.funnel_definition, RIGHTARG = @extschema@.funnel_definition,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.funnel_definition, @extschema@.funnel_definition) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.funnel_definition_ops
  DEFAULT FOR TYPE @extschema@.funnel_definition USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.funnel_definition_hash(@extschema@.funnel_definition),
  FUNCTION 2 @extschema@.funnel_definition_hash_extended(@extschema@.funnel_definition, bigint);
COMMENT ON OPERATOR CLASS @extschema@.funnel_definition_ops USING hash IS
  'equality of funnel definitions';

CREATE FUNCTION @extschema@.jsonb(funnel_definition @extschema@.funnel_definition) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(funnel_definition @extschema@.funnel_definition) IS
  'funnel definition as an object';

CREATE CAST (@extschema@.funnel_definition AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.funnel_definition);
COMMENT ON CAST (@extschema@.funnel_definition AS jsonb) IS
  'funnel definition as an object';

CREATE FUNCTION @extschema@.define_funnel(
  pipeline @extschema@.pipeline,
  mode text DEFAULT 'reached',
  within interval DEFAULT NULL,
  steps text[] DEFAULT NULL,
  exclude text[] DEFAULT NULL,
  optional text[] DEFAULT NULL,
  within_step interval[] DEFAULT NULL,
  tolerance interval DEFAULT NULL,
  entry tstzrange DEFAULT NULL,
  repeats text DEFAULT 'visit',
  counting text DEFAULT 'entities'
) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_define';
COMMENT ON FUNCTION @extschema@.define_funnel(@extschema@.pipeline, text, interval, text[], text[], text[], interval[], interval, tstzrange, text, text) IS
  'definition of a funnel over a pipeline';

CREATE FUNCTION @extschema@.define_funnel(
  pipeline_name text,
  mode text DEFAULT 'reached',
  within interval DEFAULT NULL,
  steps text[] DEFAULT NULL,
  exclude text[] DEFAULT NULL,
  optional text[] DEFAULT NULL,
  within_step interval[] DEFAULT NULL,
  tolerance interval DEFAULT NULL,
  entry tstzrange DEFAULT NULL,
  repeats text DEFAULT 'visit',
  counting text DEFAULT 'entities'
) RETURNS @extschema@.funnel_definition
  LANGUAGE c STABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_define_by_name';
COMMENT ON FUNCTION @extschema@.define_funnel(text, text, interval, text[], text[], text[], interval[], interval, tstzrange, text, text) IS
  'definition of a funnel over a registered pipeline';
-- funnel: how far deals come, step by step.

CREATE TYPE @extschema@.funnel;

CREATE FUNCTION @extschema@.funnel_in(text cstring) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_in';
COMMENT ON FUNCTION @extschema@.funnel_in(text cstring) IS
  'text input: the object that the output gives';

CREATE FUNCTION @extschema@.funnel_out(funnel @extschema@.funnel) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_out';
COMMENT ON FUNCTION @extschema@.funnel_out(funnel @extschema@.funnel) IS
  'text output';

CREATE FUNCTION @extschema@.funnel_recv(message internal) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_recv';
COMMENT ON FUNCTION @extschema@.funnel_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.funnel_send(funnel @extschema@.funnel) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_send';
COMMENT ON FUNCTION @extschema@.funnel_send(funnel @extschema@.funnel) IS
  'binary output';

CREATE TYPE @extschema@.funnel (
  INPUT = @extschema@.funnel_in,
  OUTPUT = @extschema@.funnel_out,
  RECEIVE = @extschema@.funnel_recv,
  SEND = @extschema@.funnel_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.funnel IS
  'counts, amounts and times of deals by step of a funnel';

CREATE FUNCTION @extschema@.funnel_eq(a @extschema@.funnel, b @extschema@.funnel) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_eq';
COMMENT ON FUNCTION @extschema@.funnel_eq(a @extschema@.funnel, b @extschema@.funnel) IS
  'equal';

CREATE FUNCTION @extschema@.funnel_ne(a @extschema@.funnel, b @extschema@.funnel) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_ne';
COMMENT ON FUNCTION @extschema@.funnel_ne(a @extschema@.funnel, b @extschema@.funnel) IS
  'not equal';

CREATE FUNCTION @extschema@.funnel_hash(funnel @extschema@.funnel) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_hash';
COMMENT ON FUNCTION @extschema@.funnel_hash(funnel @extschema@.funnel) IS
  'hash of a funnel';

CREATE FUNCTION @extschema@.funnel_hash_extended(funnel @extschema@.funnel, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_hash_extended';
COMMENT ON FUNCTION @extschema@.funnel_hash_extended(funnel @extschema@.funnel, seed bigint) IS
  'hash of a funnel with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.funnel_eq,
  LEFTARG = @extschema@.funnel, RIGHTARG = @extschema@.funnel,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.funnel, @extschema@.funnel) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.funnel_ne,
  LEFTARG = @extschema@.funnel, RIGHTARG = @extschema@.funnel,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.funnel, @extschema@.funnel) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.funnel_ops
  DEFAULT FOR TYPE @extschema@.funnel USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.funnel_hash(@extschema@.funnel),
  FUNCTION 2 @extschema@.funnel_hash_extended(@extschema@.funnel, bigint);
COMMENT ON OPERATOR CLASS @extschema@.funnel_ops USING hash IS
  'equality of funnels';

CREATE FUNCTION @extschema@.jsonb(funnel @extschema@.funnel) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(funnel @extschema@.funnel) IS
  'funnel as an object: definition, counts, steps, days';

CREATE CAST (@extschema@.funnel AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.funnel);
COMMENT ON CAST (@extschema@.funnel AS jsonb) IS
  'funnel as an object: definition, counts, steps, days';

CREATE FUNCTION @extschema@.funnel_add(state @extschema@.funnel, journey @extschema@.journey, definition @extschema@.funnel_definition) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_add';
COMMENT ON FUNCTION @extschema@.funnel_add(state @extschema@.funnel, journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'transition function of funnel(journey, definition)';

CREATE FUNCTION @extschema@.funnel_merge(state @extschema@.funnel, funnel @extschema@.funnel) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_merge';
COMMENT ON FUNCTION @extschema@.funnel_merge(state @extschema@.funnel, funnel @extschema@.funnel) IS
  'combine function of funnel, transition function of rollup(funnel)';

CREATE FUNCTION @extschema@.funnel_final(state @extschema@.funnel) RETURNS @extschema@.funnel
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_final';
COMMENT ON FUNCTION @extschema@.funnel_final(state @extschema@.funnel) IS
  'final function of funnel and rollup(funnel)';

CREATE AGGREGATE @extschema@.funnel(journey @extschema@.journey, definition @extschema@.funnel_definition) (
  SFUNC = @extschema@.funnel_add,
  STYPE = @extschema@.funnel,
  SSPACE = 4096,
  FINALFUNC = @extschema@.funnel_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.funnel_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.funnel(journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'funnel of deals, each given by its journey';

CREATE AGGREGATE @extschema@.rollup(funnel @extschema@.funnel) (
  SFUNC = @extschema@.funnel_merge,
  STYPE = @extschema@.funnel,
  SSPACE = 4096,
  FINALFUNC = @extschema@.funnel_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.funnel_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(funnel @extschema@.funnel) IS
  'funnels of the same definition and of different deals as one';

CREATE FUNCTION @extschema@.conversion(
  funnel @extschema@.funnel,
  OUT step integer,
  OUT stage text,
  OUT entered bigint,
  OUT dropped bigint,
  OUT step_conversion double precision,
  OUT conversion double precision,
  OUT low double precision,
  OUT high double precision,
  OUT median_time interval,
  OUT p90_time interval
) RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10
  AS 'MODULE_PATHNAME', 'funnel_conversion';
COMMENT ON FUNCTION @extschema@.conversion(@extschema@.funnel) IS
  'one row a step: deals that entered and dropped, rates with 95 % limits, times from the step before';

CREATE FUNCTION @extschema@.definition(funnel @extschema@.funnel) RETURNS @extschema@.funnel_definition
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_definition_of';
COMMENT ON FUNCTION @extschema@.definition(funnel @extschema@.funnel) IS
  'the definition that a funnel was counted by';

CREATE FUNCTION @extschema@.n_deals(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_deals';
COMMENT ON FUNCTION @extschema@.n_deals(funnel @extschema@.funnel) IS
  'deals with at least one event, in the funnel or not';

CREATE FUNCTION @extschema@.n_entries(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_entries';
COMMENT ON FUNCTION @extschema@.n_entries(funnel @extschema@.funnel) IS
  'entries into the funnel: deals, or attempts where entries are counted';

CREATE FUNCTION @extschema@.n_ignored(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_ignored';
COMMENT ON FUNCTION @extschema@.n_ignored(funnel @extschema@.funnel) IS
  'rows left out because something in them was NULL';

CREATE FUNCTION @extschema@.n_unknown(funnel @extschema@.funnel) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_unknown';
COMMENT ON FUNCTION @extschema@.n_unknown(funnel @extschema@.funnel) IS
  'events whose stage is not in the pipeline';

CREATE FUNCTION @extschema@.n_immature(funnel @extschema@.funnel, as_of timestamptz) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_n_immature';
COMMENT ON FUNCTION @extschema@.n_immature(funnel @extschema@.funnel, as_of timestamptz) IS
  'entries whose window is still open at as_of, by whole days in UTC; NULL without a window';

CREATE FUNCTION @extschema@.funnel_level(journey @extschema@.journey, definition @extschema@.funnel_definition) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_level';
COMMENT ON FUNCTION @extschema@.funnel_level(journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'how far a deal came: the number that funnel() counts it by, 0 where it did not enter';

CREATE FUNCTION @extschema@.step_times(journey @extschema@.journey, definition @extschema@.funnel_definition) RETURNS interval[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'funnel_step_times';
COMMENT ON FUNCTION @extschema@.step_times(journey @extschema@.journey, definition @extschema@.funnel_definition) IS
  'exact time of a deal from each step to the next, at the later step; NULL where one of the two has no time';
-- evaluation: scores against outcomes, and how good they were.

CREATE TYPE @extschema@.evaluation;

CREATE FUNCTION @extschema@.evaluation_in(text cstring) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_in';
COMMENT ON FUNCTION @extschema@.evaluation_in(text cstring) IS
  'text input: {"scores":[[score,positives,negatives],...]}';

CREATE FUNCTION @extschema@.evaluation_out(evaluation @extschema@.evaluation) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_out';
COMMENT ON FUNCTION @extschema@.evaluation_out(evaluation @extschema@.evaluation) IS
  'text output';

CREATE FUNCTION @extschema@.evaluation_recv(message internal) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_recv';
COMMENT ON FUNCTION @extschema@.evaluation_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.evaluation_send(evaluation @extschema@.evaluation) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_send';
COMMENT ON FUNCTION @extschema@.evaluation_send(evaluation @extschema@.evaluation) IS
  'binary output';

CREATE TYPE @extschema@.evaluation (
  INPUT = @extschema@.evaluation_in,
  OUTPUT = @extschema@.evaluation_out,
  RECEIVE = @extschema@.evaluation_recv,
  SEND = @extschema@.evaluation_send,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.evaluation IS
  'scores against outcomes: each distinct score with its positives and negatives';

CREATE FUNCTION @extschema@.evaluation_eq(a @extschema@.evaluation, b @extschema@.evaluation) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_eq';
COMMENT ON FUNCTION @extschema@.evaluation_eq(a @extschema@.evaluation, b @extschema@.evaluation) IS
  'equal';

CREATE FUNCTION @extschema@.evaluation_ne(a @extschema@.evaluation, b @extschema@.evaluation) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_ne';
COMMENT ON FUNCTION @extschema@.evaluation_ne(a @extschema@.evaluation, b @extschema@.evaluation) IS
  'not equal';

CREATE FUNCTION @extschema@.evaluation_hash(evaluation @extschema@.evaluation) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_hash';
COMMENT ON FUNCTION @extschema@.evaluation_hash(evaluation @extschema@.evaluation) IS
  'hash of an evaluation';

CREATE FUNCTION @extschema@.evaluation_hash_extended(evaluation @extschema@.evaluation, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_hash_extended';
COMMENT ON FUNCTION @extschema@.evaluation_hash_extended(evaluation @extschema@.evaluation, seed bigint) IS
  'hash of an evaluation with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.evaluation_eq,
  LEFTARG = @extschema@.evaluation, RIGHTARG = @extschema@.evaluation,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.evaluation, @extschema@.evaluation) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.evaluation_ne,
  LEFTARG = @extschema@.evaluation, RIGHTARG = @extschema@.evaluation,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.evaluation, @extschema@.evaluation) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.evaluation_ops
  DEFAULT FOR TYPE @extschema@.evaluation USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.evaluation_hash(@extschema@.evaluation),
  FUNCTION 2 @extschema@.evaluation_hash_extended(@extschema@.evaluation, bigint);
COMMENT ON OPERATOR CLASS @extschema@.evaluation_ops USING hash IS
  'equality of evaluations';

CREATE FUNCTION @extschema@.jsonb(evaluation @extschema@.evaluation) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(evaluation @extschema@.evaluation) IS
  'evaluation as an object of its scores and counts';

CREATE CAST (@extschema@.evaluation AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.evaluation);
COMMENT ON CAST (@extschema@.evaluation AS jsonb) IS
  'evaluation as an object of its scores and counts';

CREATE FUNCTION @extschema@.evaluation_add(state @extschema@.evaluation, score float8, label boolean) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_add';
COMMENT ON FUNCTION @extschema@.evaluation_add(state @extschema@.evaluation, score float8, label boolean) IS
  'transition of the aggregate evaluation';

CREATE FUNCTION @extschema@.evaluation_merge(state @extschema@.evaluation, other @extschema@.evaluation) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_merge';
COMMENT ON FUNCTION @extschema@.evaluation_merge(state @extschema@.evaluation, other @extschema@.evaluation) IS
  'adds up two evaluations; combines states of evaluation and rollup';

CREATE FUNCTION @extschema@.evaluation_final(state @extschema@.evaluation) RETURNS @extschema@.evaluation
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_final';
COMMENT ON FUNCTION @extschema@.evaluation_final(state @extschema@.evaluation) IS
  'canonical form of a state';

CREATE AGGREGATE @extschema@.evaluation(score float8, label boolean) (
  SFUNC = @extschema@.evaluation_add,
  STYPE = @extschema@.evaluation,
  SSPACE = 4096,
  FINALFUNC = @extschema@.evaluation_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.evaluation_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.evaluation(score float8, label boolean) IS
  'scores against outcomes; a row with a NULL score or label is skipped';

CREATE AGGREGATE @extschema@.rollup(evaluation @extschema@.evaluation) (
  SFUNC = @extschema@.evaluation_merge,
  STYPE = @extschema@.evaluation,
  SSPACE = 4096,
  FINALFUNC = @extschema@.evaluation_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = @extschema@.evaluation_merge,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(evaluation @extschema@.evaluation) IS
  'adds up evaluations of disjoint rows';

CREATE FUNCTION @extschema@.n(evaluation @extschema@.evaluation) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_n';
COMMENT ON FUNCTION @extschema@.n(evaluation @extschema@.evaluation) IS
  'number of rows evaluated';

CREATE FUNCTION @extschema@.n_positive(evaluation @extschema@.evaluation) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'evaluation_n_positive';
COMMENT ON FUNCTION @extschema@.n_positive(evaluation @extschema@.evaluation) IS
  'number of rows whose label was true';

CREATE FUNCTION @extschema@.auc(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_auc';
COMMENT ON FUNCTION @extschema@.auc(evaluation @extschema@.evaluation) IS
  'area under the ROC curve, ties counted one half; NULL with one class';

CREATE FUNCTION @extschema@.auc_interval(evaluation @extschema@.evaluation, level float8 DEFAULT 0.95,
  OUT auc float8, OUT std_error float8, OUT low float8, OUT high float8)
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_auc_interval';
COMMENT ON FUNCTION @extschema@.auc_interval(@extschema@.evaluation, float8) IS
  'area under the ROC curve with DeLong''s standard error and interval; NULL with fewer than two rows of a class';

CREATE FUNCTION @extschema@.average_precision(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_average_precision';
COMMENT ON FUNCTION @extschema@.average_precision(evaluation @extschema@.evaluation) IS
  'average precision over falling thresholds; NULL with one class';

CREATE FUNCTION @extschema@.ks(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_ks';
COMMENT ON FUNCTION @extschema@.ks(evaluation @extschema@.evaluation) IS
  'Kolmogorov-Smirnov distance of the two classes; NULL with one class';

CREATE FUNCTION @extschema@.log_loss(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_log_loss';
COMMENT ON FUNCTION @extschema@.log_loss(evaluation @extschema@.evaluation) IS
  'mean negative log-likelihood; infinite when a score of 0 or 1 was wrong';

CREATE FUNCTION @extschema@.brier(evaluation @extschema@.evaluation) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_brier';
COMMENT ON FUNCTION @extschema@.brier(evaluation @extschema@.evaluation) IS
  'mean squared difference of score and outcome';

CREATE FUNCTION @extschema@.ece(evaluation @extschema@.evaluation, bins integer DEFAULT 10) RETURNS float8
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
  AS 'MODULE_PATHNAME', 'evaluation_ece';
COMMENT ON FUNCTION @extschema@.ece(evaluation @extschema@.evaluation, bins integer) IS
  'expected calibration error over bins of equally many rows';
-- model: a trained model as a value, and the aggregate that fits one.

CREATE TYPE @extschema@.model;

CREATE FUNCTION @extschema@.model_in(text cstring) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_in';
COMMENT ON FUNCTION @extschema@.model_in(text cstring) IS
  'text input: a JSON object as text output prints it';

CREATE FUNCTION @extschema@.model_out(model @extschema@.model) RETURNS cstring
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_out';
COMMENT ON FUNCTION @extschema@.model_out(model @extschema@.model) IS
  'text output';

CREATE FUNCTION @extschema@.model_recv(message internal) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_recv';
COMMENT ON FUNCTION @extschema@.model_recv(message internal) IS
  'binary input';

CREATE FUNCTION @extschema@.model_send(model @extschema@.model) RETURNS bytea
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_send';
COMMENT ON FUNCTION @extschema@.model_send(model @extschema@.model) IS
  'binary output';

CREATE TYPE @extschema@.model (
  INPUT = @extschema@.model_in,
  OUTPUT = @extschema@.model_out,
  RECEIVE = @extschema@.model_recv,
  SEND = @extschema@.model_send,
  ALIGNMENT = int4,
  STORAGE = extended
);
COMMENT ON TYPE @extschema@.model IS
  'trained model: what was learned, from which features, with which options';

CREATE FUNCTION @extschema@.model_eq(a @extschema@.model, b @extschema@.model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_eq';
COMMENT ON FUNCTION @extschema@.model_eq(a @extschema@.model, b @extschema@.model) IS
  'equal';

CREATE FUNCTION @extschema@.model_ne(a @extschema@.model, b @extschema@.model) RETURNS boolean
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_ne';
COMMENT ON FUNCTION @extschema@.model_ne(a @extschema@.model, b @extschema@.model) IS
  'not equal';

CREATE FUNCTION @extschema@.model_hash(model @extschema@.model) RETURNS integer
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_hash';
COMMENT ON FUNCTION @extschema@.model_hash(model @extschema@.model) IS
  'hash of a model';

CREATE FUNCTION @extschema@.model_hash_extended(model @extschema@.model, seed bigint) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_hash_extended';
COMMENT ON FUNCTION @extschema@.model_hash_extended(model @extschema@.model, seed bigint) IS
  'hash of a model with a seed';

CREATE OPERATOR @extschema@.= (
  FUNCTION = @extschema@.model_eq,
  LEFTARG = @extschema@.model, RIGHTARG = @extschema@.model,
  COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
  RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.model, @extschema@.model) IS
  'equal';

CREATE OPERATOR @extschema@.<> (
  FUNCTION = @extschema@.model_ne,
  LEFTARG = @extschema@.model, RIGHTARG = @extschema@.model,
  COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
  RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.model, @extschema@.model) IS
  'not equal';

CREATE OPERATOR CLASS @extschema@.model_ops
  DEFAULT FOR TYPE @extschema@.model USING hash AS
  OPERATOR 1 @extschema@.=,
  FUNCTION 1 @extschema@.model_hash(@extschema@.model),
  FUNCTION 2 @extschema@.model_hash_extended(@extschema@.model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.model_ops USING hash IS
  'equality of models';

CREATE FUNCTION @extschema@.jsonb(model @extschema@.model) RETURNS jsonb
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_to_jsonb';
COMMENT ON FUNCTION @extschema@.jsonb(model @extschema@.model) IS
  'model as a JSON object, everything it holds';

CREATE CAST (@extschema@.model AS jsonb)
  WITH FUNCTION @extschema@.jsonb(@extschema@.model);
COMMENT ON CAST (@extschema@.model AS jsonb) IS
  'model as a JSON object, everything it holds';

CREATE FUNCTION @extschema@.model(document jsonb) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_from_jsonb';
COMMENT ON FUNCTION @extschema@.model(document jsonb) IS
  'model from the JSON object that the cast to jsonb gives';

CREATE CAST (jsonb AS @extschema@.model)
  WITH FUNCTION @extschema@.model(jsonb);
COMMENT ON CAST (jsonb AS @extschema@.model) IS
  'model from the JSON object that the cast to jsonb gives';

CREATE FUNCTION @extschema@.algorithm(model @extschema@.model) RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_algorithm';
COMMENT ON FUNCTION @extschema@.algorithm(model @extschema@.model) IS
  'algorithm of a model, as logistic';

CREATE FUNCTION @extschema@.log_likelihood(model @extschema@.model) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_log_likelihood';
COMMENT ON FUNCTION @extschema@.log_likelihood(model @extschema@.model) IS
  'log-likelihood of a logistic model on its training rows; NULL for other algorithms';

CREATE FUNCTION @extschema@.warnings(model @extschema@.model) RETURNS text[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'model_warnings';
COMMENT ON FUNCTION @extschema@.warnings(model @extschema@.model) IS
  'what was noticed in training';

CREATE FUNCTION @extschema@.coefficients(model @extschema@.model,
  OUT feature text, OUT level text, OUT coefficient double precision,
  OUT std_error double precision, OUT z double precision,
  OUT p_value double precision, OUT odds_ratio double precision)
  RETURNS SETOF record
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20
  AS 'MODULE_PATHNAME', 'model_coefficients';
COMMENT ON FUNCTION @extschema@.coefficients(@extschema@.model) IS
  'coefficients of a logistic model on the scale of its columns, the intercept first';

CREATE FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'fit_accum';
COMMENT ON FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record) IS
  'transition function of fit';

CREATE FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record, options jsonb) RETURNS internal
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'fit_accum';
COMMENT ON FUNCTION @extschema@.fit_accum(state internal, algorithm text, label boolean, features record, options jsonb) IS
  'transition function of fit';

CREATE FUNCTION @extschema@.fit_final(state internal) RETURNS @extschema@.model
  LANGUAGE c IMMUTABLE PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'fit_final';
COMMENT ON FUNCTION @extschema@.fit_final(state internal) IS
  'final function of fit';

CREATE AGGREGATE @extschema@.fit(algorithm text, label boolean, features record) (
  SFUNC = @extschema@.fit_accum,
  STYPE = internal,
  SSPACE = 1000000,
  FINALFUNC = @extschema@.fit_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit(algorithm text, label boolean, features record) IS
  'model of the label by the columns of the record';

CREATE AGGREGATE @extschema@.fit(algorithm text, label boolean, features record, options jsonb) (
  SFUNC = @extschema@.fit_accum,
  STYPE = internal,
  SSPACE = 1000000,
  FINALFUNC = @extschema@.fit_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.fit(algorithm text, label boolean, features record, options jsonb) IS
  'model of the label by the columns of the record, with options';
-- registry: versions of named models, which of them is champion, score by name.
-- An ordinary table, so that visibility, rights and dumps are PostgreSQL's own.
-- Nothing is granted to PUBLIC: a model carries labels and quantiles of the
-- rows that it was trained on, and the text of the query.

CREATE TABLE @extschema@.model_versions (
  name text NOT NULL
    CONSTRAINT model_versions_name CHECK (pg_catalog.octet_length(name) BETWEEN 1 AND 200),
  version integer NOT NULL
    CONSTRAINT model_versions_version CHECK (version OPERATOR(pg_catalog.>=) 1),
  model @extschema@.model NOT NULL,
  status text NOT NULL DEFAULT 'candidate'
    CONSTRAINT model_versions_status CHECK (status IN ('champion', 'challenger', 'candidate', 'retired')),
  algorithm text NOT NULL,
  label text,
  train_query text,
  order_by text,
  holdout double precision,
  options jsonb NOT NULL DEFAULT '{}',
  as_of timestamptz,
  n bigint,
  n_positive bigint,
  metrics jsonb,
  warnings text[] NOT NULL DEFAULT '{}',
  trained_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  trained_by name NOT NULL DEFAULT current_user,
  note text,
  PRIMARY KEY (name, version)
);
COMMENT ON TABLE @extschema@.model_versions IS
  'trained models by name and version; train() adds, promote() chooses the champion';

CREATE UNIQUE INDEX model_versions_champion
  ON @extschema@.model_versions (name)
  WHERE status OPERATOR(pg_catalog.=) 'champion';
COMMENT ON INDEX @extschema@.model_versions_champion IS
  'a name has at most one champion';

SELECT pg_catalog.pg_extension_config_dump('crmprob.model_versions', '');

CREATE FUNCTION @extschema@.promote(name text, version integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  AS $$
#variable_conflict use_column
DECLARE
  previous integer;
BEGIN
  -- two promotions of a name take turns, as does the numbering in train()
  PERFORM pg_advisory_xact_lock('crmprob.model_versions'::regclass::oid::integer,
                                hashtext(promote.name));
  PERFORM FROM @extschema@.model_versions m
    WHERE m.name = promote.name AND m.version = promote.version;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'model "%" has no version %',
        left(promote.name, 80) || CASE WHEN length(promote.name) > 80 THEN '...' ELSE '' END,
        promote.version
      USING ERRCODE = 'undefined_object',
            HINT = 'Its versions are listed in crmprob.model_versions.';
  END IF;
  SELECT m.version INTO previous FROM @extschema@.model_versions m
   WHERE m.name = promote.name AND m.status = 'champion';
  UPDATE @extschema@.model_versions m SET status = 'retired'
   WHERE m.name = promote.name AND m.status = 'champion'
     AND m.version <> promote.version;
  UPDATE @extschema@.model_versions m SET status = 'champion'
   WHERE m.name = promote.name AND m.version = promote.version
     AND m.status <> 'champion';
  RETURN previous;
END $$;
COMMENT ON FUNCTION @extschema@.promote(name text, version integer) IS
  'makes a version the champion of its name and retires the former one, whose version is returned';

CREATE FUNCTION @extschema@.score_support(request internal) RETURNS internal
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'score_support';
COMMENT ON FUNCTION @extschema@.score_support(request internal) IS
  'planner support: score of a table''s row reads its columns without forming a record';

CREATE FUNCTION @extschema@.score(name text, features record) RETURNS double precision
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 50
  SUPPORT @extschema@.score_support
  AS 'MODULE_PATHNAME', 'registry_score_champion';
COMMENT ON FUNCTION @extschema@.score(name text, features record) IS
  'probability by the champion of a name; columns are found by name';

CREATE FUNCTION @extschema@.score(name text, version integer, features record) RETURNS double precision
  LANGUAGE c STABLE STRICT PARALLEL SAFE COST 50
  SUPPORT @extschema@.score_support
  AS 'MODULE_PATHNAME', 'registry_score_version';
COMMENT ON FUNCTION @extschema@.score(name text, version integer, features record) IS
  'probability by one version of a named model; columns are found by name';
-- score: the probability that a model gives a row.

CREATE FUNCTION @extschema@.score(model @extschema@.model, features record) RETURNS double precision
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
  SUPPORT @extschema@.score_support
  AS 'MODULE_PATHNAME', 'score_model';
COMMENT ON FUNCTION @extschema@.score(model @extschema@.model, features record) IS
  'probability of the label being true; columns are found by name';
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
-- score_trigger: the champion's score kept in a column.

CREATE FUNCTION @extschema@.score_trigger() RETURNS trigger
  LANGUAGE c VOLATILE PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'score_trigger';
COMMENT ON FUNCTION @extschema@.score_trigger() IS
  'before insert or update for each row: score_trigger(model, column) puts the champion''s score into the column';
-- score_columns: score of columns that are passed one by one.

CREATE FUNCTION @extschema@.score_columns(model @extschema@.model,
  columns text[], present oid, VARIADIC features "any") RETURNS double precision
  LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'score_columns_model';
COMMENT ON FUNCTION @extschema@.score_columns(model @extschema@.model, columns text[], present oid, VARIADIC features "any") IS
  'probability by a model from named columns, what the planner makes of score; NULL present means no row';

CREATE FUNCTION @extschema@.score_columns(name text,
  columns text[], present oid, VARIADIC features "any") RETURNS double precision
  LANGUAGE c STABLE PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'score_columns_champion';
COMMENT ON FUNCTION @extschema@.score_columns(name text, columns text[], present oid, VARIADIC features "any") IS
  'probability by the champion of a name from named columns, what the planner makes of score; NULL present means no row';

CREATE FUNCTION @extschema@.score_columns(name text, version integer,
  columns text[], present oid, VARIADIC features "any") RETURNS double precision
  LANGUAGE c STABLE PARALLEL SAFE COST 50
  AS 'MODULE_PATHNAME', 'score_columns_version';
COMMENT ON FUNCTION @extschema@.score_columns(name text, version integer, columns text[], present oid, VARIADIC features "any") IS
  'probability by one version of a named model from named columns, what the planner makes of score; NULL present means no row';
