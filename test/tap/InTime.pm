# Whether statements end soon after their timeout, at whatever point it comes.
package InTime;

use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT_OK = qw(ends_in_time);

my $limit = 100;
# the machine may be busy with something else for a moment
my $tries = 4;

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

# The timeout comes at so many points, evenly spread over the query's time, or
# over its first $longest milliseconds.
sub ends_in_time
{
    my ($node, $name, $query, $settings, $points, $longest) = @_;
    my ($whole) = timed($node, $query, $settings, $longest // 0);
    my $worst = 0;
    my $ended = 0;

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
