import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseSnmp } from '../../server/collect/counters.ts';
import { readLimits } from '../../server/collect/limits.ts';
import { createNamespaceReader, type NamespaceReader } from '../../server/collect/namespace-reader.ts';
import { createNamespaces, type Namespace } from '../../server/collect/namespaces.ts';
import { SocketTable } from '../../server/model/socket-table.ts';
import { asSs, parseSs, rowsOf } from './given.ts';
import { heldDescriptors, Netns, run, THREAD } from './netns.ts';
import { openWorld, skipUnlessPossible } from './world.ts';

const never = new AbortController().signal;
const SOURCES = ['sock_diag', 'proc'] as const;

/** Leaves one TIME_WAIT socket behind. */
const CONNECT_AND_CLOSE = `
  const net = require('node:net');
  const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1', () => {
    net.connect(server.address().port, '127.0.0.1').resume().on('close', () => server.close());
  });`;

let reader: NamespaceReader;
const readers: NamespaceReader[] = [];
function readerOf(source: 'auto' | 'proc' | 'sock_diag', thread = THREAD): NamespaceReader {
  reader = createNamespaceReader('/proc', { source, thread });
  readers.push(reader);
  return reader;
}

const made: Netns[] = [];
function addNetns(): Netns {
  const netns = new Netns();
  made.push(netns);
  return netns;
}

beforeEach(skipUnlessPossible);
afterEach(() => {
  for (const each of readers.splice(0)) each.close();
  for (const netns of made.splice(0)) netns.remove();
});

const namespaces = createNamespaces('/proc');
function find(wanted: (namespace: Namespace) => boolean): Namespace {
  const found = namespaces.list().namespaces.find(wanted);
  if (!found) throw new Error('the namespace is not in the list');
  return found;
}
const named = (netns: Netns) => find(({ inode }) => inode === netns.inode);
const having = (pid: number) => find(({ pids }) => pids.includes(pid));

const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

describe.each(SOURCES)('by %s', (source) => {
  test('the sockets are those that ss shows in there, one by one', async () => {
    const world = (await openWorld())!;
    try {
      const namespace = having(world.pid);
      const table = new SocketTable();
      const ss = () => sorted(world.run('ss', '-tanHe').trimEnd().split('\n').map(parseSs));
      readerOf(source);
      await vi.waitFor(async () => {
        const before = ss();
        const read = await reader.read(namespace, table, never);
        expect(ss(), 'not quiet').toEqual(before);
        expect(read?.sockets).toMatchObject({ complete: true, duplicates: 0, badRows: 0 });
        expect(read?.sockets.table).toBe(table);
        expect(read?.source).toEqual({ name: source, why: 'as --collect.source says' });
        const ours = rowsOf(table).map((_, row) => asSs(table, row));
        const listed = ours.map((row) => (row.state === 'LISTEN' ? { ...row, sendQueueBytes: 0 } : row));
        expect(sorted(listed)).toEqual(before);
      });
    } finally {
      await world.end();
    }
  });

  test('counters are those of the namespace', async () => {
    const world = (await openWorld())!;
    try {
      readerOf(source);
      const read = await reader.read(having(world.pid), new SocketTable(), never);
      const snmp = Object.fromEntries(parseSnmp(world.run('cat', '/proc/net/snmp')));
      expect(snmp['Tcp.ActiveOpens']).toBeGreaterThan(5);
      expect(read?.counters).toMatchObject({ 'Tcp.ActiveOpens': snmp['Tcp.ActiveOpens'] });
      expect(read?.errors).toEqual([]);
    } finally {
      await world.end();
    }
  });

  test('one that has gone since it was listed is no error', async () => {
    const world = (await openWorld())!;
    const namespace = having(world.pid);
    await world.end();
    readerOf(source);
    expect(await reader.read(namespace, new SocketTable(), never)).toBeNull();
  });

  test('reading that was stopped before it began is an error', async () => {
    const world = (await openWorld())!;
    try {
      readerOf(source);
      const read = reader.read(having(world.pid), new SocketTable(), AbortSignal.abort());
      await expect(read).rejects.toThrow('reading was stopped before its end');
    } finally {
      await world.end();
    }
  });
});

