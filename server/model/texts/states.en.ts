import type { State } from '../state.ts';

/** What a state is, for someone who looks at it now. Source: RFC 9293, section 3.3.2; the rest is Linux. */
interface StateText {
  /** A few words: what this socket does. */
  readonly role: string;
  readonly meaning: string;
  /** Whose turn it is: which side, and which part of it, moves next. */
  readonly turn: string;
  /** What ends the state, with the kernel's limit where there is one. */
  readonly end: string;
  readonly normal: string;
  readonly worry: string;
}

export type StateTexts = Readonly<Record<State, StateText>>;

export const statesEn: StateTexts = {
  LISTEN: {
    role: 'waits for connections',
    meaning:
      'A socket that takes connections on a port. It is not a connection itself. Finished handshakes wait in its accept queue until the program calls accept().',
    turn: 'A client’s, to send a SYN.',
    end: 'The program closes the socket or exits.',
    normal: 'A few for each service; the count changes only when services start or stop.',
    worry:
      'The accept queue stays above zero: the program accepts too slowly, and a full queue drops clients.',
  },
  SYN_SENT: {
    role: 'connecting',
    meaning: 'We called connect() and sent a SYN; the peer has not answered yet.',
    turn: 'The peer’s, to answer with SYN+ACK, or with RST if nothing listens there.',
    end: 'The answer; or the kernel gives up, by tcp_syn_retries (about two minutes by default).',
    normal: 'Gone within one round trip.',
    worry: 'Sockets stay here for seconds: the peer is down, or a firewall drops the SYN without a word.',
  },
  SYN_RECV: {
    role: 'handshake',
    meaning: 'A client’s SYN arrived and we answered SYN+ACK; the last ACK of the handshake is missing.',
    turn: 'The client’s, to send the ACK.',
    end: 'The ACK, or tcp_synack_retries repetitions (5 by default, about a minute).',
    normal: 'Few, each gone within one round trip.',
    worry: 'Many at once: a SYN flood, or answers that do not reach the clients.',
  },
  ESTABLISHED: {
    role: 'open',
    meaning: 'The connection is open in both directions; data can flow.',
    turn: 'Either program’s. Silence is allowed, for ever if no keepalive is set.',
    end: 'One side calls close() or shutdown(), or a reset, or retransmissions give up (tcp_retries2, at least 924 s).',
    normal: 'The bulk of the sockets of a working host.',
    worry:
      'Send-Q stays above zero with the retransmit timer running: the peer may be gone (half-open) or not reading.',
  },
  FIN_WAIT1: {
    role: 'our FIN is under way',
    meaning: 'We closed first. Our FIN, and any data before it, is not acknowledged yet.',
    turn: 'The peer’s kernel, to acknowledge.',
    end: 'The ACK. An orphaned socket gives up after tcp_orphan_retries.',
    normal: 'Gone within one round trip.',
    worry: 'It lasts: our data cannot be delivered. The peer is unreachable or has stopped reading.',
  },
  FIN_WAIT2: {
    role: 'waits for the peer’s FIN',
    meaning:
      'We closed first and the peer’s kernel acknowledged it. The connection is half-closed: the peer may still send. The peer is in CLOSE_WAIT.',
    turn: 'The peer’s program, to call close().',
    end: 'The peer’s FIN. If our program has let go of the socket: tcp_fin_timeout, 60 s by default. If it still holds it (shutdown()): no limit.',
    normal: 'Short; up to a minute where peers close late.',
    worry: 'Many that our programs still hold: the peers do not close, and nothing here will end it.',
  },
  CLOSING: {
    role: 'both closed at once',
    meaning: 'Both sides sent a FIN at the same time. We have the peer’s; ours is not acknowledged yet.',
    turn: 'The peer’s kernel, to acknowledge our FIN.',
    end: 'The ACK, then TIME_WAIT; or retransmissions give up.',
    normal: 'Rare, and gone within one round trip.',
    worry: 'It lasts: the peer is no longer reachable.',
  },
  TIME_WAIT: {
    role: 'waits out old segments',
    meaning:
      'Both sides have closed; the side that closed first keeps the address pair so that late segments cannot hit a new connection.',
    turn: 'Nobody’s: the clock’s.',
    end: 'After 60 s (2MSL), fixed in Linux; tcp_fin_timeout does not change it.',
    normal:
      'Up to 60 × the connections closed a second. Each costs a few hundred bytes and no descriptor. Harmless on the serving side.',
    worry:
      'As a client, each one holds a local port: many to one destination use up ip_local_port_range, and connect() fails. Or the count stands at tcp_max_tw_buckets.',
  },
  CLOSE_WAIT: {
    role: 'the peer has closed, we have not',
    meaning:
      'The peer sent its FIN and our kernel acknowledged it. The connection is half-closed and waits for our own program to call close().',
    turn: 'Our program’s. Nobody else can move it.',
    end: 'Only close() by our program, or its exit. There is no timer and no sysctl.',
    normal: 'Zero, or gone within moments. A connection pool may hold a few until it next uses them.',
    worry: 'They age or grow: a descriptor leak, a blocked thread, or a server that has stopped accepting.',
  },
  LAST_ACK: {
    role: 'our FIN is under way, the last one',
    meaning: 'The peer closed first, then we did. Our FIN is not acknowledged yet.',
    turn: 'The peer’s kernel, to acknowledge.',
    end: 'The ACK; or the kernel gives up, by tcp_orphan_retries if no program holds the socket any more.',
    normal: 'Gone within one round trip.',
    worry: 'It lasts: data before our FIN cannot be delivered, or the peer has vanished.',
  },
  CLOSE: {
    role: 'closed',
    meaning: 'No connection. A socket seen here is about to be freed, or was made and not connected yet.',
    turn: 'Nobody’s.',
    end: 'The kernel frees it, or the program goes on to connect() or listen().',
    normal: 'Zero or close to it.',
    worry: 'Seldom a reason. Sockets that were bound and never connected hold their ports unseen.',
  },
};
