# A model that travelled as binary COPY gives every row the same score to the
# bit; damaged bytes are refused; those of the format before 0.5.0 are taken.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $scores = q{
    SELECT count(*), count(DISTINCT s), md5(string_agg(float8send(s)::text, '' ORDER BY id))
      FROM (SELECT id, crmprob.score(model, leads) AS s FROM leads, models) q};

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', q{
    CREATE EXTENSION crmprob;
    CREATE TABLE leads AS
    SELECT g AS id, ln(g) AS a, CASE WHEN g % 7 > 0 THEN sqrt(g * 31 % 1009) END AS b,
        (ARRAY['web', 'Messe Köln', '"fair"', 'a\b'])[1 + g * 13 % 17 % 4] AS c,
        timestamptz '2026-01-01 00:00+00' + g * interval '17 minutes' AS d,
        g * 7919 % 1000 < 400 AS won
      FROM generate_series(1, 2000) g;
    CREATE TABLE models AS
    SELECT crmprob.fit('logistic', won, leads, '{"exclude": ["won", "id"]}') AS model FROM leads
     UNION ALL
    SELECT crmprob.fit('logistic', won, leads,
        '{"exclude": ["won", "id"], "lambda": 0.001, "alpha": 0.5, "max_levels": 2}') FROM leads
     UNION ALL
    SELECT crmprob.fit('gbm', won, leads,
        '{"exclude": ["won", "id"], "trees": 10, "depth": 2, "pool_by": "c"}') FROM leads;
    CREATE INDEX models_hash ON models USING hash (model);
});
my $before = $node->safe_psql('source', $scores);
like($before, qr/^6000\|\d{3,}\|/, 'the models tell rows apart');

my $dir = PostgreSQL::Test::Utils::tempdir;
# out and in
$node->safe_psql('source', "COPY models TO '$dir/binary' (FORMAT binary)");
$node->safe_psql('source', "TRUNCATE models; COPY models FROM '$dir/binary' (FORMAT binary)");
is($node->safe_psql('source', $scores), $before, 'the same scores after binary COPY');

# damaged binary input
my $good = slurp_file("$dir/binary");
my $size = unpack('N', substr($good, 21, 4));
my $model = substr($good, 25, $size);
my %states;
foreach my $i (0 .. 59)
{
    my $bad = $model;
    my $at = $i * 37 % $size;
    if ($i % 3 == 0) { substr($bad, $at) = ''; }
    elsif ($i % 3 == 1) { substr($bad, $at, 1) ^= chr(1 << $i % 8); }
    else { $bad .= "\0" x (1 + $i); }
    $states{receive($bad)}++;
}
is(join(' ', %states), '22P03 60', 'damaged bytes give 22P03');
foreach my $at (0, 1, 16, 17)
{
    my $bad = $model;
    substr($bad, $at, 1) ^= "\1";
    is(receive($bad), '22P03', "so does a bit of byte $at");
}
# format 1 has no digest: an error, or a model that can be printed
my $old = "\1" . substr($model, 17);
is(receive($old), '', 'bytes of the format before 0.5.0 are read');
%states = ();
foreach my $i (0 .. 59)
{
    my $bad = $old;
    substr($bad, 1 + $i * 37 % (length($old) - 1), 1) ^= chr(1 << $i % 8);
    $states{receive($bad)}++;
}
is(join(' ', sort grep { !/^(22P03)?$/ } keys %states), '',
    'damaged, they give 22P03 or a model that can be printed');
cmp_ok($states{'22P03'}, '>', 20, 'much of the damage is noticed');
is($node->safe_psql('source', $scores), $before, 'the server lives');

$node->stop;
done_testing();

# The SQLSTATE of reading these bytes as a model, "" if it can be printed.
sub receive
{
    my ($bytes) = @_;
    open(my $out, '>:raw', "$dir/damaged") or die $!;
    print $out substr($good, 0, 21), pack('N', length $bytes), $bytes, "\xff\xff";
    close($out);
    my (undef, undef, $error) = $node->psql('source', join("\n", '\set VERBOSITY sqlstate', '\set ON_ERROR_STOP 1',
        'CREATE TEMP TABLE x (m crmprob.model);', "COPY x FROM '$dir/damaged' (FORMAT binary);",
        'SELECT 1 / count(*) FROM x WHERE m::text::crmprob.model OPERATOR(crmprob.=) m'));
    return $error =~ /ERROR:\s+(\w{5})/ ? $1 : '';
}
