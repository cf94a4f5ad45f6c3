import type { TopicTexts } from './topic.ts';

export const queuesEn: TopicTexts<'queue'> = {
  'accept-queue': {
    name: 'Accept queue',
    also: 'backlog somaxconn listen overflow full connection queue',
    summary: 'Finished connections that wait for accept().',
    is: [
      'Each listener has one. Its maximum is the smaller of listen()’s backlog and net.core.somaxconn; it takes one more than that.',
      'When it is full, Linux drops the last ACK of the handshake and new SYNs. The client believes that it is connected, sends, and waits.',
    ],
    look: [
      'Recv-Q of the listener above 0 for seconds: the program accepts too slowly, or not at all.',
      'ListenOverflows rises: the queue was full, if only for a moment.',
      'Clients report delays of 1 s, 2 s, 3 s: SYNs that were repeated. Of 1 s, 3 s, 7 s: the same before Linux 6.5, or SYN+ACKs.',
    ],
    act: [
      'Find why accept() is not called: blocked event loop, no descriptors left, all workers busy.',
      'Then raise backlog and somaxconn, both; and restart, since listen() reads them once.',
    ],
    linux: [
      '/proc/net/tcp does not show the maximum. sock_diag does: Send-Q of the listener.',
      'With tcp_abort_on_overflow = 1 clients get a RST instead of silence.',
    ],
    myths: [
      [
        '“A longer queue makes it faster.”',
        'It smooths bursts. A program that is too slow only lets more clients wait for longer.',
      ],
    ],
    shows: [
      'Recv-Q: waiting; Send-Q: the maximum.',
      'Overflows since boot; the rest of ListenDrops has other causes.',
    ],
  },
  'syn-queue': {
    name: 'SYN queue',
    also: 'SYN backlog tcp_max_syn_backlog request queue half connection',
    summary: 'Handshakes that wait for the client’s last ACK.',
    is: [
      'The requests in [[SYN_RECV]] of one listener. They are counted against its backlog, as the [[accept-queue]] is; tcp_max_syn_backlog counts only where [[syn-cookies]] are off.',
    ],
    look: ['Many requests with repeated SYN+ACK: a flood. Many with none, for a moment: a burst of clients.'],
    act: ['Leave SYN cookies on (1). Raise backlog and somaxconn where real clients come in bursts.'],
    linux: ['When the accept queue is full, new SYNs are dropped, whatever room is here.'],
    shows: ['Requests of all listeners.', 'Requests that met a full queue: dropped, or answered by cookies.'],
  },
  'recv-q': {
    name: 'Recv-Q',
    also: 'receive queue unread bytes receive buffer',
    summary: 'Bytes that have arrived and that the program has not read.',
    is: [
      'After a FIN it counts one more: the FIN has a sequence number too. Of a listener it is something else: connections in the [[accept-queue]].',
    ],
    look: [
      'Above 0 for long: the program does not read. Full: the peer must stop, see [[zero-window]].',
      'In [[CLOSE_WAIT]]: 0 drained, 1 FIN unread, more data unread.',
    ],
    linux: [
      'Reading data that came together with the FIN takes the FIN along: 0 then does not prove that the program saw the end.',
    ],
    shows: ['Second column.'],
  },
  'send-q': {
    name: 'Send-Q',
    also: 'send queue unacknowledged bytes send buffer',
    summary: 'Bytes that the program has written and the peer has not acknowledged.',
    is: ['Our FIN and SYN count one each. Of a listener it is the maximum of its [[accept-queue]].'],
    look: [
      'Falls and rises: data flows.',
      'Stands, with timer “on”: nothing is acknowledged; [[half-open]].',
      'Stands, with timer “persist”: the peer does not read; [[zero-window]].',
    ],
    linux: ['When it reaches the send buffer’s size, write() blocks or returns EAGAIN.'],
    shows: ['Third column, with the timer at the end.'],
  },
};
