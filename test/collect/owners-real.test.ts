import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOwners, type OwnerColumns, type Owners } from '../../server/collect/owners.ts';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { listPids } from '../../server/collect/process-walk.ts';
import type { SocketTable } from '../../server/model/socket-table.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { holdersOf, ownersOf } from './owned.ts';
import { openWorld, skipUnlessPossible, type World } from './world.ts';

/** The sockets of the network namespace that a process is in. */
async function read(procfs: string): Promise<SocketTable> {
  return (await procNetTcp(procfs).read(new AbortController().signal)).table;
}

/** The row that has this local port, in this state. */
function rowOf(table: SocketTable, port: number, state: number): number {
  const row = table.localPort
    .subarray(0, table.count)
    .findIndex((each, i) => each === port && table.state[i] === state);
  if (row < 0) throw new Error(`no socket of port ${port} in state ${state}`);
  return row;
}

beforeEach(skipUnlessPossible);

describe('of one process', () => {
  let world: World | undefined;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.end());

  function update(owners: Owners, table: SocketTable, nowSeconds: number): OwnerColumns {
    return owners.update(table, nowSeconds, { key: 'world', pids: [world!.pid] });
  }

  test('every socket with an inode belongs to the one process of the namespace', async () => {
    const table = await read(world!.procfs);
    const columns = update(createOwners('/proc'), table, 0);
    expect(columns.processes.map(({ pid }) => pid)).toEqual([world!.pid]);
    const withInode = table.inode.subarray(0, table.count).filter((inode) => inode !== 0).length;
    expect(ownersOf(columns, table).filter((owner) => owner !== 'kernel')).toHaveLength(withInode);
    expect(columns.processes[0]!.descriptors).toBeGreaterThanOrEqual(withInode);
    expect(columns.processes[0]!.descriptorLimit).toBeGreaterThan(withInode);
    expect(columns.access).toMatchObject({ missingCapabilities: [], processesHidden: false });
  });

  test('new sockets are found, and the descriptors grow with them', async () => {
    const owners = createOwners('/proc');
    const before = update(owners, await read(world!.procfs), 0).processes[0]!.descriptors!;
    await world!.tell('open 50');
    const table = await read(world!.procfs);
    // A minute's budget walks them all, however busy the machine is.
    expect(ownersOf(update(owners, table, 60), table)).not.toContain('pending');
    expect(update(owners, table, 1e6).processes[0]!.descriptors).toBeGreaterThanOrEqual(before + 100);
    await world!.tell('close');
  });

  test('a hostile name is shown without what it would do', async () => {
    await world!.tell(`name ${Buffer.from('a) R 1 (\u001b[2J\xff', 'latin1').toString('base64')}`);
    const columns = update(createOwners('/proc'), await read(world!.procfs), 0);
    expect(columns.processes[0]!.name).toBe('a) R 1 (\ufffd[2J\ufffd');
  });

  test('a process that is moved to another control group has its unit', async (context) => {
    const mount = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
    const group = `${mount}/halfclose-test.service`;
    try {
      if (mount) mkdirSync(group, { recursive: true });
      if (mount) writeFileSync(`${group}/cgroup.procs`, `${world!.pid}`);
    } catch {
      context.skip('needs a cgroup v2 that may be written');
    }
    context.skip(!mount, 'needs a cgroup v2');
    try {
      const owners = createOwners('/proc');
      const table = await read(world!.procfs);
      expect(update(owners, table, 0).processes[0]!.unit).toBe('halfclose-test.service');
      writeFileSync(`${mount}/cgroup.procs`, `${world!.pid}`);
      update(owners, table, 10);
      expect(update(owners, table, 20).processes[0]!.unit).not.toBe('halfclose-test.service');
    } finally {
      writeFileSync(`${mount}/cgroup.procs`, `${world!.pid}`);
      rmdirSync(group);
    }
  });

  test('without privilege the owner is unknown for lack of permission, and the capabilities are named', async () => {
    const table = await read(world!.procfs);
    process.seteuid!(65_534);
    try {
      const owners = createOwners('/proc');
      update(owners, table, 0);
      // Processes of other namespaces are walked as time permits.
      const columns = update(owners, table, 60);
      expect(new Set(ownersOf(columns, table))).toEqual(new Set(['permission', 'kernel']));
      expect(columns.processes).toEqual([]);
      expect(columns.access.processesDenied).toBeGreaterThan(0);
      const named = columns.access.missingCapabilities.map(({ capability }) => capability);
      expect(named).toEqual(['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE']);
    } finally {
      process.seteuid!(0);
    }
  });
});

