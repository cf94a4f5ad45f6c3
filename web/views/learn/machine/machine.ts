import { elapse, nextDue, type Due } from './clock.ts';
import { tell, type Draft, type Happening, type Net, type Side } from './net.ts';
import { isPossible, perform, type Call } from './program.ts';
import { receive } from './receive.ts';

/** What the reader makes happen. `close_both`: both programs before either has heard of the other's. */
export type Action =
  | { readonly kind: 'call'; readonly side: Side; readonly call: Call }
  | { readonly kind: 'close_both' }
  | { readonly kind: 'deliver' | 'lose'; readonly id: number }
  | { readonly kind: 'elapse' };

export interface Step {
  readonly action: Action;
  readonly net: Net;
  readonly happenings: readonly Happening[];
}

export function canDo(net: Net, action: Action): boolean {
  switch (action.kind) {
    case 'call':
      return isPossible(net, action.side, action.call);
    case 'close_both':
      return isPossible(net, 'left', 'close') && isPossible(net, 'right', 'close');
    case 'deliver':
    case 'lose':
      return net.wire.some(({ id }) => id === action.id);
    case 'elapse':
      return nextDue(net) !== null || net.ends.left.state !== 'CLOSE' || net.ends.right.state !== 'CLOSE';
  }
}

/** One step on; null where the action makes no sense now. The net that is given stays as it is. */
export function act(before: Net, action: Action): Step | null {
  if (!canDo(before, action)) return null;
  const draft: Draft = { net: structuredClone(before), happenings: [] };
  const { net, happenings } = draft;
  switch (action.kind) {
    case 'call':
      perform(draft, action.side, action.call);
      break;
    case 'close_both':
      perform(draft, 'left', 'close');
      perform(draft, 'right', 'close');
      break;
    case 'deliver':
    case 'lose': {
      const segment = net.wire.find(({ id }) => id === action.id)!;
      net.wire = net.wire.filter((each) => each !== segment);
      if (action.kind === 'deliver') receive(draft, segment);
      else {
        happenings.push({ kind: 'lost', segment });
        tell(draft, segment.from, 'segment_lost');
      }
      break;
    }
    case 'elapse':
      elapse(draft);
      break;
  }
  return { action, net, happenings };
}

/** Whose turn it is. `program`: only that program can move it. `nobody`: it stays so for ever. */
export type Turn =
  | { readonly kind: 'network' }
  | { readonly kind: 'program'; readonly side: Side; readonly call: 'accept' | 'close' }
  | { readonly kind: 'clock'; readonly due: Due & { kind: 'timer' }; readonly inSeconds: number }
  | { readonly kind: 'either' }
  | { readonly kind: 'nobody'; readonly side: Side }
  | { readonly kind: 'closed' };

export function turnOf(net: Net): Turn {
  const { left, right } = net.ends;
  if (net.wire.length > 0) return { kind: 'network' };
  for (const side of ['right', 'left'] as const) {
    if (net.ends[side].queued) return { kind: 'program', side, call: 'accept' };
  }
  const due = nextDue(net);
  const waits = due?.kind === 'timer' && due.timer !== 'keepalive';
  for (const side of ['right', 'left'] as const) {
    if (net.ends[side].state === 'CLOSE_WAIT' && !waits) return { kind: 'program', side, call: 'close' };
  }
  if (due?.kind === 'timer' && (waits || left.state !== right.state)) {
    return { kind: 'clock', due, inSeconds: due.at - net.nowSeconds };
  }
  if (left.state === 'CLOSE' && right.state === 'CLOSE') return { kind: 'closed' };
  if (left.state === 'CLOSE') return { kind: 'nobody', side: 'right' };
  if (right.state === 'CLOSE') return { kind: 'nobody', side: 'left' };
  return { kind: 'either' };
}
