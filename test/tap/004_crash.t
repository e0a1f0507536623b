# A server that is killed comes back with every committed value, indexes
# included, and nothing of what was not committed.
use strict;
use warnings;
use Crmprob qw(contents fill);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = on');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crmprob; CHECKPOINT');
$node->safe_psql('postgres',
    'ALTER DATABASE postgres SET search_path = public, crmprob');
fill($node, 'postgres');
$node->safe_psql('postgres', "UPDATE deals SET stage = 'won:Late' WHERE id = 7");
my $before = contents($node, 'postgres');

$node->stop('immediate');
$node->start;
is(contents($node, 'postgres'), $before, 'all values are there');
my $found = q{SELECT count(*) FROM deals WHERE stage = 'won:Late'};
is($node->safe_psql('postgres', "SET enable_seqscan = off; $found"),
    '1', 'an index finds them');

$node->stop;
done_testing();
