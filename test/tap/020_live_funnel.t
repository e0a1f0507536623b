# Eight sessions write stage changes while another compacts the deltas: the
# funnel merged from them has the bytes of the one computed from scratch.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_connections = 30');
$node->start;
$node->safe_psql(
    'postgres', q{
    CREATE EXTENSION crmprob;
    INSERT INTO crmprob.pipelines
    VALUES ('sales', 'S1 > S2 > S3 > S4 > Won | Lost');

    -- a log of events
    CREATE TABLE stage_log (deal_id bigint, stage crmprob.stage, at timestamptz);
    CREATE TABLE log_delta (entity bigint, journey crmprob.journey);
    CREATE TRIGGER keep AFTER INSERT ON stage_log
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION
      crmprob.journey_delta_trigger('log_delta', 'deal_id', 'stage', 'at');

    -- a table of deals that knows only today, and who remembers for the test
    CREATE TABLE deal (id bigint PRIMARY KEY, stage text, modified_at timestamptz);
    CREATE TABLE deal_delta (entity bigint, journey crmprob.journey);
    CREATE TABLE deal_audit (id bigint, stage text, modified_at timestamptz);
    CREATE TRIGGER keep_insert AFTER INSERT ON deal
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION
      crmprob.journey_delta_trigger('deal_delta', 'id', 'stage', 'modified_at', 'sales');
    CREATE TRIGGER keep_update AFTER UPDATE ON deal
      REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
      FOR EACH STATEMENT EXECUTE FUNCTION
      crmprob.journey_delta_trigger('deal_delta', 'id', 'stage', 'modified_at', 'sales');
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO deal_audit VALUES (NEW.id, NEW.stage, NEW.modified_at);
      RETURN NULL;
    END $$;
    CREATE TRIGGER audit AFTER INSERT OR UPDATE ON deal
      FOR EACH ROW EXECUTE FUNCTION audit();
    INSERT INTO deal SELECT g, 'S1', now() FROM generate_series(1, 200) g;
});

my $dir = PostgreSQL::Test::Utils::tempdir;
append_to_file("$dir/write.sql", q{
\set deal random(1, 200)
\set other random(1, 200)
\set a random(1, 6)
\set b random(1, 6)
\set fail random(1, 10) = 1
BEGIN;
INSERT INTO stage_log
SELECT d, s.stage, clock_timestamp() + k * interval '1 hour'
  FROM (VALUES (:deal, :a, 0), (:other, :b, 1), (:deal, :b, 2)) v (d, n, k),
       LATERAL (SELECT stage FROM crmprob.stages((SELECT definition FROM crmprob.pipelines))
                  WITH ORDINALITY t (stage, n) WHERE t.n = v.n) s;
UPDATE deal SET stage = (ARRAY['S1','S2','S3','S4','Won','Lost'])[:a],
       modified_at = clock_timestamp()
 WHERE id = :deal;
\if :fail
ROLLBACK;
\else
COMMIT;
\endif
});
append_to_file("$dir/compact.sql", q{
SELECT crmprob.compact_journeys('log_delta');
SELECT crmprob.compact_journeys('deal_delta');
\sleep 20 ms
});

$node->command_ok(
    [
        'pgbench', '-n', '-c', '9', '-j', '2', '-T', '6',
        '-f', "$dir/write.sql\@8", '-f', "$dir/compact.sql\@1", 'postgres'
    ],
    'eight sessions write, and one compacts');

my $bytes = 'md5(crmprob.funnel_send(crmprob.funnel(journey,'
  . " (SELECT crmprob.define_funnel('sales', mode => 'ordered'))))), count(*)";
my $scratch = $node->safe_psql('postgres',
    "SELECT $bytes FROM (SELECT deal_id, crmprob.journey(stage, at) AS journey
       FROM stage_log GROUP BY deal_id) j");
like($scratch, qr/^[0-9a-f]{32}\|\d+$/, 'there is a funnel');
is( $node->safe_psql('postgres',
        "SELECT $bytes FROM (SELECT entity, crmprob.rollup(journey) AS journey
           FROM log_delta GROUP BY entity) j"),
    $scratch,
    'the log: merged deltas give the bytes of the funnel from scratch');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM stage_log'),
    '>', 1000, 'there was something to merge');

is( $node->safe_psql('postgres',
        "SELECT $bytes FROM (SELECT entity, crmprob.rollup(journey) AS journey
           FROM deal_delta GROUP BY entity) j"),
    $node->safe_psql('postgres',
        "SELECT $bytes FROM (SELECT id, crmprob.journey(crmprob.stage('sales', stage),
             modified_at) AS journey
           FROM (SELECT *, lag(stage) OVER (PARTITION BY id ORDER BY modified_at) AS before
                   FROM deal_audit) a
          WHERE before IS DISTINCT FROM stage GROUP BY id) j"),
    'the deals: their updates give the bytes of the audited changes');

$node->safe_psql('postgres', q{
    SELECT crmprob.compact_journeys('log_delta');
    SELECT crmprob.compact_journeys('deal_delta')});
is( $node->safe_psql('postgres',
        'SELECT count(*) = count(DISTINCT entity) FROM log_delta'),
    't', 'compaction leaves one row a deal');
is( $node->safe_psql('postgres', "SELECT $bytes FROM log_delta"),
    $scratch, 'and the same funnel');

$node->stop;
done_testing();
