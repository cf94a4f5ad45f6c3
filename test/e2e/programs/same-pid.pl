# The first process of a pid namespace of its own: perl same-pid.pl LANES BASE. Keeps LANES processes, each with a connection
# of its own; kills the oldest and starts the next with the pid of that one, over and over. Process number N is called
# `g<N>`, and connects from local port BASE + N. Says so when the first are there; ends with its input.
# In Perl, which forks a hundred times as fast as Node.
use strict;
use warnings;
use IO::Select;
use Socket;
use Time::HiRes qw(sleep);

my ($lanes, $base) = @ARGV;
my $generation = 0;

sub inet {
    my ($port) = @_;
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    # Ended by RST, it leaves nothing behind.
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'i2', 1, 0;
    bind $socket, pack_sockaddr_in($port, INADDR_LOOPBACK) or die "bind: $!";
    return $socket;
}

# With this pid, unless something else takes it first.
sub start {
    my ($pid) = @_;
    my $number = ++$generation;
    if ($pid) {
        open my $last, '>', '/proc/sys/kernel/ns_last_pid' or die "ns_last_pid: $!";
        print $last $pid - 1;
        close $last or die "ns_last_pid: $!";
    }
    pipe my $ready, my $report or die "pipe: $!";
    my $child = fork // die "fork: $!";
    if ($child == 0) {
        # Before there is any socket of its own, and none is inherited.
        $0 = "g$number";
        my $listener = inet(0);
        listen $listener, 1;
        my $here = inet($base + $number);
        connect $here, getsockname $listener or die "connect: $!";
        accept my $there, $listener or die "accept: $!";
        close $report;
        sleep 3600;
        exit;
    }
    close $report;
    sysread $ready, my $nothing, 1;
    return $child;
}

$| = 1;
my @children = map { start() } 1 .. $lanes;
print "ready\n";
my $input = IO::Select->new(\*STDIN);
until ($input->can_read(0.0005)) {
    my $oldest = shift @children;
    kill 'KILL', $oldest;
    waitpid $oldest, 0;
    push @children, start($oldest);
}
