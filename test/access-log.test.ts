import { expect, test } from 'vitest';
import { createAccessLog } from '../server/access-log.ts';
import type { Observation } from '../server/model/observation.ts';
import { memoryLog, observation } from './given.ts';

function refused(over: Partial<Observation['ownership']>): Observation {
  const { ownership } = observation();
  return observation({ ownership: { ...ownership, ...over } });
}

test('what keeps processes from being named is said once, and again when it is something else', () => {
  const log = memoryLog();
  const sink = createAccessLog(log);
  sink.publish(refused({}));
  expect(log.lines).toEqual([]);

  const lacking = refused({
    processesDenied: 3,
    missingCapabilities: [
      { capability: 'CAP_DAC_READ_SEARCH', processes: 3 },
      { capability: 'CAP_SYS_PTRACE', processes: 3 },
    ],
  });
  sink.publish(lacking);
  sink.publish(lacking);
  expect(log.lines).toEqual([
    expect.stringContaining('"missing":"CAP_DAC_READ_SEARCH,CAP_SYS_PTRACE","processes":3'),
  ]);

  sink.publish(refused({ processesDenied: 1, processesDeniedAlthoughHeld: 1, processesHidden: true }));
  expect(log.lines.slice(1)).toEqual([
    expect.stringContaining('a security module'),
    expect.stringContaining('hidepid'),
  ]);
});