test('limits are those of the namespace, and this thread stays where it is', async () => {
  const netns = addNetns();
  netns.run('sh', '-c', 'echo 20000 30000 > /proc/sys/net/ipv4/ip_local_port_range');
  const own = readLimits('/proc');
  const read = await readerOf('auto').read(named(netns), new SocketTable(), never);
  expect(read?.limits.portRange).toEqual({ low: 20_000, high: 30_000 });
  expect(read?.source).toEqual({ name: 'sock_diag', why: 'the cheapest source, and it works' });
  expect(readLimits('/proc')).toEqual(own);
});

test('sockets in a namespace without any process are seen; without entering it cannot be read', async () => {
  const netns = addNetns();
  netns.run(process.execPath, '-e', CONNECT_AND_CLOSE);
  const namespace = named(netns);
  expect(namespace.pids).toEqual([]);
  const table = new SocketTable();
  await readerOf('sock_diag').read(namespace, table, never);
  expect(rowsOf(table).map(({ state }) => state)).toEqual(['TIME_WAIT']);
  await expect(readerOf('proc').read(namespace, table, never)).rejects.toThrow(
    'it has no process to read it by, and is not entered: as --collect.source says',
  );
});

test('an empty namespace has no sockets, and leaves none of another in the table', async () => {
  const netns = addNetns();
  const table = new SocketTable();
  table.count = 5;
  const read = await readerOf('auto').read(named(netns), table, never);
  expect([read?.sockets.complete, table.count]).toEqual([true, 0]);
});

test('a path that leads elsewhere by now is not entered', async () => {
  const netns = addNetns();
  const other = addNetns();
  const stale = { ...named(netns), mounts: named(other).mounts };
  expect(await readerOf('auto').read(stale, new SocketTable(), never)).toBeNull();
  const file = { ...named(netns), mounts: ['/etc/hostname', '/nowhere'] };
  expect(await reader.read(file, new SocketTable(), never)).toBeNull();
});

test.each(['auto', 'proc'] as const)(
  'while namespaces come and go no read by %s fails, and nothing is left',
  async (source) => {
    const prefix = `halfclose-churn-${source}-${process.pid}`;
    // Each first process of a new namespace has the prefix in its command line.
    const churn = `
    for i in $(seq 40); do
      ip netns add ${prefix}-$i
      unshare --net sh -c 'ip link set lo up; exit' ${prefix} &
      ip netns exec ${prefix}-$i sh -c 'ip link set lo up; exit' ${prefix}
      unshare --net sh -c 'sleep 0.01; exit' ${prefix}
      ip netns delete ${prefix}-$i
    done; wait`;
    const isOurs = ({ pids, mounts }: Namespace) =>
      mounts.some((path) => path.includes(prefix)) || pids.some((pid) => commandLine(pid).includes(prefix));
    const host = namespaces.list().namespaces[0]!;
    readerOf(source);
    await reader.read(host, new SocketTable(), never);
    const held = heldDescriptors().length;

    const child = spawn('sh', ['-c', churn], { stdio: 'inherit' });
    const exit = once(child, 'exit');
    const outcomes = { read: 0, gone: 0 };
    const table = new SocketTable();
    let hasEnded = false;
    void exit.then(() => (hasEnded = true));
    while (!hasEnded) {
      for (const namespace of namespaces.list().namespaces.filter((each) => !each.isOwn && isOurs(each))) {
        // Without a process only entering it helps.
        if (source === 'proc' && namespace.pids.length === 0) continue;
        const read = await reader.read(namespace, table, never);
        if (read) expect([read.errors, read.sockets.complete]).toEqual([[], true]);
        outcomes[read ? 'read' : 'gone']++;
      }
      await new Promise(setImmediate);
    }
    expect(await exit).toEqual([0, null]);
    expect(outcomes.read).toBeGreaterThan(0);
    expect(namespaces.list().namespaces.filter(isOurs)).toEqual([]);
    expect(heldDescriptors().length).toBe(held);
  },
  60_000,
);

