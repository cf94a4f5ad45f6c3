# Makes connections that get stuck in every way, from 192.0.2.1 to 192.0.2.2, holds them, and says so. A line of input: the
# peer's packets arrive again, all is closed, and it says so. To the peer they go by a rule of routing, so that they can be
# sent into a cable whose other end nobody has. In Perl, since it is on every Debian.
use strict;
use warnings;
use Fcntl;
use IO::Socket::INET;
use IO::Select;
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_KEEPALIVE SO_RCVBUF SO_SNDBUF);

$| = 1;
$SIG{PIPE} = 'IGNORE';
my ($OURS, $PEERS) = ('192.0.2.1', '192.0.2.2');
my ($TCP_KEEPIDLE, $TCP_KEEPINTVL, $TCP_KEEPCNT) = (4, 5, 6);
my @SILENT = ('7001-7002', '7006-7011');
my @held;

sub ip { system('ip', split / /, $_[0]) == 0 or die "ip $_[0]" }

# Some connections to a port: our ends, then the peer's.
sub connected {
    my ($port, $n) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => $PEERS, LocalPort => $port, Listen => 16) or die "listen: $!";
    # Small, so that little fills them; the peer's ends inherit it.
    setsockopt $listener, SOL_SOCKET, SO_RCVBUF, 4096;
    my (@ours, @peers);
    for (1 .. $n) {
        push @ours, IO::Socket::INET->new(LocalAddr => $OURS, PeerAddr => $PEERS, PeerPort => $port) || die "connect: $!";
        push @peers, scalar $listener->accept;
        setsockopt $ours[-1], SOL_SOCKET, SO_SNDBUF, 16384;
    }
    push @held, $listener, @peers;
    return (\@ours, \@peers);
}

# Writes until no more is taken.
sub fill {
    my ($socket) = @_;
    fcntl $socket, F_SETFL, O_NONBLOCK;
    1 while defined syswrite $socket, 'x' x 4096;
}

my ($sending) = connected(7001, 2);
my ($probing) = connected(7002, 2);
for my $socket (@$probing) {
    setsockopt $socket, IPPROTO_TCP, $TCP_KEEPIDLE,  1;
    setsockopt $socket, IPPROTO_TCP, $TCP_KEEPINTVL, 1;
    setsockopt $socket, IPPROTO_TCP, $TCP_KEEPCNT,   100;
    setsockopt $socket, SOL_SOCKET,  SO_KEEPALIVE,   1;
}
my ($blocked) = connected(7003, 6);
fill($_) for @$blocked;
my ($abandoned) = connected(7004, 6);
fill($_), close $_ for @$abandoned;
my ($half) = connected(7005, 6);
shutdown $_, 1 for @$half;
my ($fin)             = connected(7006, 6);
my ($last, $first)    = connected(7007, 6);
my ($both, $atOnce)   = connected(7008, 6);
close $_ for @$first;
for my $socket (@$last) { sysread $socket, my $end, 1 }    # the FIN has come
# Healthy ones: nobody speaks.
my ($idle) = connected(7009, 6);

my ($silenced) = connected(7011, 2);
fill($_) for @$silenced;
# From here on what goes to these ports is lost; what goes to the others arrives.
ip("rule add pref 10 to $PEERS ipproto tcp dport $_ lookup 200") for @SILENT;
syswrite $_, 'x' x 100 for @$sending;
syswrite($_, 'x' x 100), close $_ for @$fin;
close $_ for @$last, @$both, @$atOnce;
my @attempts = map {
    IO::Socket::INET->new(LocalAddr => $OURS, PeerAddr => $PEERS, PeerPort => 7010, Blocking => 0) || die "connect: $!"
} 1 .. 4;
push @held, @$sending, @$probing, @$blocked, @$half, @$idle, @$silenced, @attempts;
print "held\n";
<STDIN>;
ip("rule del pref 10") for @SILENT;
close $_ for @held;
print "closed\n";
<STDIN>;
