import { expect, test } from 'vitest';
import { createHub } from '../server/hub.ts';
import type { Observation } from '../server/model/observation.ts';

const observation = { sequence: 1 } as Observation;

function recordingLog() {
  const lines: string[] = [];
  const keep = (_fields: object, message: string) => void lines.push(message);
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

test('a sink that throws does not keep the Observation from the others, and is logged once until it recovers', () => {
  const log = recordingLog();
  const seen: number[] = [];
  let broken = true;
  const hub = createHub(
    [
      {
        name: 'first',
        publish() {
          if (broken) throw new Error('disk full');
        },
      },
      { name: 'second', publish: (given) => void seen.push(given.sequence) },
    ],
    log,
  );
  hub.publish(observation);
  hub.publish(observation);
  broken = false;
  hub.publish(observation);
  expect(seen).toEqual([1, 1, 1]);
  expect(log.lines).toEqual(['sink failed', 'sink works again']);
});

test('closing closes every sink, also after one that fails to', async () => {
  const closed: string[] = [];
  const hub = createHub(
    [
      { name: 'first', publish() {}, close: () => Promise.reject(new Error('no')) },
      { name: 'second', publish() {}, close: () => void closed.push('second') },
    ],
    recordingLog(),
  );
  await hub.close();
  expect(closed).toEqual(['second']);
});
