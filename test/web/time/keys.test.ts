import { expect, test, vi } from 'vitest';
import { chartKey } from '../../../web/time/keys.ts';

function pressed(key: string, shiftKey = false, pointed: number | null = null) {
  const mover = { zoomBy: vi.fn(), step: vi.fn(), show: vi.fn(), reset: vi.fn() };
  const result = chartKey({ key, shiftKey }, mover, { pointed, at: [100, 200, 300] });
  const calls = Object.entries(mover).flatMap(([name, { mock }]) =>
    mock.calls.map((call) => [name, ...call]),
  );
  return { result, calls };
}

test.each([
  ['+', ['zoomBy', 0.5, undefined]],
  ['=', ['zoomBy', 0.5, undefined]],
  ['-', ['zoomBy', 2, undefined]],
  ['ArrowLeft', ['step', -1, 0.25]],
  ['ArrowRight', ['step', 1, 0.25]],
  ['0', ['reset']],
])('%s moves the range', (key, call) => {
  expect(pressed(key)).toEqual({ result: null, calls: [call] });
});

test('with Shift the arrows point at a sample, from the last one on, and stay within them', () => {
  expect(pressed('ArrowLeft', true).result).toBe(2);
  expect(pressed('ArrowLeft', true, 0).result).toBe(0);
  expect(pressed('ArrowRight', true, 2).result).toBe(2);
});

test('zoom is around what is pointed at, and Enter shows it', () => {
  expect(pressed('+', false, 1).calls).toEqual([['zoomBy', 0.5, 200]]);
  expect(pressed('Enter', false, 1).calls).toEqual([['show', 200]]);
});

test.each(['Enter', 'Tab', 'a', 'Escape'])('%s is left alone where it means nothing here', (key) => {
  expect(pressed(key)).toEqual({ result: undefined, calls: [] });
});
