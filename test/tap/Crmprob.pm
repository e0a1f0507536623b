# What the whole-server tests share: a database filled with one of everything
# that can be stored, and a digest of all that it holds.
package Crmprob;

use strict;
use warnings;
use Digest::MD5 'md5_hex';
use Exporter 'import';
use PostgreSQL::Test::Utils;

our @EXPORT_OK = qw(fill contents);

# Per version, what it brought that can be stored. A new type or registry
# table adds its statements under the version that ships it; they run in a
# database of that version or a later one, in this order.
my @stored = (
    [ '0.1.0', q{
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
    } ],
);

# Fills a database whose crmprob is of this version (default: the newest).
sub fill
{
    my ($node, $database, $version) = @_;
    foreach my $part (@stored)
    {
        last if defined $version && newer($part->[0], $version);
        $node->safe_psql($database, $part->[1]);
    }
}

sub newer
{
    my @a = split /\./, $_[0];
    my @b = split /\./, $_[1];
    foreach my $i (0 .. 2)
    {
        return $a[$i] > $b[$i] if $a[$i] != $b[$i];
    }
    return 0;
}

# Name and digest of every table of the user and of the extension, in binary
# COPY format so that no two values print alike and differ.
sub contents
{
    my ($node, $database) = @_;
    my $dir = PostgreSQL::Test::Utils::tempdir();
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

1;
