-- Rights by GRANT and row security alone: a DBA, an analyst who trains, a BI
-- role that scores; queries are what a plain SELECT by the caller is.
SELECT * FROM no_plan();
SET client_min_messages = error;

CREATE TABLE rights_deals AS
SELECT g AS id, CASE WHEN g % 3 = 0 THEN 'rights_analyst' ELSE 'somebody' END AS owner,
       (g * 7919 % 1009) / 100.0::float8 AS amount,
       (ARRAY['web', 'phone', 'fair'])[1 + g % 7 % 3] AS source,
       g * 7919 % 1009 + g * 1237 % 1013 > 1000 AS won
  FROM generate_series(1, 1500) g;
CREATE TABLE rights_secret AS SELECT * FROM rights_deals;

CREATE ROLE rights_dba;
CREATE ROLE rights_analyst;
CREATE ROLE rights_bi;
GRANT USAGE ON SCHEMA crmprob TO rights_dba, rights_analyst, rights_bi;
-- the DBA promotes, retires, retrains and shares traffic
GRANT SELECT, INSERT, UPDATE, DELETE ON crmprob.model_versions, crmprob.model_traffic TO rights_dba;
GRANT SELECT, INSERT ON crmprob.model_promotions, crmprob.score_log TO rights_dba;
-- the analyst trains and judges
GRANT SELECT, INSERT ON crmprob.model_versions TO rights_analyst;
GRANT SELECT ON crmprob.model_promotions, crmprob.model_traffic, crmprob.score_log TO rights_analyst;
-- BI scores
GRANT SELECT (name, version, status, model) ON crmprob.model_versions TO rights_bi;
GRANT SELECT ON crmprob.model_traffic TO rights_bi;
GRANT SELECT ON rights_deals TO rights_dba, rights_analyst, rights_bi;

-- the analyst -------------------------------------------------------------------
SET ROLE rights_analyst;
SELECT is((SELECT status FROM crmprob.train('rights', 'SELECT id, amount, source, won FROM rights_deals', 'won', order_by => 'id')),
          'champion', 'an analyst trains');
SELECT is((SELECT status FROM crmprob.train('rights', 'SELECT id, amount, won FROM rights_deals', 'won', order_by => 'id')),
          'candidate', 'and again');
SELECT is((SELECT trained_by FROM crmprob.model_versions WHERE name = 'rights' AND version = 1),
          'rights_analyst', 'a version has an owner');
SELECT is((SELECT n FROM crmprob.compare('rights', 1, 2, 'SELECT * FROM rights_deals', 'won')), 1500::bigint, 'compares');
SELECT is((SELECT count(*) FROM crmprob.cross_validate('SELECT amount, won FROM rights_deals', 'won')), 6::bigint, 'cross-validates');
SELECT is((SELECT count(*) FROM crmprob.drift('rights', 'SELECT * FROM rights_deals')), 2::bigint, 'looks at drift');
SELECT throws_ok($$SELECT crmprob.promote('rights', 2)$$, '42501', NULL, 'an analyst may not promote');
SELECT throws_ok($$SELECT crmprob.rollback_model('rights')$$, '55000', NULL, 'there is nothing to roll back to yet');
SELECT throws_ok($$SELECT crmprob.retire('rights', 2)$$, '42501', NULL, 'nor retire');
SELECT throws_ok($$SELECT crmprob.set_traffic('rights', 2, 0.5)$$, '42501', NULL, 'nor share traffic');
SELECT throws_ok($$SELECT crmprob.retrain('rights')$$, '42501', NULL, 'nor retrain');
SELECT throws_ok($$SELECT crmprob.log_scores('rights', 'SELECT * FROM rights_deals', 'id')$$, '42501', NULL, 'nor write the log');
SELECT throws_ok($$SELECT crmprob.train('x', 'SELECT * FROM rights_secret', 'won')$$, '42501', NULL, 'train reads what the caller may');
SELECT throws_ok($$SELECT crmprob.cross_validate('SELECT * FROM rights_secret', 'won')$$, '42501', NULL, 'so does cross_validate');
SELECT throws_ok($$SELECT crmprob.compare('rights', 1, 2, 'SELECT * FROM rights_secret', 'won')$$, '42501', NULL, 'so does compare');
SELECT throws_ok($$SELECT * FROM crmprob.drift('rights', 'SELECT * FROM rights_secret')$$, '42501', NULL, 'so does drift');
SELECT throws_ok($$SELECT * FROM crmprob.live_performance('rights', 'SELECT id, won FROM rights_secret', 'id', 'won')$$, '42501', NULL, 'so does live_performance');
RESET ROLE;

