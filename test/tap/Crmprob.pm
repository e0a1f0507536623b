# What the whole-server tests share: a database filled with one of everything
# that can be stored, a digest of all that it holds, and a clock for timeouts.
package Crmprob;

use strict;
use warnings;
use Digest::MD5 'md5_hex';
use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(fill contents ends_in_time);

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
        CREATE TABLE opportunities (id int PRIMARY KEY,
                                    opportunity crmprob.opportunity NOT NULL);
        INSERT INTO opportunities
        SELECT id, crmprob.make_opportunity(stage, amount => nullif(id % 7, 0) * 1000.25,
                 created_at => '2026-01-01 00:00+00'::timestamptz + id * interval '1 hour',
                 close_date => '2026-06-01'::date + id % 90, probability => 1.0 / id,
                 owner => nullif('Ärger ' || id % 5, 'Ärger 0'), customer => repeat('x', id))
          FROM deals WHERE id <= 200;
        CREATE INDEX ON opportunities USING hash (opportunity);
        CREATE TABLE proportions (segment text PRIMARY KEY, won crmprob.proportion);
        INSERT INTO proportions
        SELECT crmprob.label(stage), crmprob.proportion(id % 3 = 0) FROM deals GROUP BY 1;
        INSERT INTO proportions VALUES ('none', '0/0'), ('NULL', NULL);
        CREATE INDEX ON proportions (won);
        INSERT INTO crmprob.pipelines VALUES
          ('sales', 'Lead > Contacted > Proposal > Closed Won | Lost, "No, budget"'),
          ('renewal', 'Due > Renewed | Churned');
        INSERT INTO crmprob.stage_settings VALUES
          ('sales', 'Lead', 0.1, 'pipeline', '14 days'), ('sales', 'Proposal', 0.5, 'best_case', NULL);
        CREATE TABLE journeys (deal bigint PRIMARY KEY, journey crmprob.journey);
        INSERT INTO journeys
        SELECT deal, crmprob.journey(('{1:Lead,2:Contacted,3:Proposal,won:Closed Won,lost:Lost,5:Strange}'::text[])[1 + (deal * 7 + g * g) % 6]::crmprob.stage,
                 '2026-01-01 00:00+00'::timestamptz + deal * interval '3 hours' + g * g * interval '7 minutes 0.000001 seconds',
                 nullif(g % 4, 0) * 99.9999)
          FROM generate_series(1, 500) deal, generate_series(1, 1 + deal % 9) g GROUP BY deal;
        CREATE TABLE definitions (name text PRIMARY KEY, definition crmprob.funnel_definition);
        INSERT INTO definitions
        SELECT mode, crmprob.define_funnel(definition, mode, '30 days') FROM crmprob.pipelines,
               unnest('{reached,ordered,first_touch,strict,any}'::text[]) mode WHERE name = 'sales'
        UNION ALL
        SELECT 'options', crmprob.define_funnel(definition, 'ordered', exclude => '{Lost}', optional => '{Contacted}',
                 within_step => '{1 day,NULL,9 days}', tolerance => '1 hour', repeats => 'row', counting => 'entries',
                 entry => '[2026-01-02 00:00+00,2026-09-01 00:00+00)') FROM crmprob.pipelines WHERE name = 'sales';
        CREATE TABLE funnels AS
        SELECT name, deal % 3 AS region, crmprob.funnel(journey, definition) AS funnel
          FROM journeys, definitions GROUP BY 1, 2;
        ALTER TABLE funnels ADD PRIMARY KEY (name, region);
        CREATE TABLE evaluations AS
        SELECT id % 10 AS part, crmprob.evaluation(1.0 / id, id % 3 = 0) AS evaluation FROM deals GROUP BY 1;
        CREATE TABLE models AS
        SELECT crmprob.fit('logistic', (hashint4(id) & 7) > (hashint4(f.level) & 3) + 1, f) AS model
          FROM deals, LATERAL (SELECT id % 7 AS level, id % 13 > 5 AS hot, 'source ' || id % 3 AS source) f;
        INSERT INTO crmprob.model_versions (name, version, model, status, algorithm, label, metrics, n, n_positive, trained_at, note)
        SELECT 'win', g, model, CASE g WHEN 1 THEN 'champion' ELSE 'candidate' END, 'logistic', 'won', '{"auc": 0.5}', 1000, 400,
               '2026-01-01 00:00+00', 'über ' || g FROM models, generate_series(1, 2) g;
    } ],
    [ '0.2.0', q{
        CREATE TABLE histories (id int PRIMARY KEY,
                                history crmprob.opportunity_history);
        INSERT INTO histories
        SELECT id, crmprob.opportunity_history(stage,
                 '2026-01-01'::timestamptz + g * interval '1 hour',
                 nullif(id % 7, 0) * 1000.25, '2026-01-01'::date + nullif(g % 90, 0))
          FROM deals, generate_series(1, 1 + id % 5) g GROUP BY id;
        CREATE TABLE waterfalls AS
        SELECT id % 10 AS region, crmprob.waterfall(history,
                 '[2026-01-01 02:00+00,2026-02-01 00:00+00)',
                 '[2026-01-02,2026-01-05)') AS waterfall
          FROM histories GROUP BY 1;
        ALTER TABLE waterfalls ADD PRIMARY KEY (region);
        CREATE TABLE flows AS
        SELECT deal % 4 AS region, crmprob.stage_flow(journey, '2026-12-01 00:00+00') AS flow FROM journeys GROUP BY 1;
        ALTER TABLE flows ADD PRIMARY KEY (region);
        CREATE TABLE counted_flows AS
        SELECT crmprob.stage_flow('1:Lead', ('lost:Nr. ' || g)::crmprob.stage, g) AS flow FROM generate_series(1, 50) g;
        INSERT INTO funnels
        SELECT 'one pass', id % 5, crmprob.funnel(id::text, crmprob.label(stage), '2026-01-01 00:00+00', 0.0001 * id, definition)
          FROM deals, definitions WHERE name = 'reached' GROUP BY 2;
    } ],
    [ '0.4.0', q{
        CREATE TABLE activities (lead int PRIMARY KEY, activity crmprob.activity);
        INSERT INTO activities
        SELECT id % 50, crmprob.activity(('{call,page view,Gespräch}'::text[])[1 + id % 3], '2026-01-01 00:00+00'::timestamptz + (id % 90) * interval '1 day', 1 + id % 2)
          FROM deals GROUP BY 1;
        CREATE TABLE affinities AS
        SELECT id % 4 AS region, crmprob.affinity(id / 4, 'Größe ' || id * id % 40) AS affinity FROM deals GROUP BY 1
        UNION ALL SELECT 5, crmprob.affinity((id % 60)::text, 'Artikel ' || id * 7 % 31, 3) FROM deals;
        CREATE TABLE leads (id int PRIMARY KEY, email text, phone text, company text);
        INSERT INTO leads SELECT id, 'Lead' || id || '@Example.com', '030 ' || 1000000 + id, 'Müller ' || id || ' GmbH' FROM deals;
        CREATE INDEX ON leads (crmprob.email_key(email));
        CREATE INDEX ON leads (crmprob.company_key(company));
        CREATE TABLE patterns AS
        SELECT g AS customer, crmprob.make_rfm(g % 5, sign(g % 5) * g / 7.0, g, CASE WHEN g % 5 > 0 THEN g / 3.0 END) AS pattern
          FROM generate_series(1, 100) g;
        CREATE TABLE histories_of_purchases AS
        SELECT g % 50 AS customer,
               crmprob.purchase_history('1999-06-01'::date + g * g % 400, CASE WHEN g % 7 > 0 THEN (g - 100) * 1234567.8901 END) AS history
          FROM generate_series(1, 2000) g GROUP BY 1;
        ALTER TABLE histories_of_purchases ADD PRIMARY KEY (customer);
        CREATE TABLE clv_models AS
        SELECT kind, crmprob.fit_clv(kind, pattern) AS model
          FROM patterns, unnest('{bg_nbd,mbg_nbd,pareto_nbd,gamma_gamma}'::text[]) kind GROUP BY kind
        UNION ALL
        SELECT 'published', crmprob.make_clv_model('bg_bb', '{"alpha":1.204,"beta":0.75,"gamma":0.657,"delta":2.783}', '365 days');
        ALTER TABLE clv_models ADD PRIMARY KEY (kind);
        CREATE INDEX ON clv_models USING hash (model);
        CREATE TABLE pooled_models AS
        SELECT crmprob.fit('gbm', id % 3 = 0 OR id % 7 = 0, f, '{"trees": 5, "depth": 2, "pool_by": "team"}') AS model
          FROM generate_series(1, 900) id, LATERAL (SELECT id % 10 AS x, 'Team ä ' || id % 7 AS team) f;
        CREATE TABLE satisfactions AS
        SELECT id % 10 AS region, crmprob.nps(id % 11) AS nps, crmprob.csat(1 + id % 5) AS csat FROM deals GROUP BY 1;
        ALTER TABLE satisfactions ADD PRIMARY KEY (region);
        CREATE TABLE commission_plans (name text PRIMARY KEY, plan crmprob.commission_plan NOT NULL,
          at_a_million numeric GENERATED ALWAYS AS (crmprob.commission(1e6, plan)) STORED);
        INSERT INTO commission_plans VALUES ('marginal', '[{"from": 0, "rate": 0.05}, {"from": 10000, "rate": 0.08}]'),
          ('accelerated', '{"quota": 1e5, "cap": 9000.50, "tiers": [{"from": 0, "rate": 0.05}, {"from": 1.2, "times": 1.5}]}');
        CREATE TABLE curves AS
        SELECT id % 5 AS segment, crmprob.survival_curve((id % 60)::float8 / 4, id % 3 > 0) AS curve FROM deals GROUP BY 1;
        ALTER TABLE curves ADD PRIMARY KEY (segment);
        CREATE TABLE logranks AS
        SELECT crmprob.logrank(id % 60, id % 3 > 0, crmprob.label(stage)) AS compared FROM deals;
        CREATE TABLE cox_models AS
        SELECT crmprob.fit_cox(id % 60 + 1, id % 3 > 0, f) AS model
          FROM deals, LATERAL (SELECT hashint4(id) % 7 AS level, 'Größe ' || (hashint4(id) & 3) AS size, '2026-01-01'::date + id % 13 AS since) f;
        CREATE TABLE retentions AS
        SELECT id % 4 AS region, crmprob.retention('2025-01-01'::date + id % 90, ARRAY['2025-01-01'::date + id % 90, '2025-05-01'::date + id % 50], '1 month', '2025-12-31') AS retention,
               crmprob.bracket_retention('2025-01-01'::date + id % 90, ARRAY['2025-05-01'::date + id % 50], '{1,31,91,181}', '2025-12-31') AS brackets
          FROM deals GROUP BY 1;
        CREATE TABLE bridges AS
        SELECT id % 4 AS region, crmprob.mrr_bridge(nullif(id % 5, 0) * 9.99, nullif(id % 7, 0) * 8.5001, id % 2 = 0) AS bridge FROM deals GROUP BY 1;
        ALTER TABLE bridges ADD PRIMARY KEY (region);
        CREATE TABLE renewals AS
        SELECT crmprob.fit_sbg(g, 1000 / (g + 1)) AS model FROM generate_series(0, 8) g;
        CREATE TABLE forecasts AS
        SELECT id % 10 AS part, crmprob.revenue_forecast(1.0 / id, id * 250.25, nullif(id % 3, 0) * 10) AS forecast
          FROM deals GROUP BY 1;
        ALTER TABLE forecasts ADD PRIMARY KEY (part);
        CREATE TABLE series AS
        SELECT id % 10 AS part, crmprob.sales_series('2020-01-01'::date + id % 300, id * 0.0001 - 0.01) AS series
          FROM deals GROUP BY 1;
        ALTER TABLE series ADD PRIMARY KEY (part);
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

# Milliseconds of a statement, and whether its timeout ended it.
sub timed
{
    my ($node, $query, $settings, $timeout) = @_;
    my ($rc, $out, $err) = $node->psql('postgres',
        "$settings;\nSET statement_timeout = $timeout;\n\\timing on\n$query;",
        on_error_stop => 0);
    my @times = $out =~ /^Time: ([0-9.]+) ms/mg;
    return ($times[-1], $err =~ /statement timeout/ ? 1 : 0);
}

# A statement ends within 100 ms of its timeout, at whatever point that comes.
sub ends_in_time
{
    my ($node, $name, $query, $settings, $points, $longest) = @_;
    my ($whole) = timed($node, $query, $settings, $longest // 0);
    my $limit = 100;
    # the machine may be busy with something else for a moment
    my $tries = 4;
    my $worst = 0;
    my $ended = 0;

    $points //= 6;
    foreach my $point (1 .. $points)
    {
        my $timeout = int($whole * $point / ($points + 1)) || 1;
        my $best;

        foreach my $try (1 .. $tries)
        {
            my ($time, $by_timeout) = timed($node, $query, $settings, $timeout);
            $ended += $by_timeout;
            $best = $time - $timeout if !defined $best || $time - $timeout < $best;
            last if $best <= $limit;
        }
        $worst = $best if $best > $worst;
    }
    ok($ended > 0, "$name: timeouts came in time to end it");
    cmp_ok($worst, '<=', $limit, "$name: it ended within $limit ms each time");
    note(sprintf '%s: %.0f ms in all, at worst %.1f ms after the timeout',
        $name, $whole, $worst);
}

1;
