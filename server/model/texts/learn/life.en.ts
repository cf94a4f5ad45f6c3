import type { TopicTexts } from './topic.ts';

export const lifeEn: TopicTexts<'life'> = {
  'three-way-handshake': {
    name: 'Three-way handshake',
    also: 'open connect SYN SYN+ACK',
    summary: 'How a connection opens: SYN, SYN+ACK, ACK.',
    is: [
      'Each end tells the other its first sequence number, and each has it acknowledged. The client sends [[syn|SYN]] ([[SYN_SENT]]), the server answers SYN+ACK ([[SYN_RECV]]), the client’s [[ack|ACK]] completes it.',
      'Three segments and not two, because a SYN may be an old duplicate: the server believes it only after the client has confirmed it. A client that never asked answers with [[rst|RST]] instead.',
    ],
    linux: [
      'The kernel does all of it. connect() returns after the SYN+ACK, and the finished connection waits in the [[accept-queue]] until the program calls accept().',
      'Data can arrive before accept(): it lies in the receive buffer.',
    ],
    look: [
      'The client hangs in [[SYN_SENT]]: no answer comes back.',
      'The server hangs in [[SYN_RECV]]: its answer does not arrive, or the last ACK does not.',
    ],
    shows: ['Handshakes under way, at both ends. Healthy ones are over before you see them.'],
  },
  'four-way-close': {
    name: 'Four-way close',
    also: 'FIN teardown close shutdown termination handshake',
    summary: 'How a connection ends: each direction is closed by a FIN, and each FIN is acknowledged.',
    is: [
      'A connection is two streams. close() ends one of them: “no more from me”. So there are two [[fin|FIN]]s and two ACKs, and between them the connection is [[half-closed]].',
      'The end that closes first goes [[FIN_WAIT1]], [[FIN_WAIT2]], [[TIME_WAIT]]; the other [[CLOSE_WAIT]], [[LAST_ACK]]. Where both close at once, both go through [[CLOSING]].',
    ],
    linux: [
      'The kernel acknowledges a FIN by itself, at once or some 40 ms later. It never sends its own FIN by itself: that takes close() or the end of the process.',
      'If the other program closes immediately, its ACK and FIN travel in one segment: three segments on the wire, four steps all the same.',
    ],
    look: [
      'Whose turn is it? FIN_WAIT1, CLOSING and LAST_ACK wait for the peer’s kernel, FIN_WAIT2 for the peer’s program, CLOSE_WAIT for ours, TIME_WAIT for the clock.',
    ],
    myths: [
      [
        '“The passive end waits 2MSL at the end.”',
        'The active end does: whoever sends the first FIN has TIME_WAIT. LAST_ACK is over with the ACK.',
      ],
    ],
    shows: ['Connections whose close is under way. Those that stay for seconds are stuck.'],
  },
  'who-closes-first': {
    name: 'Who closes first',
    also: 'active close passive TIME_WAIT keep-alive',
    summary: 'Whoever closes first pays with TIME_WAIT.',
    is: [
      'TIME_WAIT stays with the end that sent the first FIN. At a server it costs some memory: its connections all have the same local port anyway. At a client each one holds an [[ephemeral-ports|ephemeral port]] for 60 s.',
    ],
    look: [
      'TIME_WAIT on a listening port: the server closes first. Harmless.',
      'TIME_WAIT towards one destination: our clients close first. Count the ports.',
    ],
    act: [
      'Reuse connections: pools, HTTP keep-alive. What is not closed does not wait.',
      'In a pool, let the client close idle connections a little before the server would. Otherwise the server’s FIN meets a request that is just being sent, or the pool keeps sockets in [[CLOSE_WAIT]].',
    ],
    shows: ['TIME_WAIT of a server on port 443: it closed first.'],
  },
  'simultaneous-close': {
    name: 'Simultaneous close',
    also: 'CLOSING both FIN cross',
    summary: 'Both ends close before either has heard of it; both end in TIME_WAIT.',
    is: [
      'The two FINs cross on the way. Each end is in [[FIN_WAIT1]], gets a FIN in place of the ACK that it waits for, acknowledges it and is in [[CLOSING]]. With the ACK of its own FIN it goes to [[TIME_WAIT]].',
      'It is rare and harmless. It takes two closes within one round trip.',
    ],
    look: ['A socket that stays in CLOSING: the peer’s FIN came, and its ACK never will.'],
    shows: ['Sockets in CLOSING: normally none.'],
  },
  'half-closed': {
    name: 'Half-closed',
    also: 'shutdown CLOSE_WAIT FIN_WAIT2 halfclose',
    summary: 'One end has sent its FIN, the other has not. Data still flows in one direction.',
    is: [
      'The end that has closed is in [[FIN_WAIT2]], the other in [[CLOSE_WAIT]]. Both know it: this is a stage of every close, and no fault. What matters is how long it lasts.',
      'It is not [[half-open]]: there, one end has lost the connection and the other does not know.',
    ],
    linux: [
      'shutdown(SHUT_WR) makes it on purpose: “my request ends here, I still read your answer”.',
      'After close() nobody can read any more: if the peer goes on sending, it gets a [[rst|RST]].',
    ],
    look: ['CLOSE_WAIT here: our program owes a close(). FIN_WAIT2 here: the peer’s program owes it.'],
    shows: [
      'Half-closed by the peer, with the process that has to close.',
      'Half-closed by us; a timer there means that no program holds it any more.',
    ],
  },
  'half-open': {
    name: 'Half-open',
    also: 'dead peer power loss NAT timeout cable ghost',
    summary: 'One end is gone without a word; the other still believes in the connection.',
    is: [
      'Power loss, a pulled cable, a NAT or firewall that has forgotten the connection: no FIN and no RST came, so the end that is left stays [[ESTABLISHED]]. If it is silent, it stays so for ever.',
      'As soon as it sends, the truth comes out. A host that is back knows no such connection and answers [[rst|RST]]; if nobody answers, retransmissions run out.',
    ],
    linux: [
      'With data to send: given up after tcp_retries2 (15, at least 924 s).',
      'Idle: only [[keepalive]] asks, if the program turned it on, by default after 2 h.',
    ],
    look: [
      'Send-Q above zero with retransmissions: strong evidence.',
      'Unanswered keepalive probes: strong too.',
      'Idle for hours without a timer: a suspicion. A healthy quiet connection looks the same.',
    ],
    act: [
      '[[user-timeout|TCP_USER_TIMEOUT]] for those that send, [[keepalive]] for those that wait, and deadlines in the program for both.',
    ],
    myths: [
      [
        '“The server crashed, so its clients are half-open.”',
        'When a process crashes its kernel closes its sockets, with FIN or RST. It takes the loss of the host, or of the way to it.',
      ],
    ],
    shows: ['Timers, retransmissions and when something was last heard, of connections to a database.'],
  },
  'all-delivered': {
    name: 'Was everything delivered?',
    also: 'data loss close unread RST linger',
    summary: 'close() that succeeds does not mean that the peer has read it.',
    is: [
      'A successful write() means that the bytes are in our kernel. close() returns at once too: the kernel goes on delivering as an [[orphan]], and nobody hears whether it succeeded.',
      'The reverse is worse. Who closes while bytes are unread sends [[rst|RST]], and the peer may lose even what it has received and not read yet.',
    ],
    act: [
      'Read until read() returns 0, then close.',
      'To know that the peer has it all: shutdown(SHUT_WR), then read to the peer’s end. Its FIN after yours says that it has read; an answer in the protocol is better still.',
      'SO_LINGER with time 0 is no fast close: it throws away what is unsent.',
    ],
    look: ['TCPAbortOnClose rises: something closes before it has read.'],
  },
  'peer-gone': {
    name: 'Telling that the peer is gone',
    also: 'EOF read returns 0 ECONNRESET EPIPE SIGPIPE ETIMEDOUT EINTR',
    summary: 'What a program sees when the other end closes, resets or vanishes.',
    is: [
      'It closed: read() returns 0 after the last byte. That is the only sign of a [[fin|FIN]], and only those who read see it.',
      'It reset: the next call fails with ECONNRESET. Writing once more fails with EPIPE and raises SIGPIPE, which ends a program that does not ignore it.',
      'It vanished: nothing at all, until a timer runs out; then ETIMEDOUT.',
    ],
    act: [
      'Watch connections for reading even when nothing is expected: poll() tells POLLIN and POLLRDHUP.',
      'EINTR and EAGAIN are not an end: try again.',
      'A write that succeeds proves nothing: the first one after the peer has closed is taken, and answered with a reset.',
    ],
  },
  orphan: {
    name: 'Orphan',
    also: 'orphaned socket no process inode 0',
    summary: 'A socket that no program holds any more and that the kernel still has to finish.',
    is: [
      'After close() the kernel still has to deliver what is left, and the FIN. Until then the socket is in [[FIN_WAIT1]], [[CLOSING]] or [[LAST_ACK]], without a process (inode 0).',
      'Sockets that wait in the [[accept-queue]] have no inode either, and are no orphans: they belong to their listener.',
    ],
    linux: [
      'Given up after tcp_orphan_retries: 0 stands for 8, about 100 s.',
      'Beyond [[orphan-limit|tcp_max_orphans]] new orphans are reset at once.',
    ],
    look: ['Many orphans: peers that vanished, or that do not read while we close.'],
    shows: [
      'Closing sockets with their timers; those without a process are orphans.',
      '“orphan” is the kernel’s count.',
    ],
  },
};
