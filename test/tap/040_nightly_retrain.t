# The recipe of docs/operation.md: pg_cron retrains at night, with the rights
# of the role that scheduled the job. Here the night is the next minute (pg_cron
# before 1.5), or two seconds.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('nightly');
$node->init;
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'crm'
cron.use_background_workers = on
max_worker_processes = 16
});
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE crm');
$node->safe_psql(
    'crm', q{
    SET client_min_messages = error;
    CREATE EXTENSION crmprob;
    CREATE EXTENSION pg_cron;
    CREATE ROLE retrainer LOGIN;
    CREATE ROLE reader LOGIN;
    GRANT USAGE ON SCHEMA crmprob, cron TO retrainer, reader;
    GRANT SELECT, INSERT, UPDATE ON crmprob.model_versions TO retrainer;
    GRANT SELECT, INSERT ON crmprob.model_promotions TO retrainer;
    GRANT SELECT ON crmprob.model_versions TO reader;
    CREATE TABLE public.deals (id int, x float8, won boolean);
    INSERT INTO public.deals
    SELECT g, g * 7919 % 1009, g * 7919 % 1009 + g * 1237 % 1013 > 1000
      FROM generate_series(1, 1000) g;
    GRANT SELECT ON public.deals TO retrainer, reader;
});
$node->safe_psql('crm', q{SET client_min_messages = error;
    SELECT crmprob.train('win', 'SELECT id, x, won FROM public.deals', 'won', order_by => 'id')},
    extra_params => [ '-U', 'retrainer' ]);
# what the day brings
$node->safe_psql('crm', q{
    INSERT INTO public.deals
    SELECT g, g * 7919 % 1009, g * 7919 % 1009 + g * 1237 % 1013 > 1000
      FROM generate_series(1001, 1500) g});

my $seconds = $node->safe_psql('crm', q{
    SELECT (string_to_array(split_part(extversion, '-', 1), '.'))::int[] >= '{1,5}'
      FROM pg_extension WHERE extname = 'pg_cron'});
my $when = $seconds eq 't' ? '2 seconds' : '* * * * *';
my $schedule =
  "SELECT cron.schedule('retrain win', '$when', \$\$SELECT crmprob.retrain('win')\$\$)";
$node->safe_psql('crm', $schedule, extra_params => [ '-U', $_ ])
  for qw(retrainer reader);

# Of each role the first run that has ended; after it the job is taken back.
my $ended = q{SELECT count(DISTINCT username) = 2 FROM cron.job_run_details
               WHERE status IN ('succeeded', 'failed')};
ok($node->poll_query_until('crm', $ended), 'both jobs have run within the time limit');
$node->safe_psql('crm', q{SELECT cron.unschedule('retrain win')},
    extra_params => [ '-U', $_ ])
  for qw(retrainer reader);
my $running = q{SELECT count(*) = 0 FROM cron.job_run_details
                 WHERE status NOT IN ('succeeded', 'failed')};
ok($node->poll_query_until('crm', $running), 'no job is left');

is( $node->safe_psql('crm', q{SELECT DISTINCT username, status, return_message ~ 'permission denied'
        FROM cron.job_run_details ORDER BY 1}),
    "reader|failed|t\nretrainer|succeeded|f",
    'a job has the rights of who scheduled it, and says so when it fails');
is( $node->safe_psql('crm', q{SELECT version, n, trained_by, note ~ 'standard error' FROM crmprob.model_versions
        WHERE version = 2}),
    '2|1500|retrainer|t', 'the second version knows the new rows');
is( $node->safe_psql('crm', q{SELECT version > 1 FROM crmprob.model_versions WHERE status = 'champion'}),
    't', 'and the champion is a new one, as it is not worse');
is( $node->safe_psql('crm', q{SELECT count(*) FROM crmprob.model_versions WHERE trained_by <> 'retrainer'}),
    '0', 'nothing comes from the role without rights');
is( $node->safe_psql('crm', q{SELECT count(*) FROM cron.job}), '0', 'no job remains');

$node->stop;
done_testing();
