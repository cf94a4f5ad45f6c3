/** The words of the ladder: what happened between the two ends of a connection, where it stopped and whose turn it is. */
export const ladderEn = {
  /** Between two sentences. */
  between: ' ',
  /** `more` may be empty. */
  also: (words: string, more: string) => (more === '' ? words : `${words}; ${more}`),
  noted: (words: string, note: string) => `${words} (${note})`,
  here: 'This end',
  peer: 'Peer',
  client: 'Client',
  process: (name: string, pid: string) => `${name} (pid ${pid})`,
  noProgram: 'held by no program',
  severalPeers: 'several',
  port: (port: string) => `port ${port}`,
  name: 'What went between the two ends, and whose turn it is',
  key: {
    arrived: 'happened',
    lost: 'no answer, or dropped',
    owed: 'still missing',
    supposed: 'the peer’s state, if it is still there',
  },

  /** Read aloud, one sentence after the other. */
  said: {
    here: 'This end',
    peer: 'The peer',
    arrived: (from: string, what: string) => `${from}: ${what}.`,
    lost: (from: string, what: string, times: number) =>
      times > 1
        ? `${from}: ${what}, ${times} times, without an answer.`
        : `${from}: ${what}, without an answer.`,
    dropped: (from: string, what: string) => `${from}: ${what}. It arrives and is dropped.`,
    owed: (from: string, what: string) => `Still missing from ${from.toLowerCase()}: ${what}.`,
    under_way: (from: string, what: string) => `${from}: ${what}, on its way.`,
    done: (who: string, what: string) => `${who}: ${what}.`,
    begins: (who: string, state: string) => `${who} is in ${state}.`,
    known: (who: string, state: string) => `${who} is now in ${state}.`,
    supposed: (who: string, state: string) => `${who} should now be in ${state}; nothing here proves it.`,
    willBe: (who: string, state: string) => `${who} would then be in ${state}.`,
    other: (who: string, words: string) => `${who}: ${words}.`,
    passes: (time: string) => `Time passes: ${time}.`,
    stop: (words: string) => `Here it stands: ${words}.`,
    turn: (words: string) => `Whose turn: ${words}`,
  },

  /** Beside a lifeline, in place of a state. */
  unknown: 'not known',
  orGone: 'or gone',
  notListening: 'nobody listens',
  inAcceptQueue: 'in the accept queue',
  orphan: 'no program',
  thinksItIsOpen: 'for the client',
  noPeer: 'no peer',

  /** What travels; the names of segments are the same in every language. */
  data: (bytes: string) => (bytes === '' ? 'data' : `data, ${bytes}`),
  dataAndFin: (bytes: string) => `${bytes === '' ? 'data' : bytes} and FIN`,
  restAndFin: (bytes: string) => `the ${bytes}, then FIN`,
  keepaliveProbe: 'keepalive probe',
  windowProbe: 'zero-window probe',
  windowZero: 'ACK, window 0',
  windowNearlyZero: 'ACK, window (nearly) 0',
  windowOpens: 'ACK, window open',
  ackOrRst: 'ACK',
  ackOrRstNote: 'or RST, if the peer is gone',
  synAckOrRst: 'SYN-ACK',
  synAckOrRstNote: 'or RST, if nobody listens',
  cookieSynAck: 'SYN-ACK with cookie',
  cookieAck: 'ACK with cookie',
  anyAnswer: 'any segment',

  /** Beside an arrow or an act: what is to be known about it. */
  fromManyAddresses: (count: string) => `from ${count} addresses`,
  queueFull: 'the accept queue is full',
  backlogFull: 'the SYN queue is full',
  finBehindData: (bytes: string) => `FIN waits behind ${bytes}`,
  noPortNote: 'as soon as no port is left',
  resetIfUnread: 'with unread data it sends RST instead',
  mayCarryBoth: 'ACK and FIN may be one segment',

  /** What programs do. */
  read: 'read()',
  readToEnd: 'read() to the end',
  readDoubt: 'Recv-Q is 0; whether it saw the end is not shown',
  acceptFirst: 'accept()',
  connectFails: 'connect() → EADDRNOTAVAIL',
  closeUnread: (bytes: string) =>
    bytes === '' ? 'close() with data unread' : `close() with ${bytes} unread`,
  closeLinger: 'close() with SO_LINGER 0',
  lingerNote: 'what was not delivered is thrown away',
  etimedout: 'ETIMEDOUT',
  etimedoutNote: 'no RST is sent',
  econnrefused: 'connect() → ECONNREFUSED',
  timedOut: 'data, SYN or probe',

  age: (duration: string, exact: boolean) => (exact ? duration : `at least ${duration}`),
  rest: 'the rest of 60 s',
  silentFor: (duration: string) => `nothing heard for ${duration}`,
  lastAck: (duration: string) => `last acknowledgement ${duration} ago`,

  /** Where it stands. */
  stops: {
    closeMissing: 'close() never came',
    dataUnread: (bytes: string) =>
      bytes === '' ? 'Data and FIN wait in Recv-Q, unread' : `${bytes} and the FIN wait in Recv-Q, unread`,
    finUnread: 'Only the FIN waits in Recv-Q, unread',
    notAccepted: 'In the accept queue: accept() was never called',
    acceptQueue: (waiting: string, max: string) =>
      max === ''
        ? `${waiting} wait in the accept queue`
        : `${waiting} wait in an accept queue that takes ${max}`,
    finNotAcked: 'The FIN is not acknowledged',
    dataNotAcked: (bytes: string) => `${bytes} and the FIN are not acknowledged`,
    windowClosed: (bytes: string) => `The peer’s window is closed; ${bytes} wait in Send-Q`,
    peerKeepsOpen: 'The peer’s FIN never came',
    timeWait: 'The socket waits out old segments for 60 s (2MSL)',
    timeWaitPorts: (used: string, usable: string) =>
      `Its port is taken for 60 s; ${used} of ${usable} are, to this destination`,
    timeWaitServed: 'It waits 60 s on the listening port, which all of them share: harmless',
    timeWaitTable: (count: string, max: string) => `The table holds ${count} of ${max}`,
    timeWaitOverflow: 'The table is full: this end skips TIME_WAIT',
    handshakeDropped: 'The handshake cannot end: its last ACK is dropped',
    ackMissing: 'The last ACK of the handshake never comes',
    cookies: 'The SYN queue is full, and cookies help out',
    synDropped: 'The SYN is dropped: the queue is full and cookies are off',
    synUnanswered: 'Neither SYN-ACK nor RST came back',
    nothingAcked: 'Nothing is acknowledged',
    probesUnanswered: (probes: string) => `${probes} probes got no answer`,
    silent: 'Silent; a healthy idle connection looks the same',
    peerNotReading: (bytes: string) => `The peer’s window stays closed; ${bytes} wait in Send-Q`,
    notReading: (bytes: string) => `The receive buffer is full: ${bytes} wait in Recv-Q`,
    heldOpen: (used: string, usable: string) =>
      `It stays open and keeps its port; ${used} of ${usable} are taken`,
    boundOnly: 'Bound, and neither connected nor listening: the port is lost to all',
    reset: 'The peer may lose what it was sent last',
    resetOnPurpose: 'The peer sees ECONNRESET; nothing lingers in TIME_WAIT',
    resetAfterClose: 'The peer goes on sending to a closed socket, and may lose our last answer',
    gaveUp: 'The kernel gave up; the program gets ETIMEDOUT',
    refused: 'The host is there, and nobody listens at that port',
    orphan: (used: string, max: string) => `One of ${used} orphans; the kernel keeps ${max}`,
    orphanReset: 'The kernel has ended it: what it had to deliver is lost',
    open: 'Open both ways',
    dataWaits: (bytes: string) => `${bytes} wait in Recv-Q`,
  },

  /** Whose move would go on, and what the kernel does meanwhile. */
  turns: {
    close: 'The program must call close(). No timer ends CLOSE_WAIT.',
    readThenClose: 'The program must read, and then close(). No timer ends CLOSE_WAIT.',
    closeOrReturn: 'The program must look at this descriptor, and close() it. No timer ends CLOSE_WAIT.',
    accept: 'The program must call accept().',
    acceptFaster: 'The program must call accept(), so that the queue has room.',
    peerAcks: 'The peer’s kernel must acknowledge.',
    peerReads: 'The peer’s program must read.',
    peerCloses: 'The peer’s program must call close().',
    peerClosesOrphan: (left: string) =>
      `The peer’s program must close(); the kernel ends it here in ${left}.`,
    peerClosesOwned:
      'The peer’s program must call close(). No timer ends it while this end’s program holds it.',
    kernelGivesUp: (left: string) => `This end’s kernel gives up in ${left} or later.`,
    kernelGivesUpNow: 'This end’s kernel gives up any moment.',
    nextIn: (left: string) => `The kernel sends again in ${left}.`,
    clientAcks: 'The client must send its ACK.',
    clientAcksFlood: 'The client must answer, if there is one: forged addresses never do.',
    raiseBacklog: 'Nobody has to act: the client has answered. A longer backlog spares the cookie.',
    clientRetries:
      'The client sends SYN again, after 1 s, 2 s, 3 s …, then ever more slowly (before Linux 6.5: 1 s, 3 s, 7 s).',
    peerAnswers: 'The peer must answer, if the SYN reaches it.',
    peerAnswersProbe: 'The peer must answer; the probes end the connection if it does not.',
    eitherSpeaks: 'Somebody must speak: only traffic or a keepalive probe tells whether the peer is there.',
    either: 'Either program may go on. Silence is allowed.',
    keepaliveIn: (left: string) => `The next keepalive probe goes out in ${left} of silence.`,
    read: 'The program must read.',
    clock: 'Nobody has to act: time ends it.',
    reuseAfterSecond:
      'tcp_tw_reuse lets a client take the port again after 1 s, where both ends use timestamps.',
    clockIn: (left: string) => `Nobody has to act: it ends in ${left}.`,
    raiseTable: 'Nobody has to act; but a late segment may now reach a new connection.',
    reuse: 'The program must close it, or use it again instead of opening another.',
    connectOrClose: 'The program must connect() or close().',
    readFirst: 'The program should read to the end before close().',
    lingerOff: 'The program should close() without SO_LINGER 0.',
    shutdownFirst: 'The program should shutdown() for writing and read to the end before close().',
    over: 'Nobody has to act: it is over.',
    listen: 'The service must be started there, or the address corrected.',
  },
};

export type LadderTexts = typeof ladderEn;
