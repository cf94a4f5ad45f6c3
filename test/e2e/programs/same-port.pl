# Connects over and over from one local port to one server: perl same-port.pl reset|graceful TIMES. Two processes take turns,
# `lane-1` of user 1001 and `lane-2` of user 1002, so that each connection is followed by one of the other process on the
# same addresses and ports. `reset`: the client ends it by RST. `graceful`: the server closes first, and its end is in
# TIME_WAIT when the next connection takes its place. Says the two ports, and begins at a line of input: short
# connections, and at last one of each lane that it holds, saying `held`, until the next line. Says `done`; ends with its input.
# In Perl, since Node can set neither SO_LINGER nor SO_REUSEADDR on a client.
use strict;
use warnings;
use Errno;
use Socket;

my ($ending, $times) = @ARGV;
$| = 1;

sub inet {
    my ($port) = @_;
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $socket, pack_sockaddr_in($port, INADDR_LOOPBACK) or die "bind: $!";
    return $socket;
}

my $listener = inet(0);
listen $listener, 1 or die "listen: $!";
my ($server) = unpack_sockaddr_in getsockname $listener;
# Taken and given back, so that it is free.
my ($client) = unpack_sockaddr_in getsockname inet(0);

sub begin {
    my $here = inet($client);
    # The connection before may take a moment to end.
    until (connect $here, pack_sockaddr_in($server, INADDR_LOOPBACK)) { $!{EADDRNOTAVAIL} or die "connect: $!" }
    accept my $there, $listener or die "accept: $!";
    return ($here, $there);
}

sub finish {
    my ($here, $there) = @_;
    if ($ending eq 'reset') {
        setsockopt $here, SOL_SOCKET, SO_LINGER, pack 'i2', 1, 0;
    } else {
        close $there;
        sysread $here, my $end, 1;
    }
    close $here;
    close $there;
}

# What is to be done goes round: from here to lane 1, to lane 2, and back.
sub channel { pipe my $read, my $write or die "pipe: $!"; return { read => $read, write => $write } }
my @channels = map { channel() } 0 .. 2;
for my $lane (1, 2) {
    next if fork;
    $0 = "lane-$lane";
    ($<, $>) = (1000 + $lane) x 2;
    my ($mine, $next) = ($channels[$lane - 1]{read}, $channels[$lane]{write});
    # Else nobody would see the end of what another does not write any more.
    @channels = ();
    my @held;
    while (sysread $mine, my $what, 1) {
        if ($what eq 'c') {
            my @pair = begin();
            # Up to 6 ms, so that passes meet it at any moment of its life.
            select undef, undef, undef, rand 0.006;
            finish(@pair);
        }
        @held = begin() if $what eq $lane;
        finish(splice @held) if $what eq 'e' && @held;
        syswrite $next, $what;
    }
    exit;
}
my ($next, $mine) = ($channels[0]{write}, $channels[2]{read});
@channels = ();

# c: make a short connection, each; 1, 2: that lane holds one; e: end it.
sub order {
    syswrite $next, $_[0];
    sysread $mine, my $what, 1 or die 'a lane has ended';
}

print "$client $server\n";
<STDIN>;
order('c') for 1 .. $times / 2;
for my $lane (1, 2) {
    order($lane);
    print "held\n";
    <STDIN>;
    order('e');
}
print "done\n";
<STDIN>;
