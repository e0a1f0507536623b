# The catalog test (test/pgtap/catalog.sql) notices what it is there to notice:
# each rule is broken once by an object added to the extension, and the rule
# must fail, naming the object.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $catalog = "$ENV{CRMPROB_SRC}/catalog.sql";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pgtap; CREATE EXTENSION crmprob');

# one function as most rules want it, %s being what is wrong with it
my $sql = 'CREATE FUNCTION crmprob.broken(a int) RETURNS int LANGUAGE sql %s; '
  . q{COMMENT ON FUNCTION crmprob.broken IS 'x'; }
  . 'ALTER EXTENSION crmprob ADD FUNCTION crmprob.broken';
my $body = 'BEGIN ATOMIC SELECT a; END';
my $plpgsql =
  'CREATE FUNCTION crmprob.broken(a int) RETURNS int LANGUAGE plpgsql '
  . q{PARALLEL SAFE %s AS 'BEGIN RETURN a; END'; }
  . q{COMMENT ON FUNCTION crmprob.broken IS 'x'; }
  . 'ALTER EXTENSION crmprob ADD FUNCTION crmprob.broken';
my $aggregate =
  'CREATE AGGREGATE crmprob.broken(a int) (sfunc = int4larger, stype = int %s); '
  . q{COMMENT ON AGGREGATE crmprob.broken(int) IS 'x'; }
  . 'ALTER EXTENSION crmprob ADD AGGREGATE crmprob.broken(int)';
my $combined = ', combinefunc = int4larger, sspace = 8, parallel = safe';
# a type without anything but text input and output
my $type = q{
  CREATE TYPE crmprob.broken;
  CREATE FUNCTION crmprob.broken_in(text cstring) RETURNS crmprob.broken
    LANGUAGE internal %s PARALLEL SAFE AS 'textin';
  CREATE FUNCTION crmprob.broken_out(value crmprob.broken) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
  CREATE TYPE crmprob.broken
    (INPUT = crmprob.broken_in, OUTPUT = crmprob.broken_out);
  COMMENT ON TYPE crmprob.broken IS 'x';
  ALTER EXTENSION crmprob ADD TYPE crmprob.broken;};

