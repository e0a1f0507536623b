# A statement ends within 100 ms of its timeout, whatever a funnel is at: the
# scan, temporary files, sorting or matching one deal of a million events.
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
    CREATE UNLOGGED TABLE one_deal AS
      SELECT 1::bigint AS id, 1 + i % 3 AS step,
             ((1 + i % 3)::text || ':S' || (1 + i % 3)::text)::crmprob.stage AS stage,
             timestamptz '2024-01-01 00:00:00+00' + i * interval '1 second' AS at
        FROM generate_series(1, 1000000) AS i ORDER BY hashint4(i);
    CREATE UNLOGGED TABLE many_deals AS
      SELECT (i / 5)::bigint AS id, 1 + i % 3 AS step,
             timestamptz '2024-01-01 00:00:00+00' + i * interval '1 second' AS at
        FROM generate_series(1, 1000000) AS i;
    CREATE UNLOGGED TABLE journeys AS
      SELECT i % 200 AS part, crmprob.journey(((1 + k % 40)::text || ':S' || (1 + k % 40)::text)::crmprob.stage,
          timestamptz '2024-01-01 00:00:00+00' + (k * k * (1 + hashint4(i * 97 + k) & 1048575)) * interval '1 second') AS journey
        FROM generate_series(1, 30000) AS i, generate_series(1, 20) AS k GROUP BY i;
    CREATE UNLOGGED TABLE flows AS SELECT part, crmprob.stage_flow(journey) AS flow FROM journeys GROUP BY part;
    VACUUM ANALYZE one_deal, many_deals, journeys, flows;
});

my $definition = "(SELECT crmprob.define_funnel('S1 > S2 > S3 > Won | Lost'::crmprob.pipeline, "
    . "mode => 'ordered', repeats => 'row', within => '90 days'%s))";
my $plain = sprintf $definition, '';
my $tolerant = sprintf $definition, ", tolerance => '2 seconds'";
my $one_pass = 'SELECT crmprob.n_deals(crmprob.funnel(id, step, at, %s)) FROM %s';

ends_in_time($node, 'one deal in one pass', sprintf($one_pass, $plain, 'one_deal'),
    "SET work_mem = '1GB'");
ends_in_time($node, 'one deal, sorted by a tolerance', sprintf($one_pass, $tolerant, 'one_deal'),
    "SET work_mem = '1GB'");
ends_in_time($node, 'one deal on disk', sprintf($one_pass, $plain, 'one_deal'),
    "SET work_mem = '64kB'");
ends_in_time($node, 'many deals', sprintf($one_pass, $plain, 'many_deals'),
    "SET work_mem = '1GB'");
ends_in_time($node, 'many deals on disk', sprintf($one_pass, $plain, 'many_deals'),
    "SET work_mem = '64kB'");
ends_in_time($node, 'the journey of one deal',
    "SELECT crmprob.n_deals(crmprob.funnel(j, $plain)) FROM (SELECT crmprob.journey(stage, at) AS j FROM one_deal) AS s",
    "SET work_mem = '1GB'");
ends_in_time($node, 'the journey of one deal with amounts',
    "SELECT length(j::bytea) FROM (SELECT crmprob.journey_send(crmprob.journey(stage, at, extract(second FROM at))) AS j FROM one_deal) AS s",
    "SET work_mem = '1GB'");
my $parallel = "SET work_mem = '64kB'; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
    . "SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2";
ends_in_time($node, 'how stages follow each other', 'SELECT crmprob.n_ignored(crmprob.stage_flow(journey)) FROM journeys', $parallel);
ends_in_time($node, 'flows added up', 'SELECT crmprob.n_ignored(crmprob.rollup(flow)) FROM flows', $parallel);
ends_in_time($node, 'a flow as text and back', 'SELECT crmprob.n_ignored(crmprob.rollup(flow)::text::crmprob.stage_flow) FROM flows', $parallel);
ends_in_time($node, 'the chance to win in time',
    "SELECT crmprob.win_probability(flow, 'S1', '300 days') FROM (SELECT crmprob.rollup(flow) AS flow FROM flows) AS s", $parallel);

$node->stop;
done_testing();
