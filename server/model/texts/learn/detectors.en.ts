import type { DetectorTopicTexts } from './topic.ts';

export const detectorsEn: DetectorTopicTexts = {
  close_wait_leak: {
    name: 'close_wait_leak',
    also: 'CLOSE_WAIT leak',
    summary: 'The peer has closed, and our program does not.',
    is: [
      'It looks at sockets that have been in [[CLOSE_WAIT]] for long, by process and peer. Age decides, not number: no timer ends this state. [[recv-q]] and the inode tell the cause; the slope tells when the process runs out of [[descriptor-limit|descriptors]].',
    ],
    causes: {
      never_accepted:
        'No inode: the connection still waits in the [[accept-queue]]. No descriptor is lost; the program does not call accept().',
      unread_data: 'Recv-Q above 1: the program stopped before it had read.',
      fin_unread:
        'Recv-Q is 1, the FIN itself: nobody looks at that socket. An idle pool, or a blocked thread.',
      drained: 'Recv-Q is 0: all was read, close() is missing. A descriptor leak.',
    },
  },
  time_wait_buildup: {
    name: 'time_wait_buildup',
    also: 'TIME_WAIT too many',
    summary: 'TIME_WAIT where it matters, and an explanation where it does not.',
    is: [
      'It counts [[TIME_WAIT]] by destination against the [[ephemeral-ports|port range]], all of them against the [[time-wait-table]], and those of listening ports, which are harmless.',
    ],
    causes: {
      client_ports: 'Our clients close first, and their ports to one destination run out.',
      serving_side: 'The server closes first. It costs memory and nothing else; shown as information.',
      table_full: 'tcp_max_tw_buckets is near: sockets will skip TIME_WAIT.',
    },
  },
  port_exhaustion: {
    name: 'port_exhaustion',
    also: 'ephemeral ports EADDRNOTAVAIL',
    summary: 'Ports to one destination run out, and not because of TIME_WAIT.',
    is: [
      'It counts distinct local ports in use for each (local address, remote address, remote port), of those that the [[ephemeral-ports|range]] leaves. No counter of the kernel tells of it.',
    ],
    causes: {
      held_open: 'Connections that are open, or stuck in their close, hold the ports.',
      bound_only: 'Sockets that are [[bound-only|bound and no more]] take ports from all destinations.',
    },
  },
  syn_backlog: {
    name: 'syn_backlog',
    also: 'SYN flood SYN_RECV',
    summary: 'Handshakes pile up at a listener.',
    is: [
      'It looks at the requests in [[SYN_RECV]] of each listener against its [[syn-queue|backlog]], whether their SYN+ACK had to be repeated, and the counters of [[syn-cookies]] and drops.',
    ],
    causes: {
      slow_accept:
        'The [[accept-queue]] is full, so handshakes cannot end: the program is slow, it is no attack.',
      flood: 'SYN+ACKs get no answer, cookies do not come back: a flood, or a broken way back.',
      cookies: 'Cookies are sent and come back: real clients, more at once than the backlog takes.',
      dropping: 'The same with cookies off: requests are dropped.',
    },
  },
  accept_queue_full: {
    name: 'accept_queue_full',
    also: 'listen overflow backlog',
    summary: 'A program accepts too slowly, or not at all.',
    is: [
      'It looks at the [[accept-queue]] of each listener, how long the oldest connection has waited there, and at ListenOverflows.',
    ],
    causes: {
      not_accepting: 'A connection has waited for long, though there is room: nobody calls accept().',
      nearly_full: 'Most of the queue is taken, and it does not empty.',
      overflowing: 'It is full, and handshakes are dropped.',
      bursts: 'It overflowed between two looks: short bursts.',
    },
  },
  orphan_pressure: {
    name: 'orphan_pressure',
    also: 'orphans tcp_max_orphans',
    summary: 'Closed sockets that still have something to deliver come near the kernel’s limit.',
    is: [
      'It compares the number of [[orphan]]s with [[orphan-limit|tcp_max_orphans]]. It warns early, since the kernel counts difficult ones up to four times.',
    ],
    causes: {
      near_limit: 'A quarter of the limit is used.',
      resetting: 'The kernel already ends orphans, and their data is lost.',
    },
  },
  tcp_memory_pressure: {
    name: 'tcp_memory_pressure',
    also: 'tcp_mem memory',
    summary: 'The buffers of all connections together reach the kernel’s limits.',
    is: [
      'It compares sockstat’s “mem” with the three numbers of [[tcp-memory|tcp_mem]], and names the process with the longest queues.',
    ],
    causes: {
      pressure: 'Above the second number: buffers shrink, everything gets slower.',
      exhausted: 'At the third: segments are dropped and connections ended.',
    },
  },
  descriptor_exhaustion: {
    name: 'descriptor_exhaustion',
    also: 'EMFILE ulimit',
    summary: 'A process runs out of descriptors.',
    is: [
      'It follows the open descriptors of each process against its [[descriptor-limit|soft limit]], and how they grow. Files count as well as sockets.',
    ],
    causes: {
      growing: 'Far from the limit, and there soon at this slope.',
      near_limit: 'Most of it is used.',
      exhausted: 'accept(), connect() and open() fail now.',
    },
  },
  reset_storm: {
    name: 'reset_storm',
    also: 'RST resets',
    summary: 'Many connections end by reset instead of a close.',
    is: [
      'It looks at the rates of the kernel’s [[rst|abort counters]] over half a minute or so, against the connections that were opened. They belong to the host, so no process can be named.',
    ],
    causes: {
      unread_at_close: 'Programs close with bytes unread.',
      linger_zero: 'Programs end connections by SO_LINGER 0.',
      data_after_close: 'Peers go on sending to sockets that are closed.',
      timed_out: 'Timers give up: peer or path is dead. No RST is sent then.',
      refused: 'Our connect() meets ports without a listener.',
    },
  },
  conntrack_full: {
    name: 'conntrack_full',
    also: 'nf_conntrack table full',
    summary: 'The firewall’s table of connections fills up.',
    is: ['It compares the entries of [[conntrack]] with nf_conntrack_max, and looks at its drops.'],
    causes: {
      nearly_full: 'Most of the table is used.',
      dropping: 'Packets of new connections are dropped, or entries are, to make room.',
    },
  },
  half_open: {
    name: 'half_open',
    also: 'dead peer',
    summary: 'The peer is gone without a word.',
    is: [
      'It looks at [[ESTABLISHED]] and [[CLOSE_WAIT]] for retransmissions that nobody acknowledges and probes that nobody answers, and asks the kernel about some idle connections on each pass. See [[half-open]].',
    ],
    causes: {
      sending: 'Data is repeated and not acknowledged: strong.',
      probing: 'Probes get no answer: strong.',
      idle: 'Silent for hours, and no keepalive: a suspicion. It alarms nobody.',
    },
  },
  zero_window: {
    name: 'zero_window',
    also: 'persist window closed',
    summary: 'One end does not read, so the other cannot send.',
    is: [
      'It looks at sockets whose [[zero-window|probe timer]] runs with [[send-q|data waiting]], and at full receive buffers that nobody reads.',
    ],
    causes: {
      peer_not_reading: 'The peer answers probes, and its window stays closed.',
      not_reading: 'Our own program leaves its receive buffer full.',
    },
  },
  fin_wait_stuck: {
    name: 'fin_wait_stuck',
    also: 'FIN_WAIT1 FIN_WAIT2 stuck',
    summary: 'We closed first, and the close does not get on.',
    is: [
      'It looks at [[FIN_WAIT1]] with unacknowledged data or FIN, and at [[FIN_WAIT2]] that a program holds. Orphans in FIN_WAIT2 are let pass: [[fin-wait2-timer|a timer]] ends them.',
    ],
    causes: {
      undelivered: 'Data or FIN is repeated and not acknowledged.',
      window_closed: 'The peer’s window is closed: our side closed before it had read.',
      peer_not_closing: 'The peer does not close, and our program waits without a limit.',
    },
  },
  last_ack_stuck: {
    name: 'last_ack_stuck',
    also: 'LAST_ACK stuck',
    summary: 'Both have closed, and our FIN does not arrive.',
    is: ['It looks at [[LAST_ACK]] sockets whose [[send-q]] is not acknowledged for long.'],
    causes: {
      undelivered: 'FIN, or data before it, is repeated in vain.',
      window_closed: 'The peer does not take the data before our FIN.',
    },
  },
  closing_stuck: {
    name: 'closing_stuck',
    also: 'CLOSING stuck',
    summary: 'Both closed at once, and our FIN is not acknowledged.',
    is: [
      'It looks at sockets that stay in [[CLOSING]]. It is rare enough that a few on one port point to the network.',
    ],
    causes: {
      undelivered: 'Our FIN is repeated in vain, although the peer’s own arrived.',
      window_closed: 'The peer’s window is closed in front of our last data.',
    },
  },
  syn_sent_stuck: {
    name: 'syn_sent_stuck',
    also: 'SYN_SENT connect timeout unanswered',
    summary: 'connect() gets no answer.',
    is: [
      'It looks at [[SYN_SENT]] sockets whose SYN was sent three times or more, by destination. A refusal is quick and is not this.',
    ],
    causes: {
      unanswered: 'Something drops the SYN silently: a firewall, a dead host, or a full [[accept-queue]].',
    },
  },
};