describe('of several processes', () => {
  let world: World;
  let now: number;
  let pids: number[];
  let owners: Owners;
  beforeEach(async () => {
    world = (await openWorld())!;
    now = 0;
    pids = [world.pid];
    owners = createOwners('/proc');
  });
  afterEach(() => world.end());

  /** Tells the world to start a child, whose pid it answers. */
  async function start(command: string): Promise<number> {
    const pid = Number(await world.tell(command));
    pids.push(pid);
    return pid;
  }

  /** What a pass says that comes after the descriptors were counted anew. */
  async function update() {
    const table = await read(pids.length > 1 ? `/proc/${pids.at(-1)}` : world.procfs);
    return { table, columns: owners.update(table, (now += 60), { key: 'world', pids }) };
  }

  /** The pids that hold the listener which children inherit. */
  async function heldBy(among: readonly number[]): Promise<number[]> {
    const { table, columns } = await update();
    for (let row = 0; row < table.count; row++) {
      const holders = holdersOf(columns, row);
      if (holders.some((pid) => among.includes(pid))) return holders;
    }
    return [];
  }

  test('a listener that children inherited has all of them, before and after they are started', async () => {
    const early = await start('fork');
    await update();
    const late = [await start('fork'), await start('fork')];
    await vi.waitFor(async () => expect(await heldBy(late)).toEqual([world.pid, early, ...late]));
  });

  test('when the parent closes it, the children have it alone', async () => {
    const children = [await start('fork'), await start('fork')];
    await vi.waitFor(async () => expect(await heldBy(children)).toEqual([world.pid, ...children]));
    await world.tell('unlisten');
    await vi.waitFor(async () => expect(await heldBy(children)).toEqual(children));
  });

  test('when the parent is killed, the children have it alone', async () => {
    const child = await start('fork');
    await vi.waitFor(async () => expect(await heldBy([child])).toEqual([world.pid, child]));
    process.kill(world.pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await heldBy([child])).toEqual([child]));
    process.kill(child);
  });

  test('a connection that was passed over a unix socket has both, and then the receiver alone', async () => {
    const receiver = await start('receiver');
    // Its client is known by its own port; the accepted end has the listener's.
    const client = Number(await world.tell('pass'));
    const passedTo = async () => {
      const { table, columns } = await update();
      const row = rowOf(table, client, KERNEL_STATE.ESTABLISHED);
      const port = table.remotePort[row]!;
      return holdersOf(columns, rowOf(table, port, KERNEL_STATE.ESTABLISHED));
    };
    await vi.waitFor(async () =>
      expect(await passedTo()).toEqual([world.pid, receiver].sort((a, b) => a - b)),
    );
    await world.tell('drop');
    await vi.waitFor(async () => expect(await passedTo()).toEqual([receiver]));
  });
});

describe('of pids that are used again', () => {
  const possible =
    spawnSync('unshare', [
      '--net',
      '--pid',
      '--fork',
      '--mount-proc',
      'sh',
      '-c',
      'echo 4999 > /proc/sys/kernel/ns_last_pid && ip link set lo up',
    ]).status === 0;

  test('a process has no socket of the one that had its pid before', async (context) => {
    context.skip(!possible, 'needs a pid namespace whose last pid may be set');
    const program = fileURLToPath(new URL('one-pid.js', import.meta.url));
    const child = spawn('unshare', ['--net', '--pid', '--fork', '--mount-proc', process.execPath, program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('ready');
      const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim();
      const procfs = `/proc/${inner}/root/proc`;
      const owners = createOwners(procfs);
      const ports: number[] = [];
      for (let cycle = 0; cycle < 50; cycle++) {
        child.stdin.write('again\n');
        const [pid, port] = (await lines.next()).value!.split(' ').map(Number);
        expect(pid).toBe(5000);
        ports.push(port!);
        const table = await read(`${procfs}/1`);
        const update = (nowSeconds: number) =>
          owners.update(table, nowSeconds, { key: 'pids', pids: listPids(procfs) });
        // The first finds that it is another process, the second walks it, the third tells.
        for (const after of [20, 40]) update(cycle * 60 + after);
        const columns = update(cycle * 60 + 60);
        const held = ports.map((each) => holdersOf(columns, rowOf(table, each, KERNEL_STATE.LISTEN)));
        expect(held.pop()).toEqual([1, 5000]);
        expect(new Set(held.map(String))).toEqual(new Set(held.length > 0 ? ['1'] : []));
      }
    } finally {
      child.stdin.end();
      await ended;
    }
  });
});
