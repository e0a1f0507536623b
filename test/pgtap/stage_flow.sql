BEGIN;
SELECT plan(1);
SELECT pass();
SELECT * FROM finish();
ROLLBACK;