-- BI ----------------------------------------------------------------------------
SET ROLE rights_bi;
SELECT ok((SELECT bool_and(crmprob.score('rights', d) > 0) FROM rights_deals d), 'BI scores by name');
SELECT ok((SELECT crmprob.grade('rights', 0.9)) = 'A', 'grades');
SELECT ok((SELECT bool_and(crmprob.score_ab('rights', id::text, d) > 0) FROM rights_deals d), 'by assigned version');
SELECT throws_ok('SELECT train_query FROM crmprob.model_versions', '42501', NULL, 'BI does not see queries');
SELECT throws_ok($$SELECT crmprob.train('x', 'SELECT amount, won FROM rights_deals', 'won')$$, '42501', NULL, 'nor train');
SELECT throws_ok($$SELECT crmprob.promote('rights', 2)$$, '42501', NULL, 'nor promote');
SELECT throws_ok($$SELECT crmprob.retrain('rights')$$, '42501', NULL, 'nor retrain');
SELECT throws_ok($$SELECT crmprob.log_score('rights', 'k', d) FROM rights_deals d$$, '42501', NULL, 'nor log');
SELECT throws_ok('SELECT * FROM crmprob.model_promotions', '42501', NULL, 'nor read who promoted');
RESET ROLE;

-- the DBA -------------------------------------------------------------------------
SET ROLE rights_dba;
SELECT is(crmprob.promote('rights', 2, 'trial'), 1, 'a DBA promotes');
SELECT is(crmprob.rollback_model('rights'), 1, 'rolls back');
SELECT lives_ok($$SELECT crmprob.retrain('rights', 'always')$$, 'retrains');
SELECT lives_ok($$SELECT crmprob.set_traffic('rights', 1, 0.5)$$, 'shares traffic');
SELECT is(crmprob.log_scores('rights', 'SELECT * FROM rights_deals', 'id'), 1500::bigint, 'logs');
SELECT is(crmprob.retire('rights', 2), 'retired', 'retires');
SELECT throws_ok('DELETE FROM crmprob.model_promotions', '42501', NULL, 'history is nobody''s to change');
RESET ROLE;

-- row security: a query is a plain SELECT by that role -----------------------------
ALTER TABLE rights_deals ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON rights_deals TO rights_analyst USING (owner = current_user);
SET ROLE rights_analyst;
SELECT is((SELECT count(*) FROM rights_deals), 500::bigint, 'a third of the rows is visible');
SELECT is((SELECT n FROM crmprob.train('rights own', 'SELECT id, amount, won FROM rights_deals', 'won', order_by => 'id')),
          500::bigint, 'train sees the visible rows');
SELECT is((SELECT max(n) FROM crmprob.drift('rights', 'SELECT * FROM rights_deals')), 500::bigint, 'so does drift');
SELECT is((SELECT n FROM crmprob.compare('rights', 1, 2, 'SELECT * FROM rights_deals', 'won')), 500::bigint, 'so does compare');
SELECT is((SELECT n FROM crmprob.cross_validate('SELECT amount, won FROM rights_deals', 'won') WHERE fold IS NULL), 500::bigint, 'so does cross_validate');
RESET ROLE;
GRANT UPDATE (status, note) ON crmprob.model_versions TO rights_analyst;
GRANT INSERT ON crmprob.model_promotions TO rights_analyst;
SET ROLE rights_analyst;
SELECT is((SELECT n FROM crmprob.retrain('rights own')), 500::bigint, 'so does retrain, once it may promote');
RESET ROLE;
SET row_security = off;
SET ROLE rights_analyst;
SELECT throws_ok($$SELECT crmprob.train('x', 'SELECT amount, won FROM rights_deals', 'won')$$, '42501', NULL,
                 'with row_security off it fails as a SELECT does');
RESET ROLE;
RESET row_security;

-- row security on the registry: each sees their own versions
ALTER TABLE crmprob.model_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON crmprob.model_versions TO rights_analyst, rights_bi
  USING (trained_by = current_user) WITH CHECK (trained_by = current_user);
SET ROLE rights_analyst;
SELECT ok((SELECT bool_and(crmprob.score('rights own', d) > 0) FROM rights_deals d), 'one''s own model scores');
RESET ROLE;
SET ROLE rights_bi;
SELECT throws_ok($$SELECT crmprob.drift('rights own', 'SELECT 1')$$, '42704', NULL, 'another''s does not exist');
SELECT throws_ok($$SELECT crmprob.score('rights own', d) FROM (SELECT 1 AS id, 2::float8 AS amount) d$$, '42704', NULL, 'nor score');
RESET ROLE;

SELECT * FROM finish();

-- roles and policies outlive the database's tables
DROP POLICY own ON crmprob.model_versions;
ALTER TABLE crmprob.model_versions DISABLE ROW LEVEL SECURITY;
DROP OWNED BY rights_dba, rights_analyst, rights_bi;
DROP ROLE rights_dba, rights_analyst, rights_bi;
