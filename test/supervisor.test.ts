import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ObserverConfig } from '../server/model/config.ts';
import type { GroupsQuery, SocketsQuery } from '../server/model/ipc.ts';
import type { ObserverStatus } from '../server/model/live.ts';
import type { Observation } from '../server/model/observation.ts';
import { createSupervisor, ObserverDown, type Supervisor } from '../server/supervisor.ts';

// A real child process with a program of a few lines: the real observer does not crash on demand.
// How the real one is killed and comes back is in e2e/processes.test.ts.
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/observers/${name}`, import.meta.url));
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
  supervisor = supervise('crashing.mjs', config);
});

function supervise(name: string, observed: ObserverConfig, minSilenceMs?: number): Supervisor {
  const events = {
    onObservation: (one: Observation) => observations.push(one),
    onStatus: (one: ObserverStatus) => statuses.push(one),
  };
  return createSupervisor(fixture(name), observed, events, silent, minSilenceMs);
}

afterEach(() => supervisor.stop());

test('before its first Observation an observer is starting, then it is up and answers', async () => {
  expect(supervisor.status()).toMatchObject({ state: 'starting', observationAgeSeconds: null });
  await expect(supervisor.query(sockets)).rejects.toThrow(ObserverDown);
  supervisor.start();
  await vi.waitFor(() => expect(observations).toHaveLength(1), { timeout: 5_000 });
  expect(supervisor.latest()).toMatchObject({ epoch: '/proc' });
  expect(supervisor.status()).toMatchObject({ state: 'up', reason: null, cause: null, restarts: 0 });
  await expect(supervisor.query(sockets)).resolves.toEqual({ total: 3 });
});

test('an observer that ends is said to be down with the reason, fails its queries and is started again', async () => {
  supervisor.start();
  await vi.waitFor(() => expect(observations).toHaveLength(1), { timeout: 5_000 });
  await expect(supervisor.query(groups)).rejects.toThrow('the observer ended with code 7');
  expect(statuses.at(-1)).toMatchObject({ state: 'down', reason: 'the observer ended with code 7' });
  expect(supervisor.latest()).toBe(observations[0]);
  await vi.waitFor(() => expect(observations).toHaveLength(2), { timeout: 5_000 });
  expect(observations[1]?.sequence).not.toBe(observations[0]?.sequence);
  expect(supervisor.status()).toMatchObject({ state: 'up', restarts: 1 });
});

test('after stop the process is gone and is not started again', async () => {
  supervisor.start();
  await vi.waitFor(() => expect(observations).toHaveLength(1), { timeout: 5_000 });
  const pid = observations[0]!.sequence;
  await supervisor.stop();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(supervisor.status().restarts).toBe(0);
});

test('an observer that cannot be started, for lack of processes or descriptors, is tried again', async () => {
  const { execPath } = process;
  try {
    process.execPath = '/nowhere/node';
    supervisor.start();
    await vi.waitFor(() => expect(supervisor.status().restarts).toBe(1), { timeout: 5_000 });
    expect(supervisor.status()).toMatchObject({
      state: 'down',
      reason: expect.stringContaining('the observer cannot be started: spawn /nowhere/node ENOENT') as string,
    });
  } finally {
    process.execPath = execPath;
  }
  await vi.waitFor(() => expect(supervisor.status().state).toBe('up'), { timeout: 5_000 });
});

describe('silence', () => {
  const often = { ...config, intervalSeconds: 0.01 };
  /** Long enough for a process to start on a busy machine. */
  const SILENCE_MS = 2_500;
  const patient = { timeout: 10_000 };

  test('of the observer has it killed, with the reason, and started again', async () => {
    supervisor = supervise('steady.mjs', often, SILENCE_MS);
    supervisor.start();
    await vi.waitFor(() => expect(supervisor.status().state).toBe('up'), patient);
    const pid = supervisor.latest()!.sequence;
    const query = supervisor.query(sockets);
    await expect(query).rejects.toThrow('the observer was ended by SIGKILL');
    expect(supervisor.status()).toMatchObject({
      state: 'down',
      reason: 'the observer finished no pass for 2.5 s',
    });
    await vi.waitFor(() => expect(supervisor.latest()!.sequence).not.toBe(pid), patient);
    expect(supervisor.status()).toMatchObject({ state: 'up', restarts: 1 });
  });

  test('is not laid to the observer where this process was stopped itself', async () => {
    supervisor = supervise('steady.mjs', often, SILENCE_MS);
    supervisor.start();
    await vi.waitFor(() => expect(supervisor.status().state).toBe('up'), patient);
    const before = observations.length;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * SILENCE_MS);
    await vi.waitFor(() => expect(observations.length).toBeGreaterThan(before + 5), { timeout: 5_000 });
    expect(supervisor.status()).toMatchObject({ state: 'up', restarts: 0 });
  });
});
