import type { TopicTexts } from './topic.ts';

export const timersEn: TopicTexts<'timer'> = {
  'retransmission-timer': {
    name: 'Retransmission timer',
    also: 'RTO backoff tcp_retries2 tcp_retries1 timeout on',
    summary: 'Sends again what is not acknowledged, ever more slowly, until it gives up.',
    is: [
      'It runs while anything is unacknowledged: data, SYN or FIN. Each time it fires it doubles, up to 120 s; that of a SYN only after a few. The first wait follows from the measured round trip, and is at least 200 ms in Linux.',
    ],
    linux: [
      'Open connections: tcp_retries2 = 15, at least 924.6 s. Then ETIMEDOUT.',
      'Orphans: tcp_orphan_retries, about 100 s.',
      'After tcp_retries1 = 3 the kernel doubts the route itself.',
      'A SYN: tcp_syn_retries = 6; since Linux 6.5 tcp_syn_linear_timeouts = 4 more come first, a second apart. About two minutes.',
    ],
    look: ['timer:(on,…) in `ss -o`; Send-Q that does not shrink; “backoff” and “lastack” of `ss -i`.'],
    act: [
      'For one program: [[user-timeout|TCP_USER_TIMEOUT]]. Lowering tcp_retries2 hits every program of the host.',
    ],
    shows: [
      'Timer, backoff and retransmissions of each connection.',
      'How often the host retransmits, and how often a timer had to.',
    ],
  },
  'syn-ack-timer': {
    name: 'SYN+ACK retransmission',
    also: 'tcp_synack_retries handshake server',
    summary: 'Repeats the server’s answer to a SYN.',
    is: [
      'It belongs to the request in [[SYN_RECV]]. It fires after 1, 3, 7, 15 and 31 s; after 63 s the request is dropped.',
    ],
    linux: [
      'tcp_synack_retries = 5.',
      'It also runs where the client has long sent its ACK, and the [[accept-queue]] was too full to take the connection.',
    ],
    look: ['Requests that had to repeat: spoofed senders, or a broken way back.'],
    shows: ['Requests with their timers and repetitions.'],
  },
  'delayed-ack': {
    name: 'Delayed ACK',
    also: 'quickack Nagle TCP_NODELAY 40ms',
    summary: 'Waits a moment before it acknowledges, so that the ACK can travel with data.',
    is: [
      'An ACK may be held back for up to 500 ms by the RFC, in Linux for 40 to 200 ms; and every second full segment is acknowledged at once.',
    ],
    linux: [
      'The ACK of a FIN may be held back too, for 40 ms or so, so that our own FIN can ride along; it plays no part in a stuck close.',
    ],
    look: [
      'Answers that take 40 ms longer than they should: Nagle’s algorithm at the sender waits for the ACK, and the receiver for more data.',
    ],
    act: ['Write a request in one piece, or set TCP_NODELAY.'],
    shows: ['“ato” is the present delay in ms.'],
  },
  keepalive: {
    name: 'Keepalive',
    also: 'SO_KEEPALIVE TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT probe',
    summary: 'Asks a silent peer whether it is still there.',
    is: [
      'A probe is an empty segment below the number that the peer expects, so that it must answer. ACK: it lives. RST: it has lost the connection. Nothing: another probe.',
    ],
    linux: [
      'Off, unless the program sets SO_KEEPALIVE.',
      'Defaults: after 7200 s, every 75 s, 9 probes; 2 h 11 min in all. Then RST is sent, and ETIMEDOUT returned.',
      'It does not run while data is unacknowledged: the [[retransmission-timer]] asks then.',
    ],
    act: [
      'Set TCP_KEEPIDLE below the idle timeout of firewalls and NAT on the way, which is often 5 to 15 min.',
    ],
    myths: [
      [
        '“HTTP keep-alive is the same.”',
        'That keeps a connection for the next request. It asks nobody anything.',
      ],
      ['“tcp_keepalive_time turns it on.”', 'It only holds for sockets that asked for keepalive.'],
    ],
    shows: ['timer:(keepalive,…) where it is on; none where it is off.', 'The host’s default.'],
  },
  'zero-window': {
    name: 'Zero window',
    also: 'probe persist timer window closed flow control backpressure',
    summary: 'The peer’s receive buffer is full; the kernel asks when there is room again.',
    is: [
      'Each ACK says how much the peer can still take. At 0 the sender stops, and probes: with growing waits, as long as the peer answers, for ever.',
      'The peer is alive; its program does not read. That sets it apart from [[half-open]].',
    ],
    look: ['timer:(persist,…) and Send-Q above 0 at the sender; Recv-Q full at the receiver.'],
    act: [
      'Look at the program that does not read: blocked, paused, or too slow. Limit the wait with write timeouts; [[user-timeout|TCP_USER_TIMEOUT]] holds here too.',
    ],
    linux: [
      'Probes without any answer count as retransmissions: tcp_retries2. Of an orphan the kernel ends it sooner.',
    ],
    shows: ['Timers and windows.', 'How often this host has closed its own window.'],
  },
  'user-timeout': {
    name: 'TCP_USER_TIMEOUT',
    also: 'UTO timeout dead connection write',
    summary: 'How long sent data may stay unacknowledged; set by the program.',
    is: [
      'In milliseconds, per socket. When it is over the connection ends with ETIMEDOUT, however many retransmissions are left. It replaces [[retransmission-timer|tcp_retries2]], holds for a [[zero-window]], and changes when [[keepalive]] gives up.',
    ],
    act: [
      '20 to 60 s suits most services: longer than a routing change, shorter than patience. In PostgreSQL `tcp_user_timeout`, in HAProxy `tcp-ut`.',
    ],
    look: ['Idle connections are untouched by it; they need keepalive.'],
  },
  'fin-wait2-timer': {
    name: 'FIN_WAIT2 timer',
    also: 'tcp_fin_timeout TCP_LINGER2 orphan',
    summary: 'How long an orphan waits for the peer’s FIN.',
    is: [
      'After close() the end in [[FIN_WAIT2]] waits for a FIN that it can do nothing with any more. tcp_fin_timeout limits that, 60 s by default.',
    ],
    linux: [
      'Only for orphans: a program that called shutdown() and holds the socket waits without a limit.',
      'Afterwards the peer still is in [[CLOSE_WAIT]]. If it sends, it gets a RST.',
    ],
    myths: [
      [
        '“tcp_fin_timeout is the length of TIME_WAIT.”',
        'It is not. TIME_WAIT is 60 s, fixed; only the number happens to be the same.',
      ],
    ],
    shows: [
      'timer:(timewait,…) on orphans; `ss` calls it so because the same mini-socket does both.',
      'The present setting.',
    ],
  },
  'time-wait-2msl': {
    name: 'TIME_WAIT and 2MSL',
    also: '2MSL maximum segment lifetime old duplicate 60 s',
    summary: 'Why the end that closed first waits for 60 s.',
    is: [
      'MSL is the longest that a segment may live in the network. Twice that, one way and back, and nothing of the old connection is left.',
      'Reason one: the last ACK may be lost. The peer repeats its FIN, and somebody must be there to answer; a RST would look like an error.',
      'Reason two: an old segment could arrive in a new connection on the same ports, with a number that fits.',
    ],
    linux: [
      '60 s, compiled in. A repeated FIN starts it anew.',
      'A listener takes a new SYN in TIME_WAIT if its number is beyond all old ones: nobody waits for a server’s TIME_WAIT.',
      'connect() to the same address from the same port fails: EADDRNOTAVAIL, or the kernel takes another port.',
    ],
    myths: [
      [
        '“SO_LINGER 0 avoids TIME_WAIT.”',
        'By sending a RST and throwing data away. Both reasons above then hit you.',
      ],
    ],
    shows: ['Seconds that are left of each.'],
  },
};
