# Holds STEADY connections, both ends, and says so with the port they go to. From its first line of input on it also opens
# HELD connections at a time and closes them, over and over: perl churn.pl STEADY HELD
# In Perl, which opens tens of thousands a second.
use strict;
use warnings;
use Socket;

$| = 1;
my ($steady, $held) = @ARGV;
my $parent = getppid;

sub listener {
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
    bind $socket, pack_sockaddr_in(0, INADDR_LOOPBACK) and listen $socket, 128 or die "listen: $!";
    return $socket;
}

sub pair {
    my ($listener) = @_;
    socket my $client, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
    connect $client, getsockname $listener or die "connect: $!";
    accept my $server, $listener or die "accept: $!";
    return ($client, $server);
}

my $quiet = listener();
my @kept = map { pair($quiet) } 1 .. $steady;
print +(unpack_sockaddr_in getsockname $quiet)[0], "\n";
<STDIN>;
my $busy = listener();
# Whoever started it may be killed, and cannot stop it then.
while (getppid == $parent) {
    # The clients' ends close first, and go to TIME_WAIT.
    my @pairs = map { [pair($busy)] } 1 .. $held;
    close $_->[0] for @pairs;
    close $_->[1] for @pairs;
}
