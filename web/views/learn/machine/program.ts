import {
  begin,
  DATA_BYTES,
  enter,
  send,
  tell,
  watchFinWait2,
  watchSilence,
  type Draft,
  type Net,
  type Side,
} from './net.ts';

/** What a program, or whoever pulls its plug, can do at one end. */
export const CALLS = [
  'start',
  'connect',
  'accept',
  'send',
  'read',
  'shutdown',
  'close',
  'abort',
  'keepalive',
  'kill',
  'power_off',
  'power_on',
] as const;
export type Call = (typeof CALLS)[number];

/** More than this unacknowledged would be a lesson of its own. */
const MAX_UNACKNOWLEDGED = 3;

/** Whether a call makes sense at the moment. */
export function isPossible({ ends }: Net, side: Side, call: Call): boolean {
  const end = ends[side];
  const { state, held } = end;
  const canSend = held && (state === 'ESTABLISHED' || state === 'CLOSE_WAIT');
  if (!end.powered) return call === 'power_on';
  switch (call) {
    case 'power_on':
      return false;
    case 'power_off':
      return true;
    case 'start':
      return side === 'right' && !end.listening;
    case 'connect':
      return !end.listening && (state === 'CLOSE' || state === 'TIME_WAIT');
    case 'accept':
      return end.queued;
    case 'send':
      return canSend && end.unacknowledged.length < MAX_UNACKNOWLEDGED;
    case 'read':
      return held && (end.unreadBytes > 0 || state === 'CLOSE_WAIT');
    case 'shutdown':
      return canSend;
    case 'close':
    case 'abort':
      return held;
    case 'keepalive':
      return held && !end.keepalive && state === 'ESTABLISHED';
    case 'kill':
      return held || end.listening;
  }
}

export function perform(draft: Draft, side: Side, call: Call): void {
  const end = draft.net.ends[side];
  switch (call) {
    case 'start':
      end.listening = true;
      return tell(draft, side, 'starts');
    case 'connect':
      return connect(draft, side);
    case 'accept':
      Object.assign(end, { queued: false, held: true });
      return tell(draft, side, 'accepts');
    case 'send':
      send(draft, side, { bytes: DATA_BYTES });
      return tell(draft, side, 'sends', DATA_BYTES);
    case 'read': {
      const { unreadBytes, state } = end;
      end.unreadBytes = 0;
      if (unreadBytes > 0) tell(draft, side, 'reads', unreadBytes);
      if (unreadBytes === 0 && state === 'CLOSE_WAIT') tell(draft, side, 'reads_end');
      return;
    }
    case 'shutdown':
      return finish(draft, side, ['shuts_down_first', 'shuts_down_second']);
    case 'close':
      return close(draft, side);
    case 'abort':
      if (end.state === 'SYN_SENT') return close(draft, side);
      reset(draft, side);
      return tell(draft, side, 'aborts');
    case 'keepalive':
      end.keepalive = true;
      watchSilence(draft, side);
      return tell(draft, side, 'asks_for_keepalive');
    case 'kill':
      return kill(draft, side);
    case 'power_off':
      // Nothing is sent: that is what tells it from a crash of the program.
      enter(draft, side, 'CLOSE');
      Object.assign(end, { powered: false, listening: false });
      return tell(draft, side, 'loses_power');
    case 'power_on':
      Object.assign(end, { powered: true, listening: side === 'right' });
      return tell(draft, side, 'has_power');
  }
}

function connect(draft: Draft, side: Side): void {
  if (draft.net.ends[side].state === 'TIME_WAIT') return tell(draft, side, 'address_in_use');
  begin(draft, side, { held: true });
  send(draft, side, { syn: true, ack: null });
  enter(draft, side, 'SYN_SENT');
  tell(draft, side, 'connects');
}

/** The program lets go. With bytes unread the kernel resets, so that the peer does not take them for delivered. */
function close(draft: Draft, side: Side): void {
  const end = draft.net.ends[side];
  const { state, unreadBytes } = end;
  end.held = false;
  delete end.timers.keepalive;
  if (state === 'SYN_SENT') {
    enter(draft, side, 'CLOSE');
    return tell(draft, side, 'closes_connecting');
  }
  if (unreadBytes > 0) {
    reset(draft, side);
    return tell(draft, side, 'closes_unread', unreadBytes);
  }
  if (end.finSent) {
    watchFinWait2(draft, side);
    return tell(draft, side, 'lets_go');
  }
  finish(draft, side, ['closes_first', 'closes_second']);
}

function finish(
  draft: Draft,
  side: Side,
  [first, second]: readonly ['closes_first' | 'shuts_down_first', 'closes_second' | 'shuts_down_second'],
): void {
  const isSecond = draft.net.ends[side].state === 'CLOSE_WAIT';
  send(draft, side, { fin: true });
  enter(draft, side, isSecond ? 'LAST_ACK' : 'FIN_WAIT1');
  tell(draft, side, isSecond ? second : first);
}

function reset(draft: Draft, side: Side): void {
  send(draft, side, { rst: true });
  enter(draft, side, 'CLOSE');
}

/** The kernel closes what a process leaves, and resets what it has never accepted. */
function kill(draft: Draft, side: Side): void {
  const end = draft.net.ends[side];
  const { held, queued, state, listening } = end;
  end.listening = false;
  tell(draft, side, 'is_killed');
  if (held) return close(draft, side);
  if (queued) reset(draft, side);
  else if (state === 'SYN_RECV') enter(draft, side, 'CLOSE');
  if (listening) tell(draft, side, 'listener_gone');
}
