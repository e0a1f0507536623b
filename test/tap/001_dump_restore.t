# Values and models survive pg_dump in custom and plain format and a parallel
# restore: every table gives the same bytes in the restored database.
use strict;
use warnings;
use Digest::MD5 'md5_hex';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', 'CREATE EXTENSION crmprob');
fill();
my $dir = PostgreSQL::Test::Utils::tempdir;
my $before = contents('source');

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

# What is stored. A new type or registry table adds its lines here and, when
# it is not a plain table, to contents().
sub fill
{
    $node->safe_psql(
        'source', q{
        CREATE TABLE deals (id int PRIMARY KEY, stage crmprob.stage NOT NULL);
        INSERT INTO deals
        SELECT g, CASE g % 4
                    WHEN 0 THEN 'won:Closed Won'
                    WHEN 1 THEN 'lost:No budget'
                    ELSE (1 + g % 7)::text || ':Stufe ä ' || (g % 7)::text
                  END::crmprob.stage
          FROM generate_series(1, 1000) g;
        CREATE INDEX deals_stage ON deals (stage);
        CREATE INDEX deals_stage_hash ON deals USING hash (stage);
    });
}

sub restore_into
{
    my ($database, @command) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    $node->command_ok(\@command, "restore $database");
    is(contents($database), $before, "$database holds the same bytes");
}

# Name and digest of every table of the user and of the extension, in binary
# COPY format so that no two values print alike and differ.
sub contents
{
    my ($database) = @_;
    my @lines;
    my $tables = $node->safe_psql(
        $database, q{
        SELECT c.oid::regclass
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname IN ('public', 'crmprob')
         ORDER BY c.oid::regclass::text COLLATE "C"});
    foreach my $table (split /\n/, $tables)
    {
        $node->safe_psql($database,
            qq{COPY (SELECT * FROM $table t ORDER BY t::text COLLATE "C")
               TO '$dir/table' (FORMAT binary)});
        push @lines, "$table " . md5_hex(slurp_file("$dir/table"));
    }
    return join("\n", @lines);
}
