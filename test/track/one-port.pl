# One connection after the other on the same two ports of loopback. For each line on standard input: the connection before is
# reset, so that its ports are free at once, another takes its place, and its accepted end is closed. Prints a line when the
# client is in CLOSE_WAIT and the other end in FIN_WAIT2.
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_TCP);

$| = 1;
my $loopback = inet_aton('127.0.0.1');
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
bind($listener, sockaddr_in(8080, $loopback)) or die "bind: $!";
listen($listener, 8) or die "listen: $!";

# TCP_QUICKACK of include/uapi/linux/tcp.h.
use constant TCP_QUICKACK => 12;

# Until the client's acknowledgment, which may be delayed by some milliseconds, the other end is in FIN_WAIT1. A reset that
# comes at the same moment, by another CPU, is lost: the socket that it was for has become a TIME_WAIT one meanwhile. That one
# would refuse the next connection: TCP_TW_RST of tcp_timewait_state_process() in net/ipv4/tcp_minisocks.c. Once it waits for
# the FIN it has timer 3, or 2 where tcp_close() was still under way: tcp_rcv_state_process() in net/ipv4/tcp_input.c.
sub other_end_waits {
  open(my $table, '<', '/proc/self/net/tcp') or die "/proc/self/net/tcp: $!";
  return scalar grep { /:1F90 [0-9A-F]+:9C40 05 \S+ 0[23]:/ } <$table>;
}

my $client;
print "ready\n";
while (<STDIN>) {
  if ($client) {
    setsockopt($client, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
    close($client);
  }
  socket($client, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
  setsockopt($client, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($client, sockaddr_in(40000, $loopback)) or die "bind: $!";
  connect($client, sockaddr_in(8080, $loopback)) or die "connect: $!";
  accept(my $accepted, $listener) or die "accept: $!";
  close($accepted);
  # The end of the data: the client has heard of it.
  my $read = sysread($client, my $nothing, 1) // die "read: $!";
  die "data that nobody sent" if $read;
  setsockopt($client, IPPROTO_TCP, TCP_QUICKACK, 1) or die "TCP_QUICKACK: $!";
  my $looks = 0;
  until (other_end_waits()) { die "the other end is not in FIN_WAIT2" if ++$looks == 100_000 }
  print "done\n";
}
