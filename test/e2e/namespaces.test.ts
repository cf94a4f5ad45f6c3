import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Static } from 'typebox';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type {
  FindingsAnswerSchema,
  GroupsAnswer,
  NamespacesAnswerSchema,
  SocketsAnswer,
  SummaryAnswer,
} from '../../server/model/api.ts';
import { sample, startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isolated, skipUnlessPossible, World } from './world.ts';

type Namespaces = Static<typeof NamespacesAnswerSchema>;
type Findings = Static<typeof FindingsAnswerSchema>;

const program = (name: string) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));
const CONFIG = 'detectors:\n  close_wait_leak: { minAge: 1s, for: 1s, minCount: 3 }\n';
// Others' namespaces are on this machine too, and with many sockets anywhere each read takes long: here all shall be read soon.
const ALL = ['--collect.namespaces=all', '--collect.cpu-budget=100%'];

let world: World;
let netns: string;

/** Runs a command in the namespace, as `ip netns exec` does. */
function inside(...command: string[]): string {
  return execFileSync('ip', ['netns', 'exec', netns, ...command], { encoding: 'utf8' });
}

/** Starts there a server that closes at once, and a client that leaks so many connections to it. */
async function leakInside(count: number): Promise<void> {
  const server = world.run('ip', [
    'netns',
    'exec',
    netns,
    process.execPath,
    program('server.js'),
    'closing',
    '127.0.0.1',
  ]);
  const port = await server.line();
  const client = world.run('ip', [
    'netns',
    'exec',
    netns,
    process.execPath,
    program('client.js'),
    'leaks',
    '127.0.0.1',
    port,
  ]);
  client.write(`leak ${count}`);
  expect(await client.line()).toBe('done');
}

async function namespace(halfclose: Halfclose, name = netns) {
  const { namespaces } = await halfclose.get<Namespaces>('namespaces');
  return namespaces.find((each) => each.name === name);
}

beforeEach((context) => {
  skipUnlessPossible(context, 'ss', 'ip');
  if (!isolated) return;
  world = new World();
  netns = `halfclose-${process.pid}`;
  execFileSync('ip', ['netns', 'add', netns]);
  inside('ip', 'link', 'set', 'lo', 'up');
});
afterEach(async () => {
  if (!isolated) return;
  await world.end();
  execFileSync('ip', ['netns', 'delete', netns]);
});

test('a leak in another network namespace is found there, with its process, and its sockets are listed and counted', async () => {
  inside('sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40999');
  await leakInside(5);
  const halfclose = await startHalfclose(world, { config: CONFIG, flags: ALL });

  const found = await vi.waitFor(async () => {
    const { findings } = await halfclose.get<Findings>('findings');
    const leak = findings.find(({ labels }) => labels['netns'] === netns);
    expect(leak).toBeDefined();
    return leak!;
  }, WAIT);
  expect(found).toMatchObject({
    detector: 'close_wait_leak',
    cause: 'drained',
    count: 5,
    labels: { process: 'leaks' },
  });

  const { rows, total } = await halfclose.get<SocketsAnswer>(
    `sockets?filter=${encodeURIComponent(found.filter)}`,
  );
  expect(total).toBe(5);
  for (const row of rows) {
    expect(row).toMatchObject({ netns, state: 'CLOSE_WAIT', process: { name: 'leaks' } });
    expect(row.tcpInfo).toMatchObject({ backoff: 0 });
  }
  const everything = await halfclose.get<SocketsAnswer>(`sockets?filter=netns=${netns}&limit=1000`);
  expect(everything.total).toBe(inside('ss', '-tanH').trim().split('\n').length);
  const { groups } = await halfclose.get<GroupsAnswer>(`groups?by=netns,process&filter=netns=${netns}`);
  expect(groups.map(({ key }) => key)).toContainEqual({ netns, process: 'leaks' });

  const seen = await namespace(halfclose);
  expect(seen).toMatchObject({
    kind: 'named',
    inode: statSync(`/run/netns/${netns}`).ino,
    complete: true,
    error: null,
    source: { name: 'sock_diag' },
    sockets: everything.total,
    limits: { portRange: { low: 40_000, high: 40_999 } },
  });
  const summary = await halfclose.get<SummaryAnswer>('summary');
  expect(summary.sockets.byState.CLOSE_WAIT).toBeGreaterThanOrEqual(5);
  const metrics = await halfclose.text('/metrics');
  expect(sample(metrics, `halfclose_namespace_tcp_sockets{netns="${netns}",state="close_wait"}`)).toBe(5);
});

test('namespaces are found when they come, with no process in them too, and are gone when they go', async () => {
  const halfclose = await startHalfclose(world, { flags: [...ALL, '--collect.interval=200ms'] });
  expect(await namespace(halfclose)).toMatchObject({ kind: 'named', processes: 0 });
  const later = `${netns}-later`;
  execFileSync('ip', ['netns', 'add', later]);
  try {
    await vi.waitFor(
      async () => expect(await namespace(halfclose, later)).toMatchObject({ complete: true }),
      WAIT,
    );
  } finally {
    execFileSync('ip', ['netns', 'delete', later]);
  }
  await vi.waitFor(async () => expect(await namespace(halfclose, later)).toBeUndefined(), WAIT);
  const { units } = await halfclose.get<SummaryAnswer>('summary');
  expect(units.find(({ name }) => name === 'namespaces')).toMatchObject({ ok: true });
});

test('without being told to, only the namespace that it runs in is watched', async () => {
  await leakInside(3);
  const halfclose = await startHalfclose(world, { config: CONFIG });
  expect(await halfclose.get<Namespaces>('namespaces')).toMatchObject({
    total: 1,
    namespaces: [{ name: 'host' }],
  });
  const { rows } = await halfclose.get<SocketsAnswer>('sockets?limit=1000');
  expect(rows.every((row) => row.netns === 'host')).toBe(true);
  expect(rows.some(({ process }) => process?.name === 'leaks')).toBe(false);
});
