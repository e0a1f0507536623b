# Training takes at most 2 bytes a cell, 16 bytes a row and some blocks of rows
# of memory beyond its temporary files, whatever the algorithm.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc here' unless -r '/proc/self/status';

# what is promised is 64 MB, which would hide a byte or two a row of these
my $fixed = 16;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf',
    "max_parallel_workers_per_gather = 0\njit = off\nmaintenance_work_mem = 2GB\nshared_buffers = 512MB");
$node->start;
my $cells = join ', ', map { $_ % 3
    ? "hashint4(i * $_) / 1e7::float8 AS c$_"
    : "nullif(hashint4(i * $_) % 50, 7)::float8 AS c$_" } 1 .. 18;
$node->safe_psql(
    'postgres', qq{
    CREATE EXTENSION crmprob;
    CREATE UNLOGGED TABLE deals AS
      SELECT hashint4(i) % 1000 > hashint4(i + 7) % 900 AS won, $cells,
             'team ' || abs(hashint4(i * 19) % 30) AS c19, 'x' || abs(hashint4(i * 20) % 300) AS c20
        FROM generate_series(1, 300000) AS i;
    CREATE UNLOGGED TABLE many AS
      SELECT hashint4(i) % 1000 > hashint4(i + 7) % 900 AS won,
             hashint4(i) * 1.5::float8 AS c1, hashint4(i + 1) * 1.0::float8 AS c2, hashint4(i + 2) % 10 AS c3
        FROM generate_series(1, 800000) AS i;
    VACUUM ANALYZE;
});

# MB by which the peak of the process is above what it was before, with the
# table's pages already mapped: all of them stay in shared buffers.
sub peak
{
    my ($table, $training) = @_;
    my $status = q{pg_read_file('/proc/self/status')};
    my @lines = split /\n/, $node->safe_psql('postgres', qq{
        SET client_min_messages = error;
        SELECT count(c3) FROM $table \\g /dev/null
        SELECT (regexp_match($status, 'VmRSS:\\s+(\\d+)'))[1];
        $training;
        SELECT (regexp_match($status, 'VmHWM:\\s+(\\d+)'))[1]});
    return ($lines[2] - $lines[0]) / 1024;
}

sub fit
{
    my ($table, $columns, $algorithm, $options) = @_;
    return "SELECT crmprob.fit('$algorithm', won, f, '$options') IS NULL FROM $table, LATERAL (SELECT $columns) AS f";
}

sub train
{
    my ($table, $columns, $algorithm, $options) = @_;
    return "SELECT version > 0 FROM crmprob.train('$algorithm', 'SELECT won, $columns FROM $table', 'won', '$algorithm', '$options')";
}

sub takes_little
{
    my ($how, $table, $rows, $n, $algorithm, $options) = @_;
    my $columns = join ', ', map {"c$_"} 1 .. $n;
    my $used = peak($table, $how->($table, $columns, $algorithm, $options));
    my $bound = $rows * (2 * $n + 16) / 1048576 + $fixed;

    note("$used MB of $bound");
    cmp_ok($used, '<', $bound, "$algorithm $options, $rows rows of $n columns");
    cmp_ok($used, '>', $rows / 1048576, 'which was measured');
}

takes_little(\&fit, 'deals', 300_000, 20, @$_) foreach (
    [ 'logistic', '{}' ],
    [ 'logistic', '{"lambda": 0.001, "alpha": 0.5, "class_weight": "balanced"}' ],
    [ 'naive_bayes', '{}' ],
    [ 'tree', '{"folds": 2, "depth": 4}' ],
    [ 'forest', '{"trees": 2}' ],
    [ 'gbm', '{"trees": 2, "depth": 6}' ],
    [ 'gbm', '{"trees": 2, "depth": 3, "pool_by": "c19"}' ]);
takes_little(\&fit, 'many', 800_000, 3, @$_) foreach (
    [ 'logistic', '{}' ],
    [ 'tree', '{"folds": 2, "depth": 3}' ],
    [ 'forest', '{"trees": 2, "depth": 5}' ],
    [ 'gbm', '{"trees": 2, "depth": 3}' ]);
# with a hold-out, and a slice that calibrates; which row is where takes 4 bytes
$fixed = 24;
takes_little(\&train, 'deals', 300_000, 20, @$_) foreach (
    [ 'logistic', '{"calibrate": "auto"}' ],
    [ 'gbm', '{"trees": 2, "depth": 3}' ]);
takes_little(\&train, 'many', 800_000, 3, 'gbm', '{"trees": 2, "depth": 3}');

$node->stop;
done_testing();
