#!/usr/bin/perl
# Mail::DeliveryStatus::BounceParser over the mails of a folder: bounce_parser.pl FOLDER ROUNDS. Prints what bounce_micro prints.
use strict;
use warnings;
use JSON::PP;
use Mail::DeliveryStatus::BounceParser;
use Time::HiRes qw(time);

my ($folder, $rounds) = @ARGV;
$SIG{__WARN__} = sub { };
my %mails;
for my $file (glob("$folder/*.eml")) {
    open(my $in, '<:raw', $file) or die "$file: $!";
    local $/;
    my ($name) = $file =~ m{([^/]+)\.eml$};
    $mails{$name} = <$in>;
}

sub judge {
    my ($mail) = @_;
    my $bounce = eval { Mail::DeliveryStatus::BounceParser->new($mail) };
    return { kind => 'threw', about => [] } unless $bounce;
    my @about = eval { $bounce->is_bounce ? $bounce->addresses : () };
    return { kind => ($bounce->is_bounce && @about) ? 'bounce' : 'none', about => [@about] };
}

my %found = map { $_ => judge($mails{$_}) } sort keys %mails;
my $cpu   = (times)[0] + (times)[1];
my $begin = time;
my $count = 0;
for (1 .. $rounds) {
    for my $name (keys %mails) {
        next if $found{$name}{kind} eq 'threw';
        judge($mails{$name});
        $count++;
    }
}
my $seconds = time - $begin;
my $used    = (times)[0] + (times)[1] - $cpu;
print JSON::PP->new->canonical->utf8->encode(
    { mails => scalar(keys %mails), rate => $count / $seconds, cpu_us => $used / $count * 1e6, found => \%found }), "\n";
