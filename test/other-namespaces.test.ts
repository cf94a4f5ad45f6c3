import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { createOwners } from '../server/collect/owners.ts';
import { createOtherNamespaces, type OtherNamespaces } from '../server/other-namespaces.ts';
import { Netns } from './collect/netns.ts';
import { skipUnlessPossible } from './collect/world.ts';
import { DETECTORS } from './given.ts';

const never = new AbortController().signal;

/** By /proc, which takes a process in each of them. */
function watchOthers(): OtherNamespaces {
  const config = {
    procfs: '/proc',
    intervalSeconds: 1,
    source: 'proc',
    namespaces: 'all',
    cpuBudget: 1,
    detectors: DETECTORS,
    log: { level: 'error', format: 'logfmt' },
  } as const;
  const clock = () => 0;
  return createOtherNamespaces(config, 1, {
    owners: createOwners('/proc'),
    ids: { last: 0 },
    clock,
    cpuClock: clock,
  });
}

let netns: Netns;
beforeEach((context) => {
  skipUnlessPossible(context);
  netns = new Netns();
  return () => netns.remove();
});

test('what cannot be read is an error until it can be, not only on the passes that try', async () => {
  const others = watchOthers();
  await others.pass({ at: 0, begin: 0 }, never);
  const { error } = others;
  expect(error).toContain('it has no process to read it by');
  // None is due by then.
  await others.pass({ at: 100, begin: 0.1 }, never);
  expect(others.error).toBe(error);
});

test('of one that can be read no more, the last counts stand, and are said to be no longer complete', async () => {
  const others = watchOthers();
  const seen = () => others.summaries().find(({ name }) => name === netns.name);
  const process = spawn('ip', ['netns', 'exec', netns.name, 'sh', '-c', 'echo; exec sleep 60']);
  await once(process.stdout, 'data');
  await others.pass({ at: 1000, begin: 0 }, never);
  expect(seen()).toMatchObject({ complete: true, readAt: 1000, error: null });

  process.kill('SIGKILL');
  await once(process, 'close');
  await others.pass({ at: 3000, begin: 2 }, never);
  const error = expect.stringContaining('it has no process to read it by') as string;
  expect(seen()).toMatchObject({ complete: false, readAt: 1000, error });
  expect(others.undecided()).toContain(netns.name);
});
