import type { StoryName } from '../../learn.ts';

/** What the simulator says. `who` and `peer` are its two ends; `n` is a number of bytes, seconds or repetitions. */
export const simulatorEn = {
  title: 'Two ends and a wire',
  lead: 'Press what each program or the network does, and see what TCP makes of it. Timers and numbers are those of Linux.',
  /** In a sentence, and as a heading. */
  ends: { left: 'the client', right: 'the server' },
  heads: { left: 'Client', right: 'Server' },
  story: 'Story',
  free: 'Free play',
  stories: {
    open: 'Open: the three-way handshake',
    close: 'Close: four steps',
    server_closes_first: 'The server closes first',
    both_close: 'Both close at once',
    half_open: 'Half-open, and the reset that ends it',
    close_wait_leak: 'A CLOSE_WAIT leak',
    lost_last_ack: 'TIME_WAIT: the last ACK is lost',
    old_duplicate: 'TIME_WAIT: an old segment, and the ports again',
    unread_data: 'Closed with bytes unread',
    refused: 'Nobody listens',
  } satisfies Record<StoryName, string> as Readonly<Record<StoryName, string>>,
  ready: 'Press Next to go through it step by step, or any button to go your own way.',
  next: 'Next',
  back: 'Back',
  again: 'From the start',
  step: (done: string, all: string) => `Step ${done} of ${all}`,
  steps: (done: string) => `${done} steps so far`,
  told: 'That is the whole story. Go on by hand, or choose another.',
  left: 'You have left the story; it goes on as you press.',
  keys: 'Arrow keys go forth and back.',
  network: 'Network',
  nothingFlies: 'Nothing is on the way.',
  deliver: 'Deliver',
  lose: 'Lose',
  time: 'Let time pass',
  timeTo: (duration: string) => `Let time pass: ${duration}`,
  bothClose: 'Both close() at once',
  clock: (time: string) => `Time: ${time}`,
  calls: {
    start: 'Start the server',
    connect: 'connect()',
    accept: 'accept()',
    send: 'write()',
    read: 'read()',
    shutdown: 'shutdown(WR)',
    close: 'close()',
    abort: 'close(), SO_LINGER 0',
    keepalive: 'Turn keepalive on',
    kill: 'Kill the program',
    power_off: 'Pull the plug',
    power_on: 'Power on',
  },
  /** Of an end, under its name. */
  facts: {
    off: 'no power',
    queued: 'in the accept queue',
    orphan: 'no program holds it',
    unread: (n: string) => `${n} bytes unread`,
    unacknowledged: (n: string) => `${n} not acknowledged`,
  },
  segment: {
    data: (n: string) => `${n} bytes`,
    probe: 'probe',
    again: (n: string) => `repeated: ${n}`,
    lost: 'lost',
    flying: 'on the way',
  },
  drawing: 'What has happened so far',
  emptyDrawing: 'Nothing has happened yet.',
  cut: (n: string) => `${n} earlier steps are not drawn.`,
  sentBy: (who: string, segment: string) => `${who} sends ${segment}`,
  becomes: (who: string, state: string) => `${who} is now in ${state}`,
  turns: {
    title: 'Whose turn is it?',
    network: 'The network’s: a segment is on the way.',
    accept: (who: string) => `The program’s, of ${who}: it must call accept().`,
    close: (who: string) =>
      `The program’s, of ${who}: it must call close(). Nobody else can end this, and no timer will.`,
    either: 'Either program’s.',
    nobody: (who: string) =>
      `Nobody’s. Of ${who} the connection is left, of the other end nothing: half-open. It shows when a program sends, or keepalive asks.`,
    closed: 'Nobody’s: there is no connection.',
    clock: {
      retransmission: (who: string, duration: string) => `The clock’s: ${who} sends again in ${duration}.`,
      time_wait: (who: string, duration: string) =>
        `The clock’s: TIME_WAIT of ${who} is over in ${duration}.`,
      fin_wait2: (who: string, duration: string) =>
        `The clock’s: ${who} waits ${duration} more for the FIN, and then no longer.`,
      keepalive: (who: string, duration: string) =>
        `The clock’s: ${who} asks in ${duration} whether the peer is there.`,
    },
  },
  tellings: {
    connects: (who: string) =>
      `The program of ${who} calls connect(). Its kernel sends SYN and starts a timer.`,
    address_in_use: (who: string) =>
      `connect() from the same port fails: EADDRNOTAVAIL. TIME_WAIT still guards this pair of addresses; with another port ${who} could connect at once.`,
    accepts: (who: string) =>
      `The program of ${who} takes the connection out of the accept queue: from now on it holds a descriptor.`,
    sends: (who: string, peer: string, n: string) =>
      `${who} writes ${n} bytes. write() has succeeded already; ${peer} knows nothing of it yet.`,
    reads: (who: string, _peer: string, n: string) => `The program of ${who} reads ${n} bytes.`,
    reads_end: (who: string, peer: string) =>
      `read() of ${who} returns 0: ${peer} will send no more. Now it should close, too.`,
    closes_first: (who: string) =>
      `${who} closes first and sends FIN: no more data from here. TIME_WAIT will be its own.`,
    closes_second: (who: string) => `${who} closes as well. Its FIN is the second and last.`,
    lets_go: (who: string) => `The program of ${who} lets go of the descriptor. The kernel goes on alone.`,
    shuts_down_first: (who: string) =>
      `${who} ends its own direction by shutdown(), and keeps the descriptor to read on.`,
    shuts_down_second: (who: string) =>
      `${who} ends its direction too; its program still holds the descriptor.`,
    closes_unread: (who: string, peer: string, n: string) =>
      `${who} closes with ${n} bytes unread. So its kernel sends RST instead of FIN: ${peer} must not believe that they were read.`,
    closes_connecting: (who: string) =>
      `${who} gives up connecting. There is nothing to close yet, so nothing is sent.`,
    aborts: (who: string) =>
      `close() with SO_LINGER 0: ${who} sends RST. No TIME_WAIT, and nothing that was under way is repeated.`,
    is_killed: (who: string) => `The program of ${who} is killed. Its kernel lives, and closes what it held.`,
    listener_gone: (who: string) => `Nobody listens at ${who} any more.`,
    loses_power: (who: string, peer: string) =>
      `${who} loses its power. Nothing is sent: ${peer} cannot know.`,
    has_power: (who: string) => `${who} is back, and remembers no connection.`,
    starts: (who: string) => `The program of ${who} starts, and listens.`,
    asks_for_keepalive: (who: string) =>
      `${who} asks for keepalive: after two hours of silence its kernel will ask.`,
    segment_lost: (who: string) => `The segment of ${who} is lost. Nobody is told; only a timer can notice.`,
    segment_expired: (who: string, _peer: string, n: string) =>
      `The segment of ${who} has been on the way for ${n} s, and is gone: none lives longer.`,
    host_is_off: (who: string) => `It reaches ${who}, which has no power. No answer comes.`,
    gets_syn: (who: string) =>
      `${who} gets the SYN and answers SYN+ACK. Its kernel remembers the request; the program knows nothing yet.`,
    gets_syn_again: (who: string) => `The same SYN once more: ${who} answers again.`,
    gets_syn_in_time_wait: (who: string) =>
      `A new SYN, with a number beyond all of the old connection: ${who} may leave TIME_WAIT and open anew.`,
    gets_syn_ack: (who: string) => `${who} gets SYN+ACK: connect() returns. Its ACK completes the handshake.`,
    gets_syn_ack_again: (who: string) => `SYN+ACK once more, so the ACK was lost: ${who} sends it again.`,
    opens_at_once: (who: string) =>
      `${who} gets a SYN while its own is under way: both open at once, and it answers SYN+ACK.`,
    is_queued: (who: string) =>
      `${who} gets the ACK: the connection is open. It waits in the accept queue until the program calls accept().`,
    is_open: (who: string) => `${who} gets the ACK: the connection is open.`,
    gets_data: (who: string, _peer: string, n: string) =>
      `${who} gets ${n} bytes and acknowledges them. That its program has read them, the ACK does not say.`,
    gets_ack: (who: string) => `${who} gets the ACK: what it covers need not be sent again.`,
    gets_nothing_new: (who: string) => `${who} gets a segment that tells it nothing new.`,
    gets_ack_of_fin: (who: string, peer: string) =>
      `${who}’s FIN is acknowledged. The connection is half-closed: ${peer} may still send, and owes its own FIN.`,
    gets_fin: (who: string) =>
      `${who} gets the FIN. Its kernel acknowledges by itself; its program has to read to the end and close.`,
    gets_fin_last: (who: string, _peer: string, n: string) =>
      `${who} gets the other FIN and acknowledges it. It waits ${n} s, in case this ACK is lost.`,
    gets_fin_at_once: (who: string) => `${who} waits for an ACK and gets a FIN: both closed at once.`,
    gets_ack_in_closing: (who: string, _peer: string, n: string) =>
      `${who}’s FIN is acknowledged as well; now it waits ${n} s.`,
    gets_last_ack: (who: string) =>
      `${who} gets the last ACK. For it, the connection is over: no TIME_WAIT on this side.`,
    gets_fin_again: (who: string, _peer: string, n: string) =>
      `The FIN once more, so the last ACK was lost. TIME_WAIT of ${who} answers again, and starts its ${n} s anew.`,
    gets_early: (who: string) =>
      `Something before it is missing: ${who} keeps it, and says again what it expects.`,
    gets_old: (who: string) =>
      `An old segment: ${who} has had that. It throws it away and says what it expects.`,
    answers_probe: (who: string) =>
      `The number is below what ${who} expects, so it answers with an ACK: it is there.`,
    gets_data_after_close: (who: string) =>
      `Data, although the program of ${who} has closed: nobody will ever read it. Its kernel answers RST.`,
    knows_no_connection: (who: string) => `${who} knows no such connection, and answers RST.`,
    has_no_listener: (who: string) => `Nobody listens at ${who}: its kernel answers RST.`,
    gets_wrong_ack: (who: string) =>
      `It acknowledges what ${who} has not sent: it belongs to another connection.`,
    ignores_reset: (who: string) => `${who} gets a RST that fits nothing, and ignores it.`,
    doubts: (who: string) =>
      `${who} does not take its word for it: it answers with an ACK. Who has really lost the connection will send RST to that.`,
    is_reset: (who: string) =>
      `${who} gets RST with the number it expects: the connection is gone. Its program gets an error at the next call.`,
    is_reset_in_queue: (who: string) =>
      `${who} gets RST before its program has seen the connection: it is dropped.`,
    is_refused: (who: string) => `${who} gets RST: connect() fails with ECONNREFUSED.`,
    is_reset_in_time_wait: (who: string) => `RST ends TIME_WAIT of ${who} early.`,
    retransmits: (who: string, _peer: string, n: string) =>
      `No ACK came in time: ${who} sends again (repetition ${n}). It waits longer each time.`,
    retransmits_syn: (who: string, _peer: string, n: string) =>
      `No answer came in time: ${who} sends SYN again (repetition ${n}), each second at first and then ever more slowly.`,
    gives_up: (who: string) => `${who} gives up: ETIMEDOUT. No RST is sent; there is nobody to hear it.`,
    time_wait_over: (who: string) =>
      `2MSL have passed: ${who} forgets the connection. Nothing of it can be on the way any more.`,
    fin_wait2_over: (who: string, peer: string) =>
      `The FIN never came: ${who} forgets the connection (tcp_fin_timeout). ${peer} does not learn of it.`,
    probes: (who: string, _peer: string, n: string) =>
      `Long silence: the kernel of ${who} asks (probe ${n}).`,
    gives_up_probing: (who: string, _peer: string, n: string) =>
      `${n} probes without an answer: ${who} ends the connection.`,
    waits_in_vain: () => 'An hour passes. No timer runs: nothing happens, and nothing will.',
  },
};
export type SimulatorTexts = typeof simulatorEn;
