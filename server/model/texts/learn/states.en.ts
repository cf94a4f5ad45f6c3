import { statesEn } from '../states.en.ts';
import { stateTopic, type TopicTexts, type TopicText } from './topic.ts';
import type { State } from '../../state.ts';

const state = (name: State, more: Parameters<typeof stateTopic>[2]): TopicText =>
  stateTopic(name, statesEn, more);

export const stateTopicsEn: TopicTexts<'state'> = {
  LISTEN: state('LISTEN', {
    also: 'listening server port',
    linux: [
      'Recv-Q is the number of connections that wait for accept(), Send-Q the most that may: see [[accept-queue]].',
      'When the listener closes, connections that still wait are reset; those that were accepted live on.',
    ],
    act: ['A port without a listener answers SYN with [[rst|RST]]: the client gets ECONNREFUSED.'],
    shows: ['Listeners with their queues and processes.'],
  }),
  SYN_SENT: state('SYN_SENT', {
    also: 'connecting connect timeout',
    linux: [
      'The SYN is repeated after 1 s, 2 s, 3 s …, then ever more slowly (before Linux 6.5: 1 s, 3 s, 7 s). connect() fails with ETIMEDOUT after about two minutes.',
    ],
    act: [
      'Try it from here: `nc -vz HOST PORT`. Refused at once is a good sign: the host is there.',
      'Set a connect timeout of a few seconds in the program; nobody waits two minutes.',
    ],
    shows: ['Attempts under way, with the process and the number of repetitions.'],
  }),
  SYN_RECV: state('SYN_RECV', {
    also: 'handshake half connection',
    is: ['It costs a small request and no descriptor: [[NEW_SYN_RECV]].'],
    linux: [
      'SYN+ACK is repeated by the [[syn-ack-timer]]. If the [[syn-queue]] is full, [[syn-cookies]] take over.',
    ],
    act: [
      'Many, from many addresses: a flood; leave SYN cookies on. Many from one network: the way back is broken.',
    ],
    shows: ['Handshakes that wait for the last ACK, with their timers.'],
  }),
  ESTABLISHED: state('ESTABLISHED', {
    also: 'open connected',
    linux: ['Without data under way and without [[keepalive]] no timer runs: it may stay silent for years.'],
    act: [
      'Queues and timers tell how it is: [[send-q]], [[recv-q]], [[retransmission-timer]], [[zero-window]].',
    ],
    myths: [
      [
        '“ESTABLISHED means that the peer is there.”',
        'It means that nothing to the contrary has arrived. The peer may be gone: [[half-open]].',
      ],
    ],
    shows: ['Open connections with timers and the kernel’s measurements.'],
  }),
  FIN_WAIT1: state('FIN_WAIT1', {
    also: 'FIN-WAIT-1',
    linux: [
      'Data stands before the FIN in the send queue: while the peer’s [[zero-window|window is closed]], the FIN cannot even be sent.',
      'Once no program holds it, it is an [[orphan]]: given up after about 100 s, where nothing is acknowledged.',
    ],
    look: ['Send-Q: 1 is only the FIN; more is data that the peer has not taken.'],
    act: ['Find who closes before the peer has read, and whether the peer is there at all.'],
    shows: ['With timers: “on” retransmits, “persist” asks for the window.'],
  }),
  FIN_WAIT2: state('FIN_WAIT2', {
    also: 'FIN-WAIT-2 half-closed',
    linux: [
      'After close(): 60 s ([[fin-wait2-timer|tcp_fin_timeout]]), then it is gone without a word. The kernel keeps only a mini-socket.',
      'After shutdown(): no limit. The program waits for the rest of an answer.',
    ],
    act: [
      'The peer holds the matching [[CLOSE_WAIT]]: the fault is in its program. Here, a read timeout after shutdown() helps.',
    ],
    shows: ['Those with a timer end by themselves; those without are held by a program.'],
  }),
  CLOSING: state('CLOSING', {
    also: 'simultaneous close',
    look: [
      'One that stays: the peer’s FIN arrived, our FIN does not get through. Often a firewall that dropped the connection after the first FIN.',
    ],
    shows: ['With the retransmit timer that will end it.'],
  }),
  TIME_WAIT: state('TIME_WAIT', {
    also: '2MSL TIME-WAIT tcp_tw_reuse tcp_tw_recycle tcp_fin_timeout',
    is: [
      'It has two tasks: to answer again if the last ACK was lost, and to let old segments die out. See [[time-wait-2msl]].',
    ],
    linux: [
      'A mini-socket of 168 to 256 bytes, no descriptor, no process.',
      '`tcp_tw_reuse` = 1 lets connect() take a port out of TIME_WAIT after a second, where timestamps are on. It helps clients only.',
    ],
    look: [
      'As a client: ports in use towards one destination, of those that the range has. See [[ephemeral-ports]].',
    ],
    act: [
      'Usually nothing. Else reuse connections; then more destinations or source addresses; then a wider port range.',
    ],
    myths: [
      [
        '“Too many TIME_WAIT make the server slow.”',
        'A hundred thousand cost about 25 MB. On a listening port they block nothing.',
      ],
      ['“Lower tcp_fin_timeout.”', 'It limits orphaned [[FIN_WAIT2]]. TIME_WAIT is 60 s, compiled in.'],
      ['“Turn on tcp_tw_recycle.”', 'It broke clients behind NAT, and has not existed since Linux 4.12.'],
      [
        '“Lower tcp_max_tw_buckets.”',
        'Then sockets skip TIME_WAIT and late segments can hit new connections. [[time-wait-table|Raise it]].',
      ],
    ],
    shows: ['With the seconds that are left.', 'How many.'],
  }),
  CLOSE_WAIT: state('CLOSE_WAIT', {
    also: 'leak descriptor CLOSE-WAIT close missing',
    linux: [
      'No timer, and no setting.',
      'With [[keepalive]] on, a probe after hours may be answered by RST, and the socket is [[CLOSE]] then. The descriptor stays open all the same.',
    ],
    look: [
      'Recv-Q 0: everything was read, close() is missing. A leak.',
      'Recv-Q 1: only the FIN is unread. Nobody looks at the socket: an idle pool, or a blocked thread.',
      'Recv-Q above 1: data was never read. The program hung before.',
      'No process, Recv-Q above 0: never accepted; see [[accept-queue]].',
    ],
    act: [
      'Close on every path: after read() returned 0, after errors, after timeouts. A restart frees them and cures nothing.',
    ],
    myths: [
      [
        '“There is a sysctl for that.”',
        'There is none. `tcp_fin_timeout` and `tcp_keepalive_*` are about other things.',
      ],
      ['“Raise ulimit -n.”', 'It postpones the day. A leak fills any limit: [[descriptor-limit]].'],
    ],
    shows: ['With Recv-Q, which tells the cause, and the process.', 'The descriptors of a process.'],
  }),
  LAST_ACK: state('LAST_ACK', {
    also: 'LAST-ACK',
    linux: [
      'After close() it is an [[orphan]]: given up after about 100 s without an acknowledgement. It then simply ends; no RST is sent.',
      'After shutdown() the program holds it, and tcp_retries2 counts.',
    ],
    look: ['Send-Q above 1: data stands before the FIN, and the peer, which closed first, does not take it.'],
    act: [
      'A peer that closed fully answers with RST and ends it. One that does not answer at all is gone, or a firewall drops it.',
    ],
    shows: ['With the retransmit timer and its count.'],
  }),
  CLOSE: state('CLOSE', {
    also: 'CLOSED unconnected',
    linux: [
      'In `ss` it is UNCONN. Sockets that are [[bound-only|bound and no more]] are shown under this name too.',
    ],
    look: [
      'A program keeps the descriptor after a reset until it calls close(): the socket is closed, the descriptor is not.',
    ],
    shows: ['Sockets without a connection, with their processes.'],
  }),
  NEW_SYN_RECV: {
    name: 'NEW_SYN_RECV',
    also: 'request socket mini socket TCP_NEW_SYN_RECV 12',
    summary: 'the kernel’s own name for a handshake under way',
    is: [
      'For each SYN Linux makes a small request socket, which is in state 12, TCP_NEW_SYN_RECV. The full socket is made only when the last ACK arrives. Halfclose counts both as [[SYN_RECV]], as `ss` does.',
    ],
    linux: [
      'A request has no inode, no process and no queues; its timer repeats the SYN+ACK.',
      'State 3, SYN_RECV proper, is seen only where both ends connect at once, and with TCP Fast Open.',
    ],
    shows: ['Requests: Recv-Q and Send-Q are always 0.'],
  },
  'bound-only': {
    name: 'Bound only',
    also: 'BOUND_INACTIVE bind before connect 13 closed',
    summary: 'a socket that has a port, and no connection',
    is: [
      'A program called bind() and then neither connect() nor listen(). The socket holds its port all the same. It is missing in /proc/net/tcp and in a plain `ss`; sock_diag shows it as state bit 13. Halfclose counts it as [[CLOSE]].',
    ],
    look: [
      'bind() with port 0 before connect() takes a port for every destination alike: the range is then used up by 28,000 sockets in all, not per destination.',
    ],
    act: [
      'Leave bind() out, or set `IP_BIND_ADDRESS_NO_PORT` before it: then the port is chosen at connect(), for that destination.',
    ],
    shows: ['Bound sockets with their processes (`ss` of 2024 or later).'],
  },
};
