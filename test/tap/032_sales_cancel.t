# Cross-sell, lead matching, forecasts and estimates end within 100 ms of their timeout,
# whatever they are at: gathering, sorting, writing temporary files, counting,
# summing or returning.
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
    CREATE UNLOGGED TABLE bought AS
      SELECT i % 99991 AS customer, 'product ' || (i * 7919::bigint) % 6007 AS product FROM generate_series(1, 800000) i;
    CREATE UNLOGGED TABLE leads AS
      SELECT i AS id, 'user' || i % 270000 || '@example.com' AS email, '+49 30 ' || 10000000 + i AS phone,
             'First' || i % 5000 || ' Last' || i / 7 AS name, 'Company ' || i / 3 || ' GmbH' AS company
        FROM generate_series(1, 300000) i;
    CREATE UNLOGGED TABLE one_key AS SELECT i AS id, 'info@example.com' AS email FROM generate_series(1, 600000) i;
    VACUUM ANALYZE bought, leads, one_key;
});

# one counts in memory, the other in files and in blocks of the triangle
my $pairs = 'SELECT crmprob.baskets(crmprob.affinity(customer, product, 2)) FROM bought';
ends_in_time($node, 'affinity', $pairs, "SET work_mem = '256MB'", 6, 2000);
ends_in_time($node, 'affinity in files', $pairs, "SET work_mem = '64kB'", 6, 2000);
ends_in_time($node, 'affinity of texts',
    'SELECT crmprob.baskets(crmprob.affinity(customer::text, product, 2)) FROM bought', "SET work_mem = '64kB'", 4, 2000);

my $memory = "SET maintenance_work_mem = '1GB'";
ends_in_time($node, 'match_leads', "SELECT count(*) FROM crmprob.match_leads('SELECT id, email, phone, name, company FROM leads')",
    $memory, 8, 5000);
ends_in_time($node, 'match_leads of one key', "SELECT count(*) FROM crmprob.match_leads('TABLE one_key', max_shared => 1000000)",
    $memory, 5, 5000);
ends_in_time($node, 'match_leads of ids as texts',
    "SELECT count(*) FROM crmprob.match_leads('SELECT id::text, email, phone FROM leads')", $memory, 5, 5000);

$node->safe_psql(
    'postgres', q{
    CREATE TABLE forecast AS
      SELECT crmprob.revenue_forecast((i * 37 % 91 + 5) / 100.0::float8, 1000 + i, (10 + i % 997)::float8) AS f FROM generate_series(1, 200000) i;
});
ends_in_time($node, 'quantile of uncertain amounts', 'SELECT crmprob.quantile(f, 0.9) FROM forecast', '', 6, 3000);
ends_in_time($node, 'quantile with a correlation', 'SELECT crmprob.quantile(f, 0.9, 0.05) FROM forecast', '', 6, 3000);

# half of the cases have a seller and a segment of their own; many are near
ends_in_time($node, 'estimate_amount',
    q{SELECT count(*) FROM crmprob.estimate_amount('SELECT 1 + i % 1009 AS amount, ''s'' || i % 200000 AS seller, md5((i % 150000)::text) AS segment,
        i % 977 AS size FROM generate_series(1, 400000) i', 'SELECT i AS id, 10 * i AS size FROM generate_series(1, 3) i', k => 300000)},
    $memory, 8, 3000);

$node->stop;
done_testing();
