# Training that 041 leaves out ends within 100 ms of its timeout; it leaves
# neither memory nor temporary files behind, whichever way it ends; and the
# process does not grow over a million scores.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Crmprob 'ends_in_time';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf',
    "max_parallel_workers_per_gather = 0\njit = off\nmaintenance_work_mem = 1GB");
$node->start;
$node->safe_psql(
    'postgres', q{
    SET client_min_messages = error;
    CREATE EXTENSION crmprob;
    CREATE UNLOGGED TABLE deals AS
      SELECT hashint4(i) % 1000 > hashint4(i + 7) % 900 AS won,
             hashint4(i) % 1000 * 1.0::float8 AS a, hashint4(i + 1) % 1000 * 1.0::float8 AS b,
             hashint4(i + 2) % 1000 * 1.0::float8 AS c, 'x' || abs(hashint4(i + 3) % 200) AS d,
             abs(hashint4(i) % 10) * 2 + abs(hashint4(i + 4) % 4000) AS wide,
             ((1 + i % 3)::text || ':S' || (1 + i % 3)::text)::crmprob.stage AS stage,
             timestamptz '2024-01-01 00:00:00+00' + i * interval '1 minute' AS at
        FROM generate_series(1, 200000) AS i;
    VACUUM ANALYZE deals;
    SELECT crmprob.train('win', 'SELECT won, a, b, d FROM deals LIMIT 20000', 'won', 'gbm',
      '{"trees": 20, "depth": 4}', holdout => 0);
    SELECT crmprob.train('line', 'SELECT won, a, b, d FROM deals LIMIT 20000', 'won', holdout => 0);
});

# ---------------------------------------------------------------- timeouts

sub fit
{
    my ($algorithm, $columns, $options) = @_;
    return "SELECT crmprob.fit('$algorithm', won, f, '$options') IS NULL "
        . "FROM deals, LATERAL (SELECT $columns) f";
}

my $quiet = 'SET client_min_messages = error';
ends_in_time($node, 'gbm, depth and rounds not given', fit('gbm', 'a, b, c, d', '{}'),
    $quiet, 4, 3000);
ends_in_time($node, 'tree', fit('tree', 'a, b, c, d, at', '{}'), $quiet, 4);
ends_in_time($node, 'logistic', fit('logistic', 'a, b, c, d, at', '{}'), $quiet, 4);
ends_in_time($node, 'logistic, lambda by cross-validation',
    fit('logistic', 'a, b, c', '{"lambda": "cv"}'), $quiet, 4, 3000);
ends_in_time($node, 'logistic with 4,000 levels',
    fit('logistic', 'a, b, wide', '{"categorical": ["wide"], "max_levels": 4090, "lambda": 0.01}'),
    $quiet, 6, 8000);
ends_in_time($node, 'elastic net with 4,000 levels',
    fit('logistic', 'a, b, wide', '{"categorical": ["wide"], "max_levels": 4090, "lambda": 0.0001, "alpha": 0.5}'),
    $quiet, 8, 2000);
ends_in_time($node, 'naive_bayes', fit('naive_bayes', 'a, b, c, d', '{}'), $quiet, 4);
ends_in_time($node, 'train from a temporary file',
    q{SELECT status FROM crmprob.train('more', 'SELECT won, a, b, c, d, at FROM deals', 'won',
      'gbm', '{"trees": 20, "depth": 4}', order_by => 'at')}, "$quiet; SET work_mem = '64kB'");

# ------------------------------------------------------------------ traces

# Memory contexts of a session, and temporary files of the server, before and
# after what may throw.
sub leaves_no_trace
{
    my ($name, $statements) = @_;
    my $traces = q{SELECT sum(total_bytes) FROM pg_backend_memory_contexts
      WHERE name LIKE 'crmprob%' OR name IN ('PortalContext', 'ExecutorState', 'SPI Proc', 'SPI Exec');
      SELECT count(*) FROM pg_ls_tmpdir();};
    my ($rc, $out, $err) = $node->psql('postgres', join("\n",
        q{SET client_min_messages = error; SET work_mem = '64kB';},
        $statements, $traces, ($statements) x 3, $traces), on_error_stop => 0);
    my @lines = grep { /^\d+$/ } split /\n/, $out;
    is(scalar @lines, 4, "$name: ran to its end");
    is($lines[2], $lines[0], "$name: memory is back where it was");
    is("$lines[1] $lines[3]", '0 0', "$name: no temporary file is left");
}

leaves_no_trace('a fit', fit('gbm', 'a, b, d', '{"trees": 2, "depth": 2}') . ' \g /dev/null');
leaves_no_trace('a fit that was cancelled', 'SET statement_timeout = 150; '
    . fit('forest', 'a, b, d', '{"trees": 2000}') . ' \g /dev/null' . "\n"
    . 'RESET statement_timeout;');
leaves_no_trace('a fit that failed', 'SELECT crmprob.fit(\'gbm\', won, f) '
    . 'FROM deals, LATERAL (SELECT a, CASE WHEN at = \'2024-05-01 00:00:00+00\' THEN \'inf\'::float8 END AS b) f \g /dev/null');
