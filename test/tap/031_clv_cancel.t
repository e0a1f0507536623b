# A fit ends within 100 ms of its timeout, whatever it is at: gathering a
# million customers that are all different, sorting them, or searching.
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
    CREATE UNLOGGED TABLE customers AS
      SELECT crmprob.make_rfm(x, CASE WHEN x > 0 THEN t * (1 - 1.0 / (2 + i % 97)) ELSE 0 END, t, CASE WHEN x > 0 THEN 1 + i % 9999 END) AS c,
             crmprob.make_rfm(x, CASE WHEN x > 0 THEN 400 + i % 99 ELSE 0 END, 500 + i % 97) AS chances
        FROM (SELECT i, (i % 7 * (i % 5))::int AS x, 100 + i / 1000.0 AS t FROM generate_series(1, 300000) i) s;
    VACUUM ANALYZE customers;
});

# from within the scan to within the search
foreach my $kind (qw(bg_nbd mbg_nbd pareto_nbd gamma_gamma))
{
    ends_in_time($node, $kind, "SELECT crmprob.converged(crmprob.fit_clv('$kind', c)) FROM customers", '', 5, 2000);
}
ends_in_time($node, 'bg_bb', "SELECT crmprob.converged(crmprob.fit_clv('bg_bb', chances)) FROM customers", '', 5, 2000);

$node->stop;
done_testing();
