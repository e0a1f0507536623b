# A trained model scores every row to the same bits after a dump and restore,
# in custom, plain and directory format, with pg_restore -j 4 too; the trigger
# and the choice of champion come along.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', q{
    SET client_min_messages = error;
    CREATE EXTENSION crmprob;
    CREATE TYPE region AS ENUM ('north', 'south', 'ultima thule');
    CREATE TABLE deals (id int PRIMARY KEY, amount numeric, share float8, source text, region region,
                        open_day date, touched timestamptz, hot boolean, stage crmprob.stage,
                        won boolean, p float8);
    INSERT INTO deals
    SELECT g, CASE WHEN g % 11 > 0 THEN (g::bigint * 7919 % 1009) / 3.0 END, 1.0 / g,
           (ARRAY['web', 'phone', 'Messe ä', NULL])[1 + g % 4],
           (ARRAY['north', 'south', 'ultima thule'])[1 + g % 3]::region,
           date '2024-01-01' + g % 400, timestamptz '2024-01-01 00:00+00' + g * interval '17 minutes',
           g % 5 = 0, ((1 + g % 4)::text || ':Stage ' || (g % 4)::text)::crmprob.stage,
           (g::bigint * 7919 % 1009) + (g::bigint * 104729 % 1013) + g % 5 * 50 > 1100, NULL
      FROM generate_series(1, 3000) g;
    SELECT crmprob.train('win', 'SELECT amount, share, source, region, open_day, hot, stage, touched, won FROM deals',
                         'won', order_by => 'touched');
    SELECT crmprob.train('win', 'SELECT amount, hot, won FROM deals', 'won');
    SELECT crmprob.train('win', 'SELECT amount, source, won FROM deals', 'won', holdout => 0);
    SELECT crmprob.promote('win', 2);
    SELECT crmprob.promote('win', 3), crmprob.rollback_model('win', 'too early');
    SELECT crmprob.set_traffic('win', 3, 0.25);
    SELECT crmprob.log_scores('win', 'SELECT * FROM deals', 'id');
    CREATE TRIGGER score BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
      EXECUTE FUNCTION crmprob.score_trigger('win', 'p');
    UPDATE deals SET hot = hot;
    CREATE TABLE evaluations AS
    SELECT source, crmprob.evaluation(p, won) AS e FROM deals GROUP BY source;
});
my $dir = PostgreSQL::Test::Utils::tempdir;
my $before = bits('source');
like($before, qr/^win\|1\|3000\|[0-9a-f]{32}$/m, 'every row is scored');

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", 'source' ],
    'dump in custom format');
$node->command_ok([ 'pg_dump', '-Fp', '-f', "$dir/plain", 'source' ],
    'dump in plain format');
$node->command_ok([ 'pg_dump', '-Fd', '-f', "$dir/folder", 'source' ],
    'dump in directory format');
restore_into('from_custom', 'pg_restore', '-e', '-d', 'from_custom',
    "$dir/custom");
restore_into('from_plain', 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d',
    'from_plain', '-f', "$dir/plain");
restore_into('from_parallel', 'pg_restore', '-e', '-j', '4', '-d',
    'from_parallel', "$dir/custom");
restore_into('from_folder', 'pg_restore', '-e', '-j', '4', '-d',
    'from_folder', "$dir/folder");

$node->stop;
done_testing();

sub restore_into
{
    my ($database, @command) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    $node->command_ok(\@command, "restore $database");
    is(bits($database), $before, "$database scores to the same bits");
    is($node->safe_psql($database, 'INSERT INTO deals SELECT 0, amount, share, source, region, open_day, touched, hot, stage, won FROM deals WHERE id = 7 RETURNING p = (SELECT p FROM deals WHERE id = 7)'),
        't', "$database scores a new row by trigger");
    $node->safe_psql($database, 'DELETE FROM deals WHERE id = 0');
    is($node->safe_psql($database, q{SELECT (crmprob.train('win', 'SELECT amount, won FROM deals', 'won', holdout => 0)).version}),
        '4', "$database goes on numbering");
}

# The bits of every score by every version and by name, of the stored scores,
# of the models and of the evaluations; and the state of the registry.
sub bits
{
    my ($database) = @_;
    return $node->safe_psql(
        $database, q{
        SELECT m.name, m.version, count(*),
               md5(string_agg(encode(float8send(crmprob.score(m.model, d)), 'hex'), '' ORDER BY d.id))
          FROM crmprob.model_versions m, deals d GROUP BY 1, 2 ORDER BY 1, 2;
        SELECT md5(string_agg(encode(float8send(crmprob.score('win', d)), 'hex'), '' ORDER BY d.id)),
               md5(string_agg(encode(float8send(d.p), 'hex'), '' ORDER BY d.id))
          FROM deals d;
        SELECT name, version, status, md5(crmprob.model_send(model)), metrics, warnings, trained_at, note
          FROM crmprob.model_versions ORDER BY 1, 2;
        SELECT source, md5(crmprob.evaluation_send(e)) FROM evaluations ORDER BY 1;
        SELECT * FROM crmprob.model_promotions ORDER BY name, step;
        SELECT * FROM crmprob.model_traffic;
        SELECT md5(string_agg(l::text, '' ORDER BY key)) FROM crmprob.score_log l;
        SELECT md5(string_agg(crmprob.assign('win', id::text)::text, '' ORDER BY id)) FROM deals;
    });
}
