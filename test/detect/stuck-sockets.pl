# Makes every kind of stuck socket on 127.0.0.1, holds them, and says so. A line of input: it closes all and says so again.
# In Perl, since it is on every Debian and can leave a connection in the accept queue, which Node cannot.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
my @held;

sub listener {
    my ($port) = @_;
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1)
        or die "listen on $port: $!";
    push @held, $socket;
    return $socket;
}

sub client {
    my ($port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) || die "connect to $port: $!";
}

# A connection whose client sends these bytes and closes; what the server does with it is the fault.
sub stuck {
    my ($listener, $bytes, $accepts, $reads) = @_;
    my $client = client($listener->sockport);
    my $server = $accepts ? $listener->accept : undef;
    syswrite $client, 'x' x $bytes if $bytes;
    close $client;
    if ($reads) { 1 while sysread $server, my $read, 1024 }
    push @held, $server if $server;
}

my %listener = map { $_ => listener($_) } 8001 .. 8005;
for (1 .. 6) {
    stuck($listener{8001}, 0,   0, 0);    # never accepted
    stuck($listener{8002}, 100, 1, 0);    # unread data
    stuck($listener{8003}, 0,   1, 0);    # FIN unread
    stuck($listener{8004}, 5,   1, 1);    # drained
}
for (1 .. 60) {    # TIME_WAIT on the client's side
    my $client = client(8005);
    my $server = $listener{8005}->accept;
    close $client;
    1 while sysread $server, my $read, 1024;
    close $server;
}
print "held\n";
<STDIN>;
# The listeners last: closing them first would reset what waits in their queues, which is the same in the end.
close $_ for reverse @held;
print "closed\n";
<STDIN>;
