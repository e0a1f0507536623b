# Score by name away from the primary: a streaming replica sees a promotion
# with its replay and not before, and a logical subscriber, whose apply worker
# has an empty search_path, scores by trigger with the model that replicates.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;
$primary->safe_psql(
    'postgres', q{
    SET client_min_messages = error;
    CREATE EXTENSION crmprob;
    CREATE TABLE deals (id int PRIMARY KEY, a float8, b float8, won boolean, p float8);
    INSERT INTO deals
    SELECT g, g * 7919 % 1009, g * 1237 % 1013, g * 7919 % 1009 + g * 1237 % 1013 > 1000
      FROM generate_series(1, 600) g;
    SELECT crmprob.train('win', 'SELECT a, won FROM deals', 'won');
    SELECT crmprob.train('win', 'SELECT a, b, won FROM deals', 'won');
});
$primary->backup('base');
my $replica = PostgreSQL::Test::Cluster->new('replica');
$replica->init_from_backup($primary, 'base', has_streaming => 1);
$replica->start;
$primary->wait_for_catchup('replica');

my $scores = q{SELECT count(*), md5(string_agg(encode(float8send(crmprob.score('win', d)), 'hex'), '' ORDER BY d.id)) FROM deals d};
my $first = $primary->safe_psql('postgres', $scores);
is($replica->safe_psql('postgres', $scores), $first,
    'the replica scores to the same bits');

# One session of the replica, over a promotion and its replay: it waits for the
# replay itself, between two statements.
$primary->safe_psql('postgres', q{SELECT crmprob.promote('win', 2)});
$primary->wait_for_catchup('replica');
my $second = $primary->safe_psql('postgres', $scores);
isnt($second, $first, 'the promoted version scores otherwise');
$primary->safe_psql('postgres', q{SELECT crmprob.promote('win', 1)});
$primary->wait_for_catchup('replica');
$replica->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$primary->safe_psql('postgres', q{SELECT crmprob.promote('win', 2)});
is( $replica->safe_psql(
        'postgres', qq{
        $scores;
        SELECT pg_wal_replay_resume();
        DO \$\$ BEGIN
          FOR i IN 1 .. 600 LOOP
            EXIT WHEN (SELECT version FROM crmprob.model_versions WHERE status = 'champion') = 2;
            PERFORM pg_sleep(0.1);
          END LOOP;
        END \$\$;
        $scores}),
    "$first\n\n$second",
    'a session of the replica follows the promotion with its replay');

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;
$subscriber->safe_psql(
    'postgres', q{
    CREATE EXTENSION crmprob;
    CREATE TABLE deals (id int PRIMARY KEY, a float8, b float8, won boolean, p float8);
    CREATE TRIGGER score BEFORE INSERT OR UPDATE ON deals FOR EACH ROW
      EXECUTE FUNCTION crmprob.score_trigger('win', 'p');
    ALTER TABLE deals ENABLE ALWAYS TRIGGER score;
});
my $connection = $primary->connstr . ' dbname=postgres';
$primary->safe_psql(
    'postgres', q{
    CREATE PUBLICATION models FOR TABLE crmprob.model_versions;
    CREATE PUBLICATION deals FOR TABLE deals;
});
# the models first: the trigger needs them
foreach my $name ('models', 'deals')
{
    $subscriber->safe_psql('postgres',
        "CREATE SUBSCRIPTION $name CONNECTION '$connection' PUBLICATION $name");
    $subscriber->poll_query_until('postgres',
        q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'})
      or die "subscription $name does not get ready";
}
$primary->safe_psql('postgres',
    q{INSERT INTO deals SELECT 1000 + g, g, 1000 - g, NULL FROM generate_series(1, 50) g;
      UPDATE deals SET a = a + 1 WHERE id <= 100});
$primary->wait_for_catchup('deals');
is($subscriber->safe_psql('postgres', $scores),
    $primary->safe_psql('postgres', $scores),
    'the subscriber scores to the same bits');
is( $subscriber->safe_psql(
        'postgres',
        q{SELECT count(*), count(*) FILTER (WHERE p = crmprob.score('win', d)) FROM deals d}),
    '650|650',
    'its trigger scored what was copied and what was applied');
$primary->safe_psql('postgres', q{SELECT crmprob.promote('win', 1)});
$primary->wait_for_catchup('models');
$primary->safe_psql('postgres', q{UPDATE deals SET b = b + 1});
$primary->wait_for_catchup('deals');
is( $subscriber->safe_psql(
        'postgres',
        q{SELECT count(*), count(*) FILTER (WHERE p = crmprob.score('win', 1, d)) FROM deals d}),
    '650|650',
    'the apply worker follows a promotion');

$subscriber->stop;
$replica->stop;
$primary->stop;
done_testing();
