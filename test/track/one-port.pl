# One connection after the other on the same two ports of loopback. For each line on standard input: the connection before is
# reset, so that its ports are free at once, another takes its place, and its accepted end is closed: the client is in
# CLOSE_WAIT, the other end in FIN_WAIT2. Then prints a line.
use strict;
use warnings;
use Socket;

$| = 1;
my $loopback = inet_aton('127.0.0.1');
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
bind($listener, sockaddr_in(8080, $loopback)) or die "bind: $!";
listen($listener, 8) or die "listen: $!";

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
  sysread($client, my $nothing, 1);
  print "done\n";
}
