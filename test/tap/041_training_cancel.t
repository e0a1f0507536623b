# Training and evaluating end within 100 ms of their timeout, say what they are
# at, and give back their memory; a million scores leave memory flat.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Crmprob 'ends_in_time';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf',
    "max_parallel_workers_per_gather = 0\njit = off\nmaintenance_work_mem = '512MB'\nwork_mem = '256MB'");
$node->start;
$node->safe_psql(
    'postgres', q{
    CREATE EXTENSION crmprob;
    CREATE UNLOGGED TABLE deals AS
      SELECT i AS id, hashint4(i) % 1000 / 10.0::float8 AS a, hashint4(i + 7) % 1000 / 3.0::float8 AS b,
             (hashint4(i * 3) % 777)::float8 AS c, 'team ' || abs(hashint4(i * 11)) % 200 AS team,
             (ARRAY['web', 'fair', 'phone'])[1 + abs(hashint4(i * 5)) % 3] AS source,
             hashint4(i) % 1000 + hashint4(i * 13) % 1500 > 300 AS won
        FROM generate_series(1, 100000) AS i;
    VACUUM ANALYZE deals;
});

my $fit = q{SELECT crmprob.fit('%s', won, f, '%s') IS NULL FROM deals, LATERAL (SELECT a, b, c, team, source) f};
ends_in_time($node, 'logistic', sprintf($fit, 'logistic', '{"lambda": 0.001, "alpha": 1}'), '');
ends_in_time($node, 'forest', sprintf($fit, 'forest', '{"trees": 20}'), '');
ends_in_time($node, 'boosting, groups pooled',
    sprintf($fit, 'gbm', '{"trees": 20, "depth": 4, "pool_by": "team"}'), '');
ends_in_time($node, 'counts, groups pooled',
    q{SELECT crmprob.fit('stage_prior', won, f, '{"pool_by": "team"}') IS NULL FROM deals, LATERAL (SELECT team, source) f}, '');
ends_in_time($node, 'train', q{SELECT * FROM crmprob.train('win', 'SELECT * FROM deals', 'won', 'gbm', '{"trees": 20, "depth": 4}', 'id')}, '');
ends_in_time($node, 'evaluate', q{SELECT crmprob.log_loss(e), crmprob.auc(e), crmprob.ece(e), crmprob.average_precision(e)
      FROM (SELECT crmprob.evaluation(i / 3e6, i % 3 = 0) AS e FROM generate_series(1, 600000) i OFFSET 0) s}, '');
ends_in_time($node, 'assign deals by pairs',
    q{SELECT count(*) FROM crmprob.assign_deals('SELECT g AS deal, g AS expected_value FROM generate_series(1, 4000) g',
        'SELECT g AS seller, 12 AS capacity FROM generate_series(1, 250) g',
        'SELECT d AS deal, s AS seller, (d * 7919::bigint + s * 104729) % 1009 / 1009.0 AS probability FROM generate_series(1, 4000) d, generate_series(1, 250) s',
        owner_column => NULL)}, '');
$node->safe_psql('postgres', q{CREATE TABLE forest AS SELECT crmprob.fit('forest', won, f, '{"trees": 30}') AS m FROM deals, LATERAL (SELECT a, b, c) f});
ends_in_time($node, 'a model as text and back', 'SELECT length(m::text::crmprob.model::text) FROM forest', '');

# What a session holds, by the memory contexts of PostgreSQL itself.
my $held = 'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
my ($rc, $held_now, $why) = $node->psql('postgres', qq{
    SET client_min_messages = error;
    CREATE TABLE sizes (at text, bytes bigint);
    CREATE TABLE model AS SELECT crmprob.fit('gbm', won, f, '{"trees": 20, "depth": 4}') AS m
      FROM deals, LATERAL (SELECT a, b, c, team, source) f;
    SELECT count(crmprob.score((SELECT m FROM model), d)) FROM deals d;
    INSERT INTO sizes SELECT 'before', ($held);
    CREATE TABLE models AS SELECT crmprob.fit(x, won, f) AS m
      FROM unnest('{gbm,forest,logistic}'::text[]) x, deals, LATERAL (SELECT a, b, c, team, source) f GROUP BY x;
    SET statement_timeout = '500ms';
    SELECT crmprob.fit('gbm', won, f) FROM deals, LATERAL (SELECT a, b, c, team, source) f;
    RESET statement_timeout;
    INSERT INTO sizes SELECT 'after', ($held);
    SELECT bytes - (SELECT bytes FROM sizes WHERE at = 'before') FROM sizes WHERE at = 'after'},
    on_error_stop => 0);
like($why, qr/statement timeout/, 'a fit was cancelled');
cmp_ok((split /\n/, $held_now)[-1], '<', 2_000_000, 'memory is back at its baseline after training, finished and cancelled');
# the most that was held while scoring, looked at by the statement itself
my ($some, $many) = map {
    $node->safe_psql('postgres', qq{
        SET client_min_messages = error;
        SELECT max(held) FROM (SELECT crmprob.score(m, d) AS p,
            CASE WHEN g = $_ AND i = 1000 THEN ($held WHERE i > 0) END AS held
          FROM generate_series(1, $_) g, generate_series(1, 1000) i, model,
               LATERAL (SELECT (i % 10)::float8 AS a, g::float8 AS b, (i % 3)::float8 AS c, 'web'::text AS source,
                          'team 1'::text AS team OFFSET 0) d OFFSET 0) s})
} (1, 1000);
cmp_ok(abs($many - $some), '<', 2_000_000, 'a million scores hold what a thousand do');

# Progress: the title of the process, a NOTICE every five seconds, and the
# user's query in pg_stat_activity.
my ($out, $err) = ('', '');
my $timer = IPC::Run::timeout(180);
my $run = IPC::Run::start(
    [ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c', 'SET statement_timeout = 60000',
      '-c', sprintf($fit, 'gbm', '{"trees": 10000, "depth": 8}') ],
    '>', \$out, '2>', \$err, $timer);
my $title = '';
foreach (1 .. 1200)
{
    my $pid = $node->safe_psql('postgres',
        q{SELECT pid FROM pg_stat_activity WHERE query LIKE '%10000%' AND pid <> pg_backend_pid()});
    if ($pid)
    {
        my $shown = -e "/proc/$pid/cmdline" ? slurp_file("/proc/$pid/cmdline") : '';
        $title = $shown if $shown =~ /fitting gbm/;
    }
    $run->pump_nb;
    last if $title && $err =~ /NOTICE/;
    select(undef, undef, undef, 0.1);
}
like($title, qr/fitting gbm: boosting, tree \d+ of 10000/, 'the title says what is done and what is left');
like($err, qr/NOTICE:  fitting gbm: boosting, tree \d+ of 10000/, 'so does a NOTICE');
$node->safe_psql('postgres',
    q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%10000%' AND pid <> pg_backend_pid()});
$run->finish;
like($err, qr/canceling statement due to user request/, 'it can be cancelled');

$node->stop;
done_testing();
