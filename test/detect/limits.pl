# Brings limits of the kernel and counters of resets about on 127.0.0.1, one command a line, each answered when it is done.
# In Perl, since it is on every Debian and leaves accept() and close() to whoever writes the program, which Node does not.
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER SOCK_STREAM AF_INET pack_sockaddr_in inet_aton);

$| = 1;
my @held;

sub listener {
    my ($port, $backlog) = @_;
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => $backlog, ReuseAddr => 1)
        or die "listen on $port: $!";
    push @held, $socket;
    return $socket;
}

sub client {
    my ($port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) || die "connect to $port: $!";
}

# A connect() that nobody waits for.
sub attempt {
    my ($port) = @_;
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
    $socket->blocking(0);
    connect $socket, pack_sockaddr_in($port, inet_aton('127.0.0.1'));
    return $socket;
}

my %commands = (
    # More connections than the queue of a listener takes that nobody accepts from.
    overflow => sub { my ($n) = @_; listener(8001, 4); push @held, attempt(8001) for 1 .. $n },
    # Connections that stay open.
    hold => sub {
        my ($n) = @_;
        my $listener = listener(8002, 64);
        for (1 .. $n) { push @held, client(8002), scalar $listener->accept }
    },
    # Closed by a server that has not read.
    unread => sub {
        my ($n) = @_;
        my $listener = listener(8003, 64);
        for (1 .. $n) {
            my $client = client(8003);
            my $server = $listener->accept;
            syswrite $client, 'x';
            close $server;
        }
    },
    # Closed with SO_LINGER on and 0 seconds.
    linger => sub {
        my ($n) = @_;
        my $listener = listener(8004, 64);
        for (1 .. $n) {
            my $client = client(8004);
            my $server = $listener->accept;
            setsockopt $client, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
            close $client;
        }
    },
    # Closed by a server while its client goes on sending.
    late => sub {
        my ($n) = @_;
        local $SIG{PIPE} = 'IGNORE';
        my $listener = listener(8005, 64);
        for (1 .. $n) {
            my $client = client(8005);
            my $server = $listener->accept;
            close $server;
            syswrite $client, 'x';
        }
    },
    refused => sub { my ($n) = @_; attempt(8999) for 1 .. $n },
    # Handshakes of which the last ACK never comes: SYN-ACK is dropped on its way.
    flood => sub { my ($n) = @_; listener(8006, 64); push @held, attempt(8006) for 1 .. $n },
    # Closed at both ends after the way between them was cut.
    orphan => sub {
        my ($n) = @_;
        my $listener = listener(8008, 64);
        my @ends;
        for (1 .. $n) { push @ends, client(8008), scalar $listener->accept }
        system "nft add rule inet t o tcp sport 8008 drop && nft add rule inet t o tcp dport 8008 drop";
    },
    # Written until it takes no more, and read by nobody.
    fill => sub {
        my ($n) = @_;
        my $listener = listener(8009, 64);
        for (1 .. $n) {
            my $client = client(8009);
            push @held, $client, scalar $listener->accept;
            $client->blocking(0);
            1 while syswrite $client, 'x' x 65536;
        }
    },
    busy => sub {
        my ($n) = @_;
        my $listener = listener(8007, 64);
        for (1 .. $n) {
            my $client = client(8007);
            my $server = $listener->accept;
            close $client;
            1 while sysread $server, my $read, 1024;
            close $server;
        }
    },
);

print "ready\n";
while (<STDIN>) {
    my ($command, $n) = split;
    $commands{$command}->($n);
    print "$command\n";
}
