# A streaming replica reads the values of the primary, indexes included, and a
# logical subscriber, whose workers have an empty search_path, applies them.
use strict;
use warnings;
use Crmprob qw(contents fill);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;
$primary->safe_psql(
    'postgres', q{
    CREATE EXTENSION crmprob;
    ALTER DATABASE postgres SET search_path = public, crmprob;
    CREATE TABLE deals (id int PRIMARY KEY, stage crmprob.stage NOT NULL);
    CREATE INDEX deals_stage ON deals (stage);
    INSERT INTO deals
    SELECT g, ((1 + g % 9) || ':Stage ' || g % 9)::crmprob.stage
      FROM generate_series(1, 500) g;
});

$primary->backup('base');
my $replica = PostgreSQL::Test::Cluster->new('replica');
$replica->init_from_backup($primary, 'base', has_streaming => 1);
$replica->start;

$primary->safe_psql('postgres',
    "UPDATE deals SET stage = 'won:Signed' WHERE id % 5 = 0");
$primary->wait_for_catchup('replica');
my $digest = q{SELECT count(*), count(*) FILTER (WHERE stage = 'won:Signed'),
    md5(string_agg(stage::text, ',' ORDER BY stage, id)) FROM deals};
is($replica->safe_psql('postgres', $digest),
    $primary->safe_psql('postgres', $digest),
    'the replica has the same values in the same order');
is( $replica->safe_psql(
        'postgres',
        q{SET enable_seqscan = off;
          SELECT count(*) FROM deals WHERE stage = 'won:Signed'}),
    '100',
    'the index works on the replica');

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;
$subscriber->safe_psql(
    'postgres', q{
    CREATE EXTENSION crmprob;
    ALTER DATABASE postgres SET search_path = public, crmprob;
    CREATE TABLE deals (id int, stage crmprob.stage NOT NULL);
    ALTER TABLE deals REPLICA IDENTITY FULL;
});
$primary->safe_psql(
    'postgres', q{
    ALTER TABLE deals REPLICA IDENTITY FULL;
    CREATE PUBLICATION all_deals FOR TABLE deals;
});
my $connection = $primary->connstr . ' dbname=postgres';
foreach my $format ('off', 'on')
{
    # binary uses receive functions, text the input functions
    $subscriber->safe_psql('postgres', 'TRUNCATE deals');
    $subscriber->safe_psql('postgres',
        "CREATE SUBSCRIPTION copy_$format CONNECTION '$connection' "
          . "PUBLICATION all_deals WITH (binary = $format)");
    $subscriber->poll_query_until('postgres',
        "SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'");
    $primary->safe_psql('postgres',
        "UPDATE deals SET stage = 'lost:$format' WHERE id % 10 = 1");
    $primary->wait_for_catchup("copy_$format");
    is($subscriber->safe_psql('postgres', $digest),
        $primary->safe_psql('postgres', $digest),
        "logical replication applies the changes, binary $format");
    $subscriber->safe_psql('postgres', "DROP SUBSCRIPTION copy_$format");
}

# One of every type that can be stored, on both kinds of replica; what is
# updated is found by equality, for no other identity is there
$primary->safe_psql('postgres', 'CREATE DATABASE stored');
$primary->safe_psql('stored', 'CREATE EXTENSION crmprob');
fill($primary, 'stored');
$primary->wait_for_catchup('replica');
is(contents($replica, 'stored'),
    contents($primary, 'stored'),
    'the replica has one of every type');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/schema';
$primary->command_ok(
    [ 'pg_dump', '--schema-only', '-f', $dump, 'stored' ],
    'dump the tables of the publisher');
$subscriber->safe_psql('postgres', 'CREATE DATABASE stored');
$subscriber->command_ok(
    [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'stored', '-f', $dump ],
    'make them on the subscriber');
my @tables = split /\n/,
  $primary->safe_psql('stored',
    q{SELECT oid::regclass FROM pg_class WHERE relkind = 'r'
         AND relnamespace IN ('public'::regnamespace, 'crmprob'::regnamespace)});
# from 18 on no generated column may be part of what rows are found by; the
# tables that have one have a key
my @found_by_row = split /\n/,
  $primary->safe_psql('stored',
    q{SELECT oid::regclass FROM pg_class c WHERE relkind = 'r'
         AND relnamespace IN ('public'::regnamespace, 'crmprob'::regnamespace)
         AND NOT EXISTS (SELECT FROM pg_attribute a WHERE attrelid = c.oid AND attgenerated <> '')});
$primary->safe_psql('stored',
    join(';', map { "ALTER TABLE $_ REPLICA IDENTITY FULL" } @found_by_row));
$primary->safe_psql('stored',
    'CREATE PUBLICATION stored FOR TABLES IN SCHEMA public, crmprob');
foreach my $format ('off', 'on')
{
    $subscriber->safe_psql('stored', 'TRUNCATE ' . join(', ', @tables));
    $subscriber->safe_psql('stored',
        "CREATE SUBSCRIPTION stored_$format CONNECTION '"
          . $primary->connstr
          . " dbname=stored' PUBLICATION stored WITH (binary = $format)");
    $subscriber->poll_query_until('stored',
        "SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'");
    # a tenth of the rows, each with a column of its own set to itself
    foreach my $table (@tables)
    {
        my $column = $primary->safe_psql('stored',
            "SELECT attname FROM pg_attribute WHERE attrelid = '$table'::regclass"
              . ' AND attnum > 0 ORDER BY attnum LIMIT 1');
        $primary->safe_psql('stored',
            "UPDATE $table t SET $column = $column WHERE abs(hashtext(t::text)) % 10 = 0");
    }
    $primary->wait_for_catchup("stored_$format");
    is(contents($subscriber, 'stored'),
        contents($primary, 'stored'),
        "the subscriber has one of every type, binary $format");
    $subscriber->safe_psql('stored', "DROP SUBSCRIPTION stored_$format");
}

$_->stop foreach $subscriber, $replica, $primary;
done_testing();