test('a deleted namespace goes away although it is being read: its network devices vanish', async () => {
  const netns = addNetns();
  const far = addNetns();
  run(
    'ip',
    '-n',
    netns.name,
    'link',
    'add',
    'near',
    'type',
    'veth',
    'peer',
    'name',
    'far',
    'netns',
    far.name,
  );
  const hasFar = () => far.run('ip', '-o', 'link').includes('far@');
  const namespace = named(netns);
  readerOf('auto');
  for (let i = 0; i < 50; i++) await reader.read(namespace, new SocketTable(), never);
  expect(hasFar()).toBe(true);
  netns.remove();
  expect(await reader.read(namespace, new SocketTable(), never)).toBeNull();
  await vi.waitFor(() => expect(hasFar()).toBe(false), { timeout: 10_000 });
});

test('a single socket tells of itself, as long as the inspector is open', async () => {
  const world = (await openWorld())!;
  try {
    const namespace = having(world.pid);
    const table = new SocketTable();
    await readerOf('auto').read(namespace, table, never);
    const held = heldDescriptors().length;
    const inspector = await reader.inspector(namespace);
    const row = rowsOf(table).findIndex(({ state }) => state === 'ESTABLISHED');
    expect(inspector?.inspect(table, row)).toMatchObject({
      congestionWindowSegments: expect.any(Number) as number,
    });
    inspector?.close();
    expect(inspector?.inspect(table, row)).toBeNull();
    expect(heldDescriptors().length).toBe(held);
    expect(await readerOf('proc').inspector(namespace)).toBeNull();
  } finally {
    await world.end();
  }
});

describe('the thread that enters', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'halfclose-thread-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A thread that dies as often as there are dots in a file, and then does its work. */
  function mortal(lives: string): URL {
    const script = join(folder, 'thread.mjs');
    writeFileSync(join(folder, 'lives'), lives);
    writeFileSync(
      script,
      `import { readFileSync, writeFileSync } from 'node:fs';
       const lives = readFileSync(${JSON.stringify(join(folder, 'lives'))}, 'utf8');
       writeFileSync(${JSON.stringify(join(folder, 'lives'))}, lives.slice(1));
       if (lives !== '') throw new Error('it died');
       await import(${JSON.stringify(THREAD.href)});`,
    );
    return pathToFileURL(script);
  }

  test('may die: one read fails, and the next is whole', async () => {
    const netns = addNetns();
    readerOf('sock_diag', mortal('.'));
    const read = () => reader.read(named(netns), new SocketTable(), never);
    await expect(read()).rejects.toThrow('the thread that enters namespaces has ended: it died');
    expect(await read()).toMatchObject({ sockets: { complete: true } });
  });

  test('is given up when it dies without end, and what can be read otherwise is', async () => {
    const world = (await openWorld())!;
    try {
      const thread = mortal('.'.repeat(10));
      readerOf('auto', thread);
      for (let i = 0; i < 6; i++) {
        const read = await reader.read(having(world.pid), new SocketTable(), never);
        expect(read?.source).toEqual({
          name: 'proc',
          why: 'the thread that enters namespaces has ended: it died',
        });
      }
      expect(readFileSync(join(folder, 'lives'), 'utf8').length).toBe(7);
    } finally {
      await world.end();
    }
  });

  test('closes what nobody waits for any more', async () => {
    const world = (await openWorld())!;
    try {
      const namespace = having(world.pid);
      readerOf('sock_diag');
      await reader.read(namespace, new SocketTable(), never);
      const held = heldDescriptors().length;
      for (let i = 0; i < 20; i++) {
        const stop = new AbortController();
        const read = reader.read(namespace, new SocketTable(), stop.signal);
        setImmediate(() => stop.abort());
        await read.catch(() => undefined);
      }
      await reader.read(namespace, new SocketTable(), never);
      expect(heldDescriptors().length).toBe(held);
    } finally {
      await world.end();
    }
  });
});

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