leaves_no_trace('a fit that failed and was caught', q{DO $$ BEGIN
      PERFORM crmprob.fit('gbm', won, f) FROM deals,
        LATERAL (SELECT a, CASE WHEN at = '2024-05-01 00:00:00+00' THEN 'inf'::float8 END AS b) f;
    EXCEPTION WHEN invalid_parameter_value THEN NULL; END $$;});
leaves_no_trace('models of groups', q{SELECT count(m) FROM (
      SELECT crmprob.fit('tree', won, f) AS m FROM deals, LATERAL (SELECT a, b, c) f
       GROUP BY d ORDER BY d LIMIT 3) AS m \g /dev/null});

# a cursor that was read to the middle of its groups and then closed
my $leak = $node->psql('postgres', q{
    SET work_mem = '64kB';
    BEGIN;
    DECLARE models CURSOR FOR SELECT d, crmprob.fit('tree', won, f) FROM deals, LATERAL (SELECT a, b, c) f GROUP BY d;
    SAVEPOINT before;
    FETCH 2 FROM models \g /dev/null
    RELEASE before;
    FETCH 2 FROM models \g /dev/null
    CLOSE models;
    COMMIT;
    SELECT count(*) FROM pg_ls_tmpdir();
}, stdout => \my $files, stderr => \my $said);
is("$leak $files $said", '0 0 ', 'a cursor over fits leaves no file and no warning');

# ---------------------------------------------------------- a stored model

# Blocks of the stored model that were looked at while many rows were scored.
$node->safe_psql('postgres', q{
    SET client_min_messages = error;
    CREATE TABLE big AS SELECT crmprob.fit('gbm', won, f, '{"trees": 400, "depth": 6}') AS model
      FROM (SELECT * FROM deals LIMIT 50000) AS d, LATERAL (SELECT a, b, c, d) f;
    ALTER TABLE big ALTER model SET STORAGE external;
    UPDATE big SET model = model::text::crmprob.model;
});
cmp_ok($node->safe_psql('postgres', 'SELECT octet_length(crmprob.model_send(model)) FROM big'), '>', 300_000,
    'a large model');
my $fetched = q{SELECT pg_stat_force_next_flush();
    SELECT pg_stat_get_blocks_fetched(reltoastrelid) FROM pg_class WHERE relname = 'big'};
foreach my $form (
    'SELECT sum(crmprob.score((SELECT model FROM big), t)) FROM deals t',
    'SELECT sum(crmprob.score(model, t)) FROM deals t, big',
    'WITH m AS MATERIALIZED (SELECT model FROM big) SELECT sum(crmprob.score(model, t)) FROM deals t, m')
{
    my @counts = grep { /\d/ } split /\n/, $node->safe_psql('postgres',
        "$fetched; $form \\g /dev/null\n$fetched");
    cmp_ok($counts[-1] - $counts[0], '<', 2000, "read once and not for each of 200,000 rows: $form");
}

# ------------------------------------------------------------ a million scores

# Growth of the backend's own memory, in kB, from the first thousand on.
sub growth_of
{
    my ($setup, $query) = @_;
    my $own = q{SELECT (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1]};
    my ($first, $last) = split /\n/, $node->safe_psql('postgres',
        sprintf "$setup;\n$query \\g /dev/null\n$own;\n$query \\g /dev/null\n$own;", 1000, 1000000);
    return $last - $first;
}

SKIP:
{
    skip 'no /proc here', 5 unless -r '/proc/self/status';
    foreach my $name ('win', 'line')
    {
        cmp_ok(
            growth_of('SET jit = off',
                "SELECT sum(crmprob.score('$name', r)) FROM (SELECT i * 1.0::float8 AS a, 2.5::float8 AS b, 'x' || i %% 300 AS d FROM generate_series(1, %d) AS i OFFSET 0) AS r"),
            '<', 2048, "$name: a million rows scored");
        cmp_ok(
            growth_of(
                "CREATE TEMP TABLE one AS SELECT 1.5::float8 AS a, 2.5::float8 AS b, 'x7' AS d;
                 CREATE FUNCTION pg_temp.calls(n int) RETURNS float8 LANGUAGE plpgsql AS \$\$
                 DECLARE r one; s float8 := 0; BEGIN
                   SELECT * INTO r FROM one;
                   FOR i IN 1 .. n LOOP s := s + crmprob.score('$name', r); END LOOP;
                   RETURN s; END \$\$",
                'SELECT pg_temp.calls(%d)'),
            '<', 2048, "$name: a million calls in a loop");
    }

    # what rows are returned leaves with its call, not with the query: the peak
    my $peak = q{SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]};
    my $explain = "SELECT count(*) FROM (SELECT i * 1.0::float8 AS a, 2.5::float8 AS b, 'x' || i %% 300 AS d FROM generate_series(1, %d) AS i OFFSET 0) AS r, LATERAL crmprob.explain('line', r) \\g /dev/null\n";
    my ($first, $last) = split /\n/, $node->safe_psql('postgres',
        sprintf("SET jit = off; SET work_mem = '512MB';\n$explain$peak;\n$explain$peak;", 100_000, 300_000));
    cmp_ok($last - $first, '<', 24_000, 'reasons of 200,000 rows more');
}

$node->stop;
done_testing();
