# What is gathered of customers ends within 100 ms of its timeout: purchase
# histories, profiles, retention, survival curves and the comparison of
# segments, and a Cox regression, which says meanwhile what it is at.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Crmprob 'ends_in_time';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\njit = off");
$node->start;
$node->safe_psql(
    'postgres', q{
    CREATE EXTENSION crmprob;
    CREATE UNLOGGED TABLE visits AS
      SELECT i % 1000 AS customer, '1900-01-01'::date + (hashint4(i) & 65535) AS day,
             (i % 999 + 1)::numeric AS amount, (hashint4(i + 7) & 1048575) / 16.0::float8 AS duration, i % 3 > 0 AS event
        FROM generate_series(1, 600000) i;
    VACUUM ANALYZE visits;
    CREATE UNLOGGED TABLE regular AS SELECT array_agg(day) AS days FROM visits, generate_series(1, 12);
});

my %query = (
    'one purchase history' => 'SELECT crmprob.total(crmprob.purchase_history(day, amount)) FROM visits',
    'histories added up' => 'SELECT crmprob.total(crmprob.rollup(h)) FROM (SELECT crmprob.purchase_history(day, amount) AS h FROM visits GROUP BY customer) s',
    'a history as text and back' => 'SELECT crmprob.purchase_history(day, amount)::text::crmprob.purchase_history FROM visits',
    'retention' => q{SELECT count(*) FROM crmprob.cohorts((SELECT crmprob.retention(day, ARRAY[day, day + 40, day + 400], '1 month', '2100-01-01') FROM visits), 'on_or_after')},
    'retention of one who came very often' => q{SELECT crmprob.as_of(crmprob.retention('1900-01-01', days, '7 days', '2079-06-06')) FROM regular},
    'a survival curve' => 'SELECT crmprob.median_survival(crmprob.survival_curve(duration, event)) FROM visits',
    'the comparison of segments' => 'SELECT (crmprob.logrank_test(crmprob.logrank(duration, event, (customer % 5)::text))).p_value FROM visits',
    'profiles' => q{SELECT count(clv) FROM crmprob.customer_profile(NULL, 'SELECT customer * 40 + (day - date ''1900-01-01'') % 40 AS customer, day, amount, amount::int % 50 AS product FROM visits LIMIT 100000', '2100-01-01', product_column => 'product')},
    'the value at stake' => q{SELECT count(*) FROM crmprob.at_risk('SELECT customer, amount AS value_if_alive, 0.3 AS churn_risk FROM visits')},
    'a bridge' => 'SELECT crmprob.nrr(crmprob.mrr_bridge(amount, duration::numeric(12,2), event)) FROM visits');

ends_in_time($node, $_, $query{$_}, "SET work_mem = '64MB'", 5) foreach sort keys %query;

my $cox = sprintf q{SELECT (crmprob.summary(crmprob.fit_cox(duration, event, f))).n
    FROM visits, LATERAL (SELECT %s) f WHERE customer < 100},
    join ', ', map { "hashint4(hashint8(customer * 100 + duration::bigint) + $_) AS x$_" } 1 .. 60;
my $memory = "SET maintenance_work_mem = '512MB'";
ends_in_time($node, 'a Cox regression', $cox, $memory, 5);

# the title of the process, as ps shows it
my $title = '';
my $timer = IPC::Run::timeout(180);
my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "$memory; $cox" ],
    '>', \my $out, '2>', \my $err, $timer);
while ($run->pumpable)
{
    my $pid = $node->safe_psql('postgres',
        q{SELECT pid FROM pg_stat_activity WHERE query LIKE '%fit_cox%' AND pid <> pg_backend_pid()});
    my $shown = $pid && -e "/proc/$pid/cmdline" ? slurp_file("/proc/$pid/cmdline") : '';
    $title = $shown if $shown =~ /fitting Cox/;
    $run->pump_nb;
    last if $title;
}
$run->finish;
like($title, qr/fitting Cox regression: iteration \d+ of at most 100/, 'a Cox regression says what is done and what is left');

$node->stop;
done_testing();
