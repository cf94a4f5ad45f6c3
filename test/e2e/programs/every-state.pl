# Makes sockets in every state, with full queues and each kind of timer: IPv4, IPv6, and IPv4-mapped at either end. Says so,
# with the ports of those that are bound and no more, and holds them until its input ends. Needs a loopback of its own.
# In Perl, since it is on every Debian and does what Node cannot: not to accept, and to be deaf.
use strict;
use warnings;
use Errno qw(EINPROGRESS);
use IO::Socket::IP;
use Socket qw(:all);

$| = 1;
my (@held, @bound);

# Drops all that comes to a socket, FIN, ACK and SYN-ACK too: a socket filter that takes 0 bytes of each packet.
# Source: struct sock_fprog in include/uapi/linux/filter.h; 6 is BPF_RET | BPF_K.
sub deafen {
    my ($socket) = @_;
    my $drop = pack 'SCCL', 6, 0, 0, 0;
    setsockopt $socket, SOL_SOCKET, SO_ATTACH_FILTER, pack 'S x![J] P', 1, $drop or die "filter: $!";
}

sub of_family {
    my ($address) = @_;
    my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
    socket my $socket, $family, SOCK_STREAM, 0 or die "socket: $!";
    push @held, $socket;
    return ($socket, sub { $family == AF_INET6 ? pack_sockaddr_in6($_[0], inet_pton(AF_INET6, $address)) : pack_sockaddr_in($_[0], inet_aton($address)) });
}

sub listener {
    my ($address) = @_;
    my ($socket, $at) = of_family($address);
    setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 0 if $address eq '::';
    bind $socket, $at->(0) and listen $socket, 16 or die "listen at $address: $!";
    return $socket;
}

sub port { my $name = getsockname $_[0]; return sockaddr_family($name) == AF_INET6 ? (unpack_sockaddr_in6 $name)[0] : (unpack_sockaddr_in $name)[0] }

# One set of sockets: a listener's address and the address by which clients reach it.
sub every_state {
    my ($listen, $connect) = @_;
    my $server = listener($listen);
    my $client = sub {
        my ($to) = @_;
        my ($socket, $at) = of_family($connect);
        connect $socket, $at->(port($to)) or die "connect to $connect: $!";
        return $socket;
    };
    my $pair = sub {
        my $here = $client->($server);
        accept my $there, $server or die "accept: $!";
        push @held, $there;
        return ($here, $there);
    };
    # Sends, so that what is sent is there when it returns.
    my $says = sub {
        my ($from, $to, $bytes) = @_;
        syswrite $from, 'x' x $bytes or die "write: $!";
        recv $to, my $seen, $bytes, MSG_PEEK | MSG_WAITALL;
    };
    my $finished = sub { recv $_[0], my $nothing, 1, MSG_PEEK };

    # ESTABLISHED: idle; with unread data; probed by keepalive; sending to the deaf; sending to one that does not read.
    $pair->();
    my ($here, $there) = $pair->();
    $says->($here, $there, 300);
    ($here, $there) = $pair->();
    setsockopt $here, SOL_SOCKET, SO_KEEPALIVE, 1;
    ($here, $there) = $pair->();
    deafen($there);
    syswrite $here, 'x' x 200;
    my $slow = listener($listen);
    setsockopt $slow, SOL_SOCKET, SO_RCVBUF, 4096;
    $here = $client->($slow);
    accept my $idle, $slow or die "accept: $!";
    push @held, $idle;
    $here->blocking(0);
    1 while syswrite $here, 'x' x 65536;

    # CLOSE_WAIT, unread and read, with FIN_WAIT2 at the other end: owned, and closed.
    ($here, $there) = $pair->();
    $says->($here, $there, 100);
    shutdown $here, SHUT_WR;
    ($here, $there) = $pair->();
    shutdown $here, SHUT_WR;
    $finished->($there);
    ($here, $there) = $pair->();
    close $here;
    $finished->($there);

    # TIME_WAIT here.
    ($here, $there) = $pair->();
    shutdown $here, SHUT_WR;
    $finished->($there);
    close $there;
    $finished->($here);
    close $here;

    # FIN_WAIT1, owned and closed: the FIN is not heard.
    ($here, $there) = $pair->();
    deafen($there);
    shutdown $here, SHUT_WR;
    ($here, $there) = $pair->();
    deafen($there);
    close $here;

    # CLOSING here: the other end has not heard of our FIN when it sends its own.
    ($here, $there) = $pair->();
    deafen($there);
    shutdown $here, SHUT_WR;
    shutdown $there, SHUT_WR;

    # LAST_ACK there: its FIN is not heard.
    ($here, $there) = $pair->();
    shutdown $here, SHUT_WR;
    $finished->($there);
    deafen($here);
    close $there;

    # SYN_SENT here and SYN_RECV there: the answer is not heard.
    my $deaf = listener($listen);
    my ($socket, $at) = of_family($connect);
    deafen($socket);
    $socket->blocking(0);
    connect $socket, $at->(port($deaf)) or $! == EINPROGRESS or die "connect: $!";

    # In an accept queue: ESTABLISHED, and CLOSE_WAIT with data.
    my $busy = listener($listen);
    $client->($busy) for 1 .. 2;
    $here = $client->($busy);
    syswrite $here, 'x' x 50;
    close $here;

    # Bound, and no more.
    my ($unconnected, $name) = of_family($listen);
    bind $unconnected, $name->(0) or die "bind: $!";
    push @bound, port($unconnected);
}

bless $_, 'IO::Socket::IP' for @held;
every_state('127.0.0.1', '127.0.0.1');
every_state('::1', '::1');
every_state('::', '127.0.0.1');
every_state('127.0.0.1', '::ffff:127.0.0.1');
print "@bound\n";
1 while <STDIN>;
