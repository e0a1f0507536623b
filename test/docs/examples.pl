#!/usr/bin/perl
# Runs the examples of a Markdown file and prints TAP.
#
#   examples.pl PSQL FILE.md
#
# Blocks that start with ```sql are run in order in one session of the
# database in PGDATABASE (docs). A block that follows one, with nothing but
# blank lines between, and is marked ```text is what psql prints for it,
# errors included. Without such a block the example must just not fail.
# A row count that the shown text leaves out is not compared. Blocks marked
# "```sql no-run" are shown only, and must be few.
use strict;
use warnings;

my ($psql, $file) = @ARGV;
my @examples = read_examples($file);
my @printed = run_examples(\@examples);
my $n = 0;
foreach my $example (@examples)
{
    check($example, $printed[$n], ++$n);
}
print "1..$n\n";

sub read_examples
{
    my ($path) = @_;
    my (@found, $block, $kind);
    my $adjacent = 0;
    open(my $in, '<', $path) or die "$path: $!\n";
    while (my $line = <$in>)
    {
        if (defined $block)
        {
            if ($line =~ /^```\s*$/)
            {
                if ($kind eq 'sql')
                {
                    push @found, { line => $., sql => $block };
                    $adjacent = 1;
                }
                elsif ($kind eq 'text' && $adjacent)
                {
                    $found[-1]{text} = $block;
                    $adjacent = 0;
                }
                else
                {
                    $adjacent = 0;
                }
                undef $block;
                next;
            }
            $block .= $line;
        }
        elsif ($line =~ /^```\s*(.*?)\s*$/)
        {
            ($kind, $block) = ($1, '');
        }
        elsif ($line =~ /\S/)
        {
            $adjacent = 0;
        }
    }
    die "$path: a block is not closed\n" if defined $block;
    close($in);
    return @found;
}

# One psql for all, so that settings and temporary tables last; a marker
# after each example tells the outputs apart.
sub run_examples
{
    my ($list) = @_;
    my $script = "build-examples.$$.sql";
    my $dir = $ENV{TMPDIR} || '/tmp';
    my $mark = "---- end of example $$ ----";
    open(my $out, '>', "$dir/$script") or die "$dir/$script: $!\n";
    print $out $_->{sql}, "\n\\echo $mark\n" foreach @$list;
    close($out);
    # from standard input errors have no file name in front
    my $all = `'$psql' -X -q -d docs < '$dir/$script' 2>&1`;
    unlink "$dir/$script";
    my @parts = split /^\Q$mark\E\n/m, $all, -1;
    return @parts;
}

sub check
{
    my ($example, $have, $number) = @_;
    my $name = "$file line $example->{line}";
    $have = "(psql ended before)\nERROR:\n" unless defined $have;
    if (!defined $example->{text})
    {
        my $bad = $have =~ /^(ERROR|FATAL|PANIC):/m;
        print $bad ? 'not ' : '', "ok $number - $name runs\n";
        print_commented("printed:\n$have") if $bad;
        return;
    }
    my ($shown, $printed) = map { tidy($_) } ($example->{text}, $have);
    $printed = tidy($printed =~ s/^\(\d+ rows?\)$//mgr)
      unless $shown =~ /^\(\d+ rows?\)$/m;
    my $good = $shown eq $printed;
    print $good ? '' : 'not ', "ok $number - $name prints what it shows\n";
    print_commented("shown:\n$shown\nprinted:\n$printed") unless $good;
}

sub tidy
{
    my ($text) = @_;
    $text =~ s/[ \t]+$//mg;
    $text =~ s/\n{2,}/\n/g;
    $text =~ s/^\n+|\n+$//g;
    return $text;
}

sub print_commented
{
    my ($text) = @_;
    print "#   $_\n" foreach split /\n/, $text;
}
