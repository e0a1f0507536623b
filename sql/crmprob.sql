-- the loaded library and the installed script are of one version
SELECT crmprob.version() = extversion AS one_version
FROM pg_extension WHERE extname = 'crmprob';

-- everything lives in the extension's own schema, which does not move
SELECT n.nspname, e.extrelocatable
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'crmprob';

-- a user's own table may be called stage: a table is a type too
CREATE TABLE stage (id int);
CREATE TABLE opportunity (id int);
SELECT 'won:Signed'::crmprob.stage;
DROP TABLE stage, opportunity;

-- the extension goes without a trace but the empty schema, and comes back
DROP EXTENSION crmprob CASCADE;
SELECT count(*) FROM pg_type WHERE typnamespace = 'crmprob'::regnamespace;
CREATE EXTENSION crmprob;