my @cases = (
    [ 'every object is in the schema crmprob',
        'CREATE DOMAIN public.broken AS int; '
          . q{COMMENT ON DOMAIN public.broken IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD DOMAIN public.broken' ],
    [ 'every table and sequence is marked for pg_dump',
        'CREATE TABLE crmprob.broken (); '
          . q{COMMENT ON TABLE crmprob.broken IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD TABLE crmprob.broken' ],
    [ 'no table of the extension has a foreign key',
        'ALTER TABLE crmprob.stage_settings ADD FOREIGN KEY (pipeline) '
          . 'REFERENCES crmprob.pipelines (name)' ],
    [ 'every table of the extension starts empty',
        q{INSERT INTO crmprob.pipelines VALUES ('broken', 'A > W')} ],
    [ 'PUBLIC may at most read a table',
        'CREATE TABLE crmprob.broken (); '
          . q{COMMENT ON TABLE crmprob.broken IS 'x'; }
          . 'GRANT INSERT ON crmprob.broken TO PUBLIC; '
          . 'ALTER EXTENSION crmprob ADD TABLE crmprob.broken' ],
    [ 'every object has a comment',
        'CREATE DOMAIN crmprob.broken AS int; '
          . 'ALTER EXTENSION crmprob ADD DOMAIN crmprob.broken' ],
    [ 'every argument has a name',
        sprintf($sql, "PARALLEL SAFE $body") =~ s/broken\(a int\)/broken(int)/r
          =~ s/SELECT a/SELECT 1/r ],
    [ 'every function is PARALLEL SAFE or has the label of the list',
        sprintf($sql, $body) ],
    [ q{no function runs with its owner's rights},
        sprintf($sql, "PARALLEL SAFE SECURITY DEFINER $body") ],
    [ 'every set-returning function estimates its rows',
        sprintf($sql, "PARALLEL SAFE $body") =~ s/RETURNS int/RETURNS SETOF int/r ],
    [ 'no function that reads tables is IMMUTABLE',
        sprintf($sql, "IMMUTABLE PARALLEL SAFE $body")
          =~ s/broken\(a int\)/broken(a int, b regclass)/r ],
    [ 'no function that reads tables is IMMUTABLE',
        'CREATE FUNCTION crmprob.retire(name text) RETURNS int LANGUAGE sql '
          . 'IMMUTABLE PARALLEL SAFE BEGIN ATOMIC SELECT 1; END; '
          . q{COMMENT ON FUNCTION crmprob.retire(text) IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD FUNCTION crmprob.retire(text)' ],
    [ 'no IMMUTABLE SQL function depends on a relation',
        'CREATE TABLE public.users_table (a int); '
          . sprintf($sql, 'IMMUTABLE PARALLEL SAFE BEGIN ATOMIC '
              . 'SELECT t.a FROM public.users_table t; END') ],
    [ 'no SQL function promises more than what it calls',
        sprintf($sql, 'IMMUTABLE PARALLEL SAFE BEGIN ATOMIC '
              . 'SELECT extract(year FROM now())::int; END') ],
    [ 'no SQL function promises more than what it calls',
        sprintf($sql, 'STABLE PARALLEL SAFE BEGIN ATOMIC '
              . 'SELECT random()::int; END') ],
    [ 'no plpgsql function is IMMUTABLE: its body cannot be checked',
        sprintf($plpgsql, 'IMMUTABLE SET search_path = pg_catalog, pg_temp') ],
    [ 'functions are in C, SQL or plpgsql',
        'CREATE LANGUAGE other HANDLER plpgsql_call_handler; '
          . sprintf($plpgsql, '') =~ s/plpgsql/other/r ],
    [ 'the body of every SQL function is bound',
        sprintf($sql, q{PARALLEL SAFE AS 'SELECT a'}) ],
    [ 'every plpgsql function sets its search_path', sprintf($plpgsql, '') ],
    [ 'every plpgsql function sets its search_path',
        sprintf($plpgsql, 'SET search_path = public') ],
    [ 'no other function pays for SET',
        sprintf($sql, "PARALLEL SAFE SET work_mem = '1MB' $body") ],
    [ 'every C function is in the library of the extension',
        'CREATE FUNCTION crmprob.broken(a internal) RETURNS internal '
          . q{LANGUAGE c PARALLEL SAFE AS '$libdir/dict_snowball', 'dsnowball_init'; }
          . q{COMMENT ON FUNCTION crmprob.broken IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD FUNCTION crmprob.broken' ],
    [ 'the state of an aggregate is typed',
        'CREATE AGGREGATE crmprob.broken(a bigint) (sfunc = int8_avg_accum, '
          . 'stype = internal, finalfunc = numeric_poly_avg, sspace = 48, '
          . 'parallel = safe); '
          . q{COMMENT ON AGGREGATE crmprob.broken(bigint) IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD AGGREGATE crmprob.broken(bigint)' ],
    [ 'a typed state is the value itself',
        sprintf($aggregate, "$combined, finalfunc = int4abs")
          =~ s/int4abs/pg_catalog.float8/r ],
    [ 'every aggregate with a typed state has a combine function',
        sprintf($aggregate, ', sspace = 8, parallel = safe') ],
    [ 'every aggregate tells the size of its state',
        sprintf($aggregate, ', combinefunc = int4larger, parallel = safe') ],
    [ 'final functions leave the state alone',
        sprintf($aggregate,
            "$combined, finalfunc = int4abs, finalfunc_modify = read_write") ],
    [ 'no aggregate is an ordered-set or hypothetical-set one',
        'CREATE AGGREGATE crmprob.broken(p float8 ORDER BY a float8) '
          . '(sfunc = ordered_set_transition, stype = internal, '
          . 'finalfunc = percentile_cont_float8_final); '
          . q{COMMENT ON AGGREGATE crmprob.broken(float8 ORDER BY float8) IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD AGGREGATE '
          . 'crmprob.broken(float8 ORDER BY float8)' ],
    [ 'no aggregate is VARIADIC',
        'CREATE FUNCTION pg_temp.sf(s int, VARIADIC a int[]) RETURNS int '
          . 'LANGUAGE sql BEGIN ATOMIC SELECT s; END; '
          . 'CREATE AGGREGATE crmprob.broken(VARIADIC a int[]) '
          . "(sfunc = pg_temp.sf, stype = int $combined); "
          . q{COMMENT ON AGGREGATE crmprob.broken(VARIADIC int[]) IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD AGGREGATE crmprob.broken(VARIADIC int[])' ],
    [ 'no aggregate is polymorphic',
        'CREATE AGGREGATE crmprob.broken(a anycompatible) '
          . '(sfunc = array_append, stype = anycompatiblearray, sspace = 8, '
          . 'parallel = safe); '
          . q{COMMENT ON AGGREGATE crmprob.broken(anycompatible) IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD AGGREGATE crmprob.broken(anycompatible)' ],
    [ 'no aggregate has the name of a built-in function',
        sprintf($aggregate, $combined) =~ s/crmprob\.broken/crmprob.max/gr ],
    [ 'every type has binary input and output', sprintf($type, 'IMMUTABLE STRICT') ],
    [ 'input and output are IMMUTABLE and STRICT', sprintf($type, 'STABLE STRICT') ],
    [ 'every type has an = that hashes, with commutator and negator',
        sprintf($type, 'IMMUTABLE STRICT') ],
    [ 'every type has a default hash class, with the 64-bit function',
        sprintf($type, 'IMMUTABLE STRICT') ],
    [ 'every type has an explicit cast to jsonb', sprintf($type, 'IMMUTABLE STRICT') ],
    [ 'casts to jsonb are explicit',
        sprintf($type, 'IMMUTABLE STRICT')
          . 'CREATE CAST (crmprob.broken AS jsonb) WITH INOUT AS ASSIGNMENT; '
          . q{COMMENT ON CAST (crmprob.broken AS jsonb) IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD CAST (crmprob.broken AS jsonb)' ],
    [ 'every operator class is valid',
        sprintf($type, 'IMMUTABLE STRICT')
          . q{CREATE OPERATOR CLASS crmprob.broken_ops DEFAULT
                FOR TYPE crmprob.broken USING hash AS STORAGE crmprob.broken; }
          =~ s/ AS STORAGE crmprob\.broken/ AS FUNCTION 1 (int, int) hashint4(int)/r
          . q{COMMENT ON OPERATOR CLASS crmprob.broken_ops USING hash IS 'x'; }
          . 'ALTER EXTENSION crmprob ADD OPERATOR CLASS crmprob.broken_ops USING hash; ' ],
);

foreach my $case (@cases)
{
    my ($rule, $break) = @$case;
    my ($rc, $out, $err) = $node->psql('postgres',
        "BEGIN; $break;\n\\i $catalog\n", on_error_stop => 1,
        extra_params => [ '-A', '-t' ]);
    my ($verdict) = $out =~ /^(.*not ok \d+ - \Q$rule\E$)/m;
    ok(defined $verdict, "noticed: $rule")
      or diag(substr("$err\n" . join("\n", grep { /^not ok/ } split(/\n/, $out)), 0, 1500));
}

# and every rule but the first and the one on the schema has been broken
my (undef, $all) = $node->psql('postgres', "\\i $catalog\n");
my %broken = map { $_->[0] => 1 } @cases;
my @untried = grep { !$broken{$_} } $all =~ /^ok \d+ - (.*)$/mg;
is(join('; ', @untried),
    'the extension has objects; the extension is fixed to its schema',
    'every rule was tried');

$node->stop;
done_testing();
