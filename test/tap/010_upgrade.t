# Every older version, filled and upgraded, has the catalog of a fresh
# installation and the values that a fresh one would hold; and the version is
# the same wherever it is written.
use strict;
use warnings;
use Crmprob qw(contents fill);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $src = $ENV{CRMPROB_SRC};
my $version = control_version();
my @older = older_versions();

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $meta = decode_json(slurp_file("$src/META.json"));
is($meta->{version}, $version, 'META.json has the version of the control file');
is($meta->{provides}{crmprob}{version},
    $version, 'so has what it provides');
$node->safe_psql('postgres', 'CREATE EXTENSION crmprob');
is($node->safe_psql('postgres', 'SELECT crmprob.version()'),
    $version, 'the library has the version of the control file');
is( $node->safe_psql(
        'postgres',
        q{SELECT extversion FROM pg_extension WHERE extname = 'crmprob'}),
    $version,
    'and so has the installed extension');
like(slurp_file("$src/CHANGELOG.md"),
    qr/^## \Q$version\E\b/m, 'CHANGELOG.md tells of this version');

my $fresh = catalog('postgres');
ok(length($fresh) > 0, 'a fresh installation has objects');
my $available = $node->safe_psql('postgres',
    q{SELECT string_agg(version, ' ' ORDER BY version)
        FROM pg_available_extension_versions WHERE name = 'crmprob'});
# an older version without a script of its own is reached from one before it
is($available, join(' ', sort($version, @older)),
    'the versions that can be installed are the expected ones');
is($version, '0.1.0', 'the first version has none older') unless @older;

foreach my $old (@older)
{
    my $database = 'from_' . ($old =~ tr/./_/r);
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    my ($rc) = $node->psql($database, "CREATE EXTENSION crmprob VERSION '$old'");
    is($rc, 0, "version $old installs");
    fill($node, $database, $old);
    $node->safe_psql($database, "ALTER EXTENSION crmprob UPDATE TO '$version'");
    # by line, so that a failure names the first object that differs
    is_deeply(
        [ split /\n/, catalog($database) ],
        [ split /\n/, $fresh ],
        "$old upgraded has the catalog of a fresh one");

    $node->safe_psql('postgres', "CREATE DATABASE fresh_$database");
    $node->safe_psql("fresh_$database", 'CREATE EXTENSION crmprob');
    fill($node, "fresh_$database", $old);
    is( contents($node, $database),
        contents($node, "fresh_$database"),
        "$old upgraded holds what a fresh one holds");
}

$node->stop;
done_testing();

sub control_version
{
    my $control = slurp_file("$src/crmprob.control");
    my ($v) = $control =~ /^default_version\s*=\s*'([^']+)'/m;
    return $v;
}

# crmprob--A--B.sql upgrades A
sub older_versions
{
    my %from = map { $_ => 1 }
      map { m{crmprob--([^-]+)--[^/]*\.sql$} ? $1 : () }
      glob("$src/sql/upgrade/*.sql");
    return sort keys %from;
}

# Everything the extension owns, with what makes one object differ from
# another of its name.
sub catalog
{
    my ($database) = @_;
    return $node->safe_psql(
        $database, q{
        SELECT line FROM (
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid) || ' '
            || coalesce(obj_description(d.objid, d.classid::regclass::name), '')
            || ' ' || coalesce(
              (SELECT concat_ws(' ', l.lanname, prosrc, probin,
                        pg_get_function_arguments(p.oid),
                        pg_get_function_result(p.oid), provolatile,
                        proparallel, proisstrict, procost, prorows, prosupport,
                        proconfig, proacl, pg_get_function_sqlbody(p.oid),
                        to_jsonb(a) - 'aggfnoid')
                 FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
                 LEFT JOIN LATERAL
                   (SELECT aggtransfn::text, aggfinalfn::text,
                           aggcombinefn::text, aggserialfn::text,
                           aggdeserialfn::text, aggmtransfn::text,
                           aggtranstype::regtype::text, aggtransspace,
                           agginitval, aggfinalmodify, aggfinalextra
                      FROM pg_aggregate g WHERE g.aggfnoid = p.oid) a ON true
                WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid),
              (SELECT concat_ws(' ', typlen, typbyval, typalign, typstorage,
                        typinput, typoutput, typreceive, typsend, typacl)
                 FROM pg_type
                WHERE d.classid = 'pg_type'::regclass AND oid = d.objid),
              (SELECT concat_ws(' ', oprcode, oprcom::regoperator,
                        oprnegate::regoperator, oprrest, oprjoin, oprcanhash,
                        oprcanmerge)
                 FROM pg_operator
                WHERE d.classid = 'pg_operator'::regclass AND oid = d.objid),
              (SELECT concat_ws(' ', castcontext, castmethod,
                        castfunc::regprocedure)
                 FROM pg_cast
                WHERE d.classid = 'pg_cast'::regclass AND oid = d.objid),
              (SELECT concat_ws(' ', relkind, relacl, relrowsecurity,
                        (SELECT string_agg(concat_ws(' ', attname,
                                  format_type(atttypid, atttypmod), attnotnull,
                                  pg_get_expr(adbin, adrelid)), ', '
                                  ORDER BY attnum)
                           FROM pg_attribute LEFT JOIN pg_attrdef
                             ON adrelid = attrelid AND adnum = attnum
                          WHERE attrelid = c.oid AND attnum > 0
                            AND NOT attisdropped),
                        (SELECT string_agg(pg_get_constraintdef(oid), ', '
                                  ORDER BY conname)
                           FROM pg_constraint WHERE conrelid = c.oid),
                        (SELECT string_agg(pg_get_indexdef(indexrelid), ', '
                                  ORDER BY indexrelid::regclass::text)
                           FROM pg_index WHERE indrelid = c.oid),
                        (SELECT string_agg(concat_ws(' ', polname, polcmd,
                                  pg_get_expr(polqual, polrelid)), ', '
                                  ORDER BY polname)
                           FROM pg_policy WHERE polrelid = c.oid))
                 FROM pg_class c
                WHERE d.classid = 'pg_class'::regclass AND oid = d.objid),
              '') AS line
          FROM pg_depend d
         WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
           AND d.refobjid = (SELECT oid FROM pg_extension
                              WHERE extname = 'crmprob')) AS o
         ORDER BY line COLLATE "C"});
}
