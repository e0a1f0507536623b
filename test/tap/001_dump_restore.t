# Values and models survive pg_dump in custom and plain format and a parallel
# restore: every table gives the same bytes in the restored database.
use strict;
use warnings;
use Crmprob qw(contents fill);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', 'CREATE EXTENSION crmprob');
fill($node, 'source');
my $dir = PostgreSQL::Test::Utils::tempdir;
my $before = contents($node, 'source');

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", 'source' ],
    'dump in custom format');
$node->command_ok([ 'pg_dump', '-Fp', '-f', "$dir/plain", 'source' ],
    'dump in plain format');
$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$dir/folder", 'source' ],
    'dump in directory format');

restore_into('from_custom', 'pg_restore', '-e', '-d', 'from_custom',
    "$dir/custom");
restore_into('from_plain', 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d',
    'from_plain', '-f', "$dir/plain");
restore_into('from_parallel', 'pg_restore', '-e', '-j', '4', '-d',
    'from_parallel', "$dir/folder");
restore_into('from_custom_j4', 'pg_restore', '-e', '-j', '4', '-d',
    'from_custom_j4', "$dir/custom");

$node->stop;
done_testing();

sub restore_into
{
    my ($database, @command) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    $node->command_ok(\@command, "restore $database");
    is(contents($node, $database), $before, "$database holds the same bytes");
}
