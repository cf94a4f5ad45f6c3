import type { TopicTexts } from './topic.ts';

export const limitsEn: TopicTexts<'limit'> = {
  'ephemeral-ports': {
    name: 'Ephemeral ports',
    also: 'ip_local_port_range EADDRNOTAVAIL port exhaustion source port',
    summary: 'The local ports that connect() takes from a range.',
    is: [
      'A connection is told apart by four things: both addresses, both ports. So the range counts for each (local address, remote address, remote port) on its own: 28,232 connections to one destination, and as many to the next.',
      'TIME_WAIT of our own side counts too. 28,232 ports ÷ 60 s makes about 470 new connections a second to one destination.',
    ],
    linux: [
      'Exhaustion is silent: connect() fails with EADDRNOTAVAIL, and no counter of the kernel rises. Halfclose computes it from the sockets.',
      'From half of the range on the search for a free port takes longer.',
    ],
    act: [
      'Reuse connections. Then more destinations or source addresses, a wider range, and for clients tcp_tw_reuse = 1.',
      'bind() before connect()? See [[bound-only]].',
    ],
    myths: [
      [
        '“A host has 65,535 connections at most.”',
        'Per destination, and from one address. A server’s connections share one port and have no such limit.',
      ],
    ],
    shows: ['The range, and what is taken out of it.', 'Sockets towards one destination port.'],
  },
  'descriptor-limit': {
    name: 'Descriptor limit',
    also: 'ulimit nofile EMFILE too many open files RLIMIT_NOFILE',
    summary: 'How many files and sockets a process may have open.',
    is: [
      'Each accepted or connecting socket takes one; [[TIME_WAIT]], requests and sockets in the [[accept-queue]] take none. At the soft limit accept(), connect() and open() fail with EMFILE.',
    ],
    look: ['Growth that never falls. The kind tells the cause: CLOSE_WAIT means that close() is missing.'],
    act: ['systemd: `LimitNOFILE=`. At run time: `prlimit --pid PID --nofile=65536`.'],
    myths: [
      [
        '“Raise it, and the CLOSE_WAIT leak is cured.”',
        'It takes longer to fill, and then has more to clean up.',
      ],
    ],
    linux: [
      'At EMFILE many servers spin: the listener stays ready, accept() fails, and again. The queue fills behind them.',
    ],
    shows: ['Descriptors in use.', 'Soft and hard limit.'],
  },
  'time-wait-table': {
    name: 'TIME_WAIT table',
    also: 'tcp_max_tw_buckets TCPTimeWaitOverflow time wait bucket',
    summary: 'How many TIME_WAIT sockets the kernel keeps: tcp_max_tw_buckets.',
    is: [
      'It is counted for each network namespace. Beyond it sockets are closed without TIME_WAIT, and what that protects from can happen: see [[time-wait-2msl]].',
    ],
    linux: [
      '“tw” of /proc/net/sockstat counts orphaned [[FIN_WAIT2]] too; so it is more than the number of TIME_WAIT.',
    ],
    look: ['TCPTimeWaitOverflow rises, while the number of TIME_WAIT stands still.'],
    act: ['Raise it: a bucket is 168 to 256 bytes. Never lower it to get rid of TIME_WAIT.'],
    shows: ['The limit.', 'How many were closed without TIME_WAIT.'],
  },
  'orphan-limit': {
    name: 'Orphan limit',
    also: 'tcp_max_orphans out of socket memory',
    summary: 'How many orphans the kernel puts up with: tcp_max_orphans.',
    is: [
      'Each [[orphan]] holds a send buffer, up to 64 kB and more that cannot be swapped. Beyond the limit the kernel resets them at once, and what was unsent is lost.',
    ],
    linux: [
      'An orphan whose peer does not answer, or keeps its window closed, counts two or four times. So trouble begins at a quarter of the limit.',
    ],
    look: ['“Out of socket memory” in the kernel log; TCPAbortOnMemory.'],
    act: [
      'Find who closes with data unsent to clients that are gone. A lower tcp_orphan_retries ends them sooner.',
    ],
    shows: ['“orphan” of the TCP line.', 'The limit.'],
  },
  'tcp-memory': {
    name: 'TCP memory',
    also: 'tcp_mem tcp_rmem tcp_wmem pressure buffers',
    summary: 'Memory for all TCP buffers of the host: tcp_mem, in pages.',
    is: [
      'Three numbers: below the first all is well; above the second the kernel shrinks buffers (pressure); at the third it refuses memory, and ends connections. It counts all network namespaces together.',
    ],
    look: [
      'Who holds it: long [[recv-q]] of programs that do not read, long [[send-q]] towards peers that do not.',
    ],
    act: ['Cure the reader, or limit buffers per socket. Raise tcp_mem only if the memory is there.'],
    shows: ['“mem” is in pages of 4 KiB.', 'The three limits, in pages.'],
  },
  'syn-cookies': {
    name: 'SYN cookies',
    also: 'tcp_syncookies SYN flood',
    summary: 'An answer to SYN that needs no memory.',
    is: [
      'The server puts what it must remember into its sequence number, and forgets the SYN. The client’s ACK brings it back. So a flood of spoofed SYNs fills nothing.',
    ],
    linux: [
      'tcp_syncookies = 1: when a [[syn-queue]] is full. 2: always; for tests. 0: never, and SYNs are dropped.',
      'What is lost: without timestamps, window scaling and selective ACK.',
    ],
    look: [
      'SyncookiesSent without SyncookiesRecv: a flood. Both alike: real clients, and a backlog too short for them.',
    ],
    act: ['Leave it at 1. Raise the backlog if real clients meet cookies.'],
    shows: ['The setting.', 'Cookies sent, and those that came back.'],
  },
  conntrack: {
    name: 'Connection tracking',
    also: 'nf_conntrack netfilter NAT table full dropping packet',
    summary: 'The firewall’s own table of connections.',
    is: [
      'netfilter remembers each connection for stateful rules and NAT; containers mostly go through it. When nf_conntrack_max is reached, packets of new connections are dropped, of every program on the host.',
    ],
    linux: [
      'It has states and timeouts of its own: ESTABLISHED 5 days, TIME_WAIT 120 s, CLOSE_WAIT 60 s. So an entry may be gone while the socket lives: then packets of it are invalid, and a [[half-open]] connection is made.',
    ],
    look: ['“nf_conntrack: table full, dropping packet” in the kernel log.'],
    act: [
      'Raise nf_conntrack_max; shorten nf_conntrack_tcp_timeout_established, but not below [[keepalive]]; or exempt busy ports (notrack).',
    ],
    shows: ['In use, and the limit.', 'Per CPU: drop, early_drop, insert_failed.'],
  },
};
