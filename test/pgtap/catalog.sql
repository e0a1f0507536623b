BEGIN;
SELECT plan(1);
SELECT pass('placeholder');
SELECT * FROM finish();
ROLLBACK;
