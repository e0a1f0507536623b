-- Journeys kept current by triggers.
SET search_path = crmprob, public;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
CREATE SCHEMA crm;
INSERT INTO pipelines VALUES ('live', 'Lead > Quote > Won | Lost');

CREATE TABLE crm.stage_log (deal_id bigint, stage stage, at timestamptz, amount numeric);
CREATE TABLE crm.journey_delta (entity bigint, journey journey);
CREATE TRIGGER keep_journeys AFTER INSERT ON crm.stage_log
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('journey_delta', 'deal_id', 'stage', 'at');
CREATE VIEW crm.live AS
  SELECT entity, rollup(journey) AS journey FROM crm.journey_delta GROUP BY entity;
CREATE VIEW crm.scratch AS
  SELECT deal_id AS entity, journey(stage, at) AS journey
    FROM crm.stage_log WHERE deal_id IS NOT NULL GROUP BY deal_id;

-- a search_path that finds nothing of ours
SET search_path = pg_catalog;
INSERT INTO crm.stage_log VALUES
  (1, '1:Lead', '2026-01-01', 10), (1, '2:Quote', '2026-01-05', 20), (2, '1:Lead', '2026-01-02', NULL),
  (NULL, '1:Lead', '2026-01-02', 5);
INSERT INTO crm.stage_log VALUES (1, '1:Lead', '2026-01-03', 10), (3, NULL, '2026-01-02', 1);
INSERT INTO crm.stage_log VALUES (1, 'won:Won', '2026-01-09', 15);
INSERT INTO crm.stage_log SELECT * FROM crm.stage_log WHERE false;
SET search_path = crmprob, public;
SELECT entity, count(*) FROM crm.journey_delta GROUP BY entity ORDER BY entity;
SELECT * FROM crm.live ORDER BY entity;
SELECT count(*) FROM crm.live JOIN crm.scratch USING (entity, journey);

-- compaction changes nothing but the number of rows
SELECT compact_journeys('crm.journey_delta'), compact_journeys('crm.journey_delta');
SELECT count(*) FROM crm.journey_delta;
SELECT count(*) FROM crm.live JOIN crm.scratch USING (entity, journey);
SELECT compact_journeys(NULL) IS NULL AS none;
SELECT compact_journeys('crm.live');
CREATE MATERIALIZED VIEW crm.kept AS SELECT * FROM crm.live;
SELECT compact_journeys('crm.kept');
CREATE TABLE crm.misfit (deal bigint, journey journey);
SELECT compact_journeys('crm.misfit');
SELECT compact_journeys(1);

-- a table of deals that knows only today: text labels, amounts, updates
CREATE TABLE crm.deal (id text PRIMARY KEY, "Stage" text, modified timestamptz, amount numeric, note text);
CREATE TABLE crm."Deal deltas" (entity text, journey journey);
CREATE TRIGGER on_insert AFTER INSERT ON crm.deal
  REFERENCING NEW TABLE AS n FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('crm."Deal deltas"', 'id', 'Stage', 'modified', 'live', 'amount');
CREATE TRIGGER on_update AFTER UPDATE ON crm.deal
  REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('crm."Deal deltas"', 'id', 'Stage', 'modified', 'live', 'amount');
INSERT INTO crm.deal VALUES ('a', 'Lead', '2026-01-01', 10), ('b', 'Lead', '2026-01-01', 5);
UPDATE crm.deal SET "Stage" = 'Quote', modified = '2026-01-02' WHERE id = 'a';
UPDATE crm.deal SET note = 'called', modified = '2026-01-03';
UPDATE crm.deal SET amount = amount + 1, modified = '2026-01-04';
SELECT entity, rollup(journey) FROM crm."Deal deltas" GROUP BY entity ORDER BY entity;
SELECT count(*) FROM crm."Deal deltas";
INSERT INTO crm.deal VALUES ('c', 'Leed', '2026-01-01', 10);

-- the writer's own rights count
CREATE ROLE crmprob_live_writer;
GRANT USAGE ON SCHEMA crm, crmprob TO crmprob_live_writer;
GRANT INSERT ON crm.stage_log TO crmprob_live_writer;
SET ROLE crmprob_live_writer;
INSERT INTO crm.stage_log VALUES (9, '1:Lead', '2026-01-01', 10);
RESET ROLE;
GRANT INSERT ON crm.journey_delta TO crmprob_live_writer;
SET ROLE crmprob_live_writer;
INSERT INTO crm.stage_log VALUES (9, '1:Lead', '2026-01-01', 10);
RESET ROLE;
SELECT * FROM crm.live WHERE entity = 9;

-- triggers that cannot work say so
CREATE TABLE crm.other (deal_id bigint, stage stage, at timestamptz);
CREATE TRIGGER t AFTER INSERT ON crm.other FOR EACH ROW
  EXECUTE FUNCTION crmprob.journey_delta_trigger('journey_delta', 'deal_id', 'stage', 'at');
INSERT INTO crm.other VALUES (1, '1:Lead', '2026-01-01');
DROP TRIGGER t ON crm.other;
CREATE TRIGGER t AFTER INSERT ON crm.other FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('journey_delta', 'deal_id', 'stage', 'at');
INSERT INTO crm.other VALUES (1, '1:Lead', '2026-01-01');
DROP TRIGGER t ON crm.other;
CREATE TRIGGER t AFTER INSERT ON crm.other REFERENCING NEW TABLE AS n FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('journey_delta', 'deal_id');
INSERT INTO crm.other VALUES (1, '1:Lead', '2026-01-01');
DROP TRIGGER t ON crm.other;
CREATE TRIGGER t AFTER INSERT ON crm.other REFERENCING NEW TABLE AS n FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('a.b.c', 'deal_id', 'stage', 'at');
INSERT INTO crm.other VALUES (1, '1:Lead', '2026-01-01');
DROP TRIGGER t ON crm.other;
CREATE TRIGGER t AFTER DELETE ON crm.other REFERENCING OLD TABLE AS n FOR EACH STATEMENT
  EXECUTE FUNCTION crmprob.journey_delta_trigger('journey_delta', 'deal_id', 'stage', 'at');
DELETE FROM crm.other;

SET client_min_messages = warning;
DROP SCHEMA crm CASCADE;
REVOKE USAGE ON SCHEMA crmprob FROM crmprob_live_writer;
DROP ROLE crmprob_live_writer;
DELETE FROM pipelines WHERE name = 'live';
