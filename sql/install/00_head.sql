-- crmprob: installed by CREATE EXTENSION, never by psql.
\echo Use "CREATE EXTENSION crmprob" to load this file. \quit

CREATE FUNCTION @extschema@.version() RETURNS text
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'crmprob_version';
COMMENT ON FUNCTION @extschema@.version() IS
  'version of the loaded crmprob library';

-- to call our functions is everybody's right; what they read is not
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
