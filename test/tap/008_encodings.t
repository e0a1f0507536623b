# Escapes in the text form of a value are characters of the database's encoding,
# and a character that it lacks is refused with the reason.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# bytes of U+00FC and of U+20AC, empty where the encoding lacks them
my %bytes = (
    LATIN1 => [ 'fc', '' ],
    LATIN9 => [ 'fc', 'a4' ],
    EUC_JP => [ '8fabe4', '' ],
    UTF8 => [ 'c3bc', 'e282ac' ],
    SQL_ASCII => [ '', '' ]);

foreach my $encoding (sort keys %bytes)
{
    my $name = lc $encoding;
    $node->safe_psql('postgres', "CREATE DATABASE $name ENCODING '$encoding'
        LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    $node->safe_psql($name, 'CREATE EXTENSION crmprob');
    foreach my $i (0, 1)
    {
        my $escape = (q{\u00fc}, q{\u20ac})[$i];
        my $want = $bytes{$encoding}[$i];
        my %value = (
            activity => qq([["$escape","2026-01-01T00:00:00Z"]]),
            affinity => qq({"min_support":1,"baskets":1,"products":[["$escape",1]],"pairs":[]}),
            cox_model => qq({"ties":"efron","n":20,"events":9,"skipped":0,"log_likelihood_null":-9,)
                . qq("log_likelihood":-8,"concordance":0.6,"iterations":4,"converged":true,"terms":[)
                . qq({"feature":"g","kind":"category","level":"A","status":"reference","mean":0.5,)
                . qq("coefficient":0,"std_error":null},{"feature":"g","kind":"category",)
                . qq("level":"$escape","status":"fitted","mean":0.5,"coefficient":1,"std_error":0.5}]}),
            logrank => qq({"groups":["A","$escape"],"times":[[1,0,1,0],[2,1,1,0]]}),
            opportunity => qq({"stage":"1:A","owner":"M\\\\$escape"}),
            journey => qq({"events":[["1:$escape","2026-01-01T00:00:00Z"]]}),
            opportunity_history => qq([{"at":"2026-01-01T00:00:00Z","stage":"1:$escape"}]),
            stage_flow => qq({"kind":"counts","ignored":0,"stages":["1:A","2:$escape"],)
                . qq("transitions":[{"from":"1:A","to":"2:$escape","n":5}]}));
        my %read = (
            activity => '(SELECT kind FROM crmprob.timeline(v))',
            affinity => '(SELECT product FROM crmprob.products(v))',
            cox_model => q{(SELECT level FROM crmprob.hazard_ratios(v) WHERE coefficient <> 0)},
            logrank => q{(SELECT segment FROM crmprob.groups(v) WHERE segment <> 'A')},
            opportunity => 'crmprob.owner(v)',
            journey => q{crmprob.label(crmprob.stage_at(v, '2026-01-02'))},
            opportunity_history => q{crmprob.label(crmprob.stage_at(v, '2026-01-02'))},
            stage_flow => q{(SELECT crmprob.label(to_stage) FROM crmprob.transitions(v))});
        foreach my $type (sort keys %value)
        {
            my ($status, $out, $err) = $node->psql($name, qq{
                SET client_encoding = '$encoding';
                SELECT convert_to($read{$type}, '$encoding')
                  FROM (SELECT '$value{$type}'::crmprob.$type) AS t (v)},
                on_error_stop => 1, extra_params => ['--set=VERBOSITY=verbose']);
            my $before = $type eq 'opportunity' ? '4d5c' : '';
            if ($want ne '')
            {
                is($out, "\\x$before$want", "$type: $escape in $encoding");
            }
            else
            {
                like($err, qr/22P05/, "$type: no $escape in $encoding");
            }
        }
    }
}
is($node->safe_psql('latin1', q{
    SELECT '{"stage":"1:A","owner":"\u0041\\\\u00fc"}'::crmprob.opportunity}),
    q({"stage":"1:A","owner":"A\\\\u00fc"}), 'an escaped backslash is no escape');
is($node->safe_psql('latin1', q{
    SELECT replace(m::text, U&'\00fc', '\u00fc')::crmprob.model::text = m::text,
           m::text LIKE U&'%\00fc%'
      FROM (SELECT crmprob.fit('logistic', g % 3 = 0, f) AS m
              FROM generate_series(1, 200) AS g,
                   LATERAL (SELECT (g * 7919 % 101)::float8 AS U&"\00fc") AS f) AS t}),
    't|t', 'an escape in the text of a model');
# keys of leads are folded in every encoding
foreach my $encoding (qw(LATIN1 LATIN9 EUC_JP UTF8))
{
    is($node->safe_psql(lc $encoding, q{
        SELECT crmprob.company_key(U&'M\00dcLLER GmbH') = U&'m\00fcller',
               crmprob.person_key(U&'\00dcx STRASSE') = crmprob.person_key(U&'stra\00dfe \00fcX')}),
        't|t', "keys in $encoding");
}
foreach my $bad (q{\ud83d}, q{\ud83dx}, q{\udc00}, q{\u00g0}, q{\u00})
{
    my ($status, $out, $err) = $node->psql('latin1',
        qq{SELECT '{"stage":"1:A","owner":"$bad"}'::crmprob.opportunity},
        extra_params => ['--set=VERBOSITY=verbose']);
    like($err, qr/22P02/, "$bad is refused");
}

$node->stop;
done_testing();
