import { expect, test } from 'vitest';
import { STORY_NAMES } from '../../../server/model/learn.ts';
import { lifelinesOf } from '../../../web/views/learn/lifelines.ts';
import type { Step } from '../../../web/views/learn/machine/machine.ts';
import { beginning, nextStep, STORIES } from '../../../web/views/learn/machine/stories.ts';

function told(name: (typeof STORY_NAMES)[number], count = STORIES[name].presses.length): Step[] {
  const steps: Step[] = [];
  while (steps.length < count)
    steps.push(nextStep(name, steps.at(-1)?.net ?? beginning(name), steps.length)!);
  return steps;
}

test.each(STORY_NAMES)(
  'of %s each end has one present state after every step, the one that it is in',
  (name) => {
    for (let count = 0; count <= STORIES[name].presses.length; count++) {
      const steps = told(name, count);
      const { stretches, rows } = lifelinesOf(beginning(name), steps);
      const net = steps.at(-1)?.net ?? beginning(name);
      for (const side of ['left', 'right'] as const) {
        const present = stretches.filter((each) => each.side === side && each.now);
        expect(present.map(({ state, to }) => [state, to])).toEqual([[net.ends[side].state, rows - 1]]);
      }
    }
  },
);

test('segments that cross are drawn from where they were sent to where they arrived', () => {
  const { arrows } = lifelinesOf(beginning('both_close'), told('both_close', 3));
  const fins = arrows.filter(({ segment }) => segment.fin);
  expect(fins.map(({ from, to, fate }) => [from, to, fate])).toEqual([
    [1, 2, 'arrived'],
    [1, 3, 'arrived'],
  ]);
  expect(arrows.filter(({ fate }) => fate === 'flying')).toHaveLength(2);
});
