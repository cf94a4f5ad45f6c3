import type { StoryName } from '../../../../server/model/learn.ts';
import { act, type Action, type Step } from './machine.ts';
import { newNet, type Net, type Side } from './net.ts';
import type { Call } from './program.ts';

/** One press of a story: `deliver` and `lose` take the oldest segment of that side in flight, or the newest. */
type Press =
  | readonly [Side, Call]
  | readonly ['deliver' | 'lose', Side, 'newest'?]
  | readonly ['both close']
  | readonly ['time'];

interface Story {
  /** Done before it begins, unseen. */
  readonly before: readonly Press[];
  readonly presses: readonly Press[];
}

const OPEN: readonly Press[] = [
  ['left', 'connect'],
  ['deliver', 'left'],
  ['deliver', 'right'],
  ['deliver', 'left'],
  ['right', 'accept'],
];

export const STORIES = {
  open: { before: [], presses: OPEN },
  close: {
    before: OPEN,
    presses: [
      ['left', 'close'],
      ['deliver', 'left'],
      ['deliver', 'right'],
      ['right', 'read'],
      ['right', 'close'],
      ['deliver', 'right'],
      ['deliver', 'left'],
      ['time'],
    ],
  },
  server_closes_first: {
    before: OPEN,
    presses: [
      ['right', 'close'],
      ['deliver', 'right'],
      ['deliver', 'left'],
      ['left', 'close'],
      ['deliver', 'left'],
      ['deliver', 'right'],
      ['left', 'connect'],
      ['deliver', 'left'],
      ['deliver', 'right'],
      ['deliver', 'left'],
    ],
  },
  both_close: {
    before: OPEN,
    presses: [
      ['both close'],
      ['deliver', 'left'],
      ['deliver', 'right'],
      ['deliver', 'right'],
      ['deliver', 'left'],
      ['time'],
      ['time'],
    ],
  },
  half_open: {
    before: OPEN,
    presses: [
      ['right', 'power_off'],
      ['time'],
      ['left', 'send'],
      ['deliver', 'left'],
      ['time'],
      ['right', 'power_on'],
      ['deliver', 'left'],
      ['deliver', 'right'],
    ],
  },
  close_wait_leak: {
    before: OPEN,
    presses: [
      ['left', 'close'],
      ['deliver', 'left'],
      ['deliver', 'right'],
      ['time'],
      ['time'],
      ['right', 'send'],
      ['deliver', 'right'],
      ['deliver', 'left'],
    ],
  },
  lost_last_ack: {
    before: [...OPEN, ['left', 'close'], ['deliver', 'left'], ['deliver', 'right']],
    presses: [
      ['right', 'close'],
      ['deliver', 'right'],
      ['lose', 'left'],
      ['time'],
      ['deliver', 'right'],
      ['deliver', 'left'],
      ['time'],
    ],
  },
  old_duplicate: {
    before: OPEN,
    presses: [
      ['left', 'send'],
      ['time'],
      ['deliver', 'left', 'newest'],
      ['deliver', 'right'],
      ['right', 'read'],
      ['left', 'close'],
      ['deliver', 'left', 'newest'],
      ['deliver', 'right'],
      ['right', 'close'],
      ['deliver', 'right'],
      ['deliver', 'left', 'newest'],
      ['left', 'connect'],
      ['time'],
      ['time'],
      ['left', 'connect'],
    ],
  },
  unread_data: {
    before: OPEN,
    presses: [
      ['left', 'send'],
      ['deliver', 'left'],
      ['deliver', 'right'],
      ['right', 'close'],
      ['deliver', 'right'],
    ],
  },
  refused: {
    before: [['right', 'kill']],
    presses: [
      ['left', 'connect'],
      ['deliver', 'left'],
      ['deliver', 'right'],
    ],
  },
} as const satisfies Record<StoryName, Story>;

/** The step that a press makes; null where it makes none. */
function press(net: Net, [what, side, which]: Press): Step | null {
  const action = actionOf(net, what, side, which);
  return action && act(net, action);
}

function actionOf(net: Net, what: Press[0], side?: Side | Call, which?: 'newest'): Action | null {
  switch (what) {
    case 'left':
    case 'right':
      return { kind: 'call', side: what, call: side as Call };
    case 'both close':
      return { kind: 'close_both' };
    case 'time':
      return { kind: 'elapse' };
    default: {
      const flying = net.wire.filter(({ from }) => from === side);
      const segment = which === 'newest' ? flying.at(-1) : flying[0];
      return segment ? { kind: what, id: segment.id } : null;
    }
  }
}

/** The net as a story finds it. */
export function beginning(name: StoryName): Net {
  const { before }: Story = STORIES[name];
  return before.reduce((net, each) => press(net, each)?.net ?? net, newNet());
}

/** The story's next step from a net that has come as far as it; null: it is told. */
export function nextStep(name: StoryName, net: Net, done: number): Step | null {
  const { presses }: Story = STORIES[name];
  const next = presses[done];
  return next ? press(net, next) : null;
}
