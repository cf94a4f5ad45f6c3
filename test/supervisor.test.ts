import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ObserverConfig } from '../server/model/config.ts';
import type { GroupsQuery, SocketsQuery } from '../server/model/ipc.ts';
import type { ObserverStatus } from '../server/model/live.ts';
import type { Observation } from '../server/model/observation.ts';
import { createSupervisor, ObserverDown, type Supervisor } from '../server/supervisor.ts';

// A real child process with a program of a few lines: the real observer does not crash on demand.
// How the real one is killed and comes back is in e2e/processes.test.ts.
const entry = fileURLToPath(new URL('fixtures/observers/crashing.mjs', import.meta.url));
const config = { procfs: '/proc', intervalSeconds: 1 } as ObserverConfig;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const sockets: SocketsQuery = {
  kind: 'sockets',
  filter: { op: 'all' },
  sort: 'age',
  descending: true,
  limit: 3,
  offset: 0,
};
const groups: GroupsQuery = { kind: 'groups', filter: { op: 'all' }, by: ['pid'], limit: 3 };

let supervisor: Supervisor;
let observations: Observation[];
let statuses: ObserverStatus[];

beforeEach(() => {
  observations = [];
  statuses = [];
  supervisor = createSupervisor(
    entry,
    config,
    { onObservation: (one) => observations.push(one), onStatus: (one) => statuses.push(one) },
    silent,
  );
});

afterEach(() => supervisor.stop());

test('before its first Observation an observer is starting, then it is up and answers', async () => {
  expect(supervisor.status()).toMatchObject({ state: 'starting', observationAgeSeconds: null });
  await expect(supervisor.query(sockets)).rejects.toThrow(ObserverDown);
  supervisor.start();
  await vi.waitFor(() => expect(observations).toHaveLength(1));
  expect(supervisor.latest()).toMatchObject({ epoch: '/proc' });
  expect(supervisor.status()).toMatchObject({ state: 'up', reason: null, restarts: 0 });
  await expect(supervisor.query(sockets)).resolves.toEqual({ total: 3 });
});

test('an observer that ends is said to be down with the reason, fails its queries and is started again', async () => {
  supervisor.start();
  await vi.waitFor(() => expect(observations).toHaveLength(1));
  await expect(supervisor.query(groups)).rejects.toThrow('the observer ended with code 7');
  expect(statuses.at(-1)).toMatchObject({ state: 'down', reason: 'the observer ended with code 7' });
  expect(supervisor.latest()).toBe(observations[0]);
  await vi.waitFor(() => expect(observations).toHaveLength(2), { timeout: 5_000 });
  expect(observations[1]?.sequence).not.toBe(observations[0]?.sequence);
  expect(supervisor.status()).toMatchObject({ state: 'up', restarts: 1 });
});

test('after stop the process is gone and is not started again', async () => {
  supervisor.start();
  await vi.waitFor(() => expect(observations).toHaveLength(1));
  const pid = observations[0]!.sequence;
  await supervisor.stop();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(supervisor.status().restarts).toBe(0);
});
