import { symlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOwners } from '../../server/collect/owners.ts';
import type { OwnerColumns } from '../../server/collect/owners.ts';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { walkDescriptors } from '../../server/collect/process-walk.ts';
import { OWNER_GAPS } from '../../server/model/snapshot.ts';
import { SocketTable } from '../../server/model/socket-table.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { GivenProcfs } from './procfs.ts';
import { openWorld, skipUnlessPossible } from './world.ts';
import type { World } from './world.ts';

/** A table of sockets of which only the inodes matter. */
function tableOf(...inodes: number[]): SocketTable {
  const table = new SocketTable();
  table.reserve(inodes.length);
  table.count = inodes.length;
  table.inode.set(inodes);
  return table;
}

/** Each row's owner, or the reason why there is none. */
function ownersOf(columns: OwnerColumns, table: SocketTable): string[] {
  return Array.from({ length: table.count }, (_, row) => {
    const owner = columns.processes[columns.owner[row]!];
    return owner ? `${owner.name}[${owner.pid}]` : OWNER_GAPS[columns.ownerGap[row]!]!;
  });
}

describe('of given processes', () => {
  let procfs: GivenProcfs;
  /** What the walking costs is what a test says. */
  let clockSeconds = 0;
  const clock = () => clockSeconds;
  beforeEach(() => {
    procfs = new GivenProcfs();
    clockSeconds = 0;
  });
  afterEach(() => procfs.end());

  test('each socket has its process, and one without an inode has none', () => {
    procfs.put(10, { name: 'web', sockets: [100, 101] });
    procfs.put(20, { name: 'db', sockets: [200] });
    const table = tableOf(101, 200, 0, 100);
    const columns = createOwners(procfs.path, 'self', clock).update(table, 0);
    expect(ownersOf(columns, table)).toEqual(['web[10]', 'db[20]', 'kernel', 'web[10]']);
    expect(columns).toMatchObject({ processesDenied: 0, missingCapabilities: [], processesHidden: false });
    expect(columns.processes[0]).toMatchObject({
      pid: 10,
      startTimeTicks: 100,
      uid: 1000,
      descriptorLimit: 1024,
    });
  });

  test('a process that Node.js named after a thread goes by the name of its program', () => {
    procfs.put(10, { name: 'MainThread', sockets: [7] });
    symlinkSync('/usr/bin/node', `${procfs.path}/10/exe`);
    procfs.put(11, { name: 'MainThread', sockets: [8] });
    const table = tableOf(7, 8);
    const columns = createOwners(procfs.path, 'self', clock).update(table, 0);
    expect(ownersOf(columns, table)).toEqual(['node[10]', 'MainThread[11]']);
  });

  test('what a socket closed before it was found leaves behind does not hold up the search for new ones', () => {
    procfs.put(10, { sockets: [7] });
    const owners = createOwners(procfs.path, 'self', clock);
    owners.update(tableOf(7), 0);
    // 8 is gone on the next pass, and was nobody's; 9 is new.
    owners.update(tableOf(7, 8), 1);
    procfs.put(10, { sockets: [7, 9] });
    const table = tableOf(7, 9);
    expect(ownersOf(owners.update(table, 2), table)).toEqual(['program[10]', 'program[10]']);
  });

  test('of several that hold a socket, the lowest pid has it', () => {
    for (const pid of [30, 9, 100]) procfs.put(pid, { sockets: [7] });
    const table = tableOf(7);
    expect(ownersOf(createOwners(procfs.path, 'self', clock).update(table, 0), table)).toEqual([
      'program[9]',
    ]);
  });

  test('a socket that nobody holds is not found, and is looked for again after a while', () => {
    procfs.put(10, { sockets: [] });
    const owners = createOwners(procfs.path, 'self', clock);
    const table = tableOf(7);
    expect(ownersOf(owners.update(table, 0), table)).toEqual(['not_found']);
    procfs.put(10, { sockets: [7] });
    expect(ownersOf(owners.update(table, 29), table)).toEqual(['not_found']);
    expect(ownersOf(owners.update(table, 30), table)).toEqual(['program[10]']);
  });

  test('where pid 1 is not listed processes are hidden, and an unknown owner may be among them', () => {
    procfs.remove(1);
    const table = tableOf(7);
    const columns = createOwners(procfs.path, 'self', clock).update(table, 0);
    expect([columns.processesHidden, ...ownersOf(columns, table)]).toEqual([true, 'permission']);
  });

  test('a socket of a process that has ended is looked for in the others', () => {
    procfs.put(10, { name: 'parent', sockets: [7] });
    procfs.put(11, { name: 'child', sockets: [7] });
    const owners = createOwners(procfs.path, 'self', clock);
    const table = tableOf(7);
    expect(ownersOf(owners.update(table, 0), table)).toEqual(['parent[10]']);
    procfs.remove(10);
    owners.update(table, 10);
    expect(ownersOf(owners.update(table, 11), table)).toEqual(['child[11]']);
  });

  test('a reused pid is another process: it has none of the sockets of the one before', () => {
    procfs.put(10, { name: 'before', sockets: [7] });
    const owners = createOwners(procfs.path, 'self', clock);
    const table = tableOf(7, 8);
    owners.update(table, 0);
    procfs.put(10, { name: 'after', startTimeTicks: 200, sockets: [8] });
    owners.update(table, 31);
    expect(ownersOf(owners.update(table, 62), table)).toEqual(['not_found', 'after[10]']);
  });

  test('a process that executes another program is the same one under another name', () => {
    procfs.put(10, { name: 'shell', sockets: [7] });
    const owners = createOwners(procfs.path, 'self', clock);
    const table = tableOf(7);
    owners.update(table, 0);
    procfs.put(10, { name: 'server', sockets: [7] });
    expect(ownersOf(owners.update(table, 10), table)).toEqual(['server[10]']);
  });

  test('descriptors of an owner of CLOSE_WAIT sockets are counted anew on every pass, of others now and then', () => {
    procfs.put(10, { sockets: [7] });
    procfs.put(20, { sockets: [8] });
    const owners = createOwners(procfs.path, 'self', clock);
    const table = tableOf(7, 8);
    table.state.set([KERNEL_STATE.CLOSE_WAIT, KERNEL_STATE.ESTABLISHED]);
    owners.update(table, 0);
    // A real directory's size is no number of descriptors; the limit shows as well when they were read.
    for (const pid of [10, 20])
      procfs.write(pid, 'limits', 'Max open files   unlimited   unlimited   files\n');
    const limits = (now: number) =>
      owners.update(table, now).processes.map((process) => process.descriptorLimit);
    expect(limits(1)).toEqual([Infinity, 1024]);
    expect(limits(10)).toEqual([Infinity, Infinity]);
  });

  test('walking takes a twentieth of the time: a new socket is pending until there is some', () => {
    procfs.put(10, { sockets: [7] });
    const owners = createOwners(procfs.path, 'self', () => (clockSeconds += 0.2));
    owners.update(tableOf(7), 0);
    procfs.put(10, { sockets: [7, 8] });
    owners.update(tableOf(7, 8), 1);
    // The walk that found the second cost 0.4 seconds, on a credit of 0.05: 7 seconds must pass before the next.
    procfs.put(10, { sockets: [7, 8, 9] });
    const table = tableOf(7, 8, 9);
    let now = 2;
    while (ownersOf(owners.update(table, now), table)[2] === 'pending') now++;
    expect(ownersOf(owners.update(table, now), table)).toEqual(['program[10]', 'program[10]', 'program[10]']);
    expect(now).toBeGreaterThan(7);
    expect(now).toBeLessThan(20);
  });

  test('a mount point that is not there is an error that names it, and is read when it is back', () => {
    procfs.put(10, { sockets: [7] });
    const table = tableOf(7);
    const owners = createOwners(procfs.path, 'self', clock);
    owners.update(table, 0);
    procfs.end();
    expect(() => owners.update(tableOf(8), 1)).toThrow(
      `ENOENT: no such file or directory, scandir '${procfs.path}'`,
    );
    procfs.put(1, { name: 'init' });
    procfs.put(10, { sockets: [8] });
    for (const now of [2, 3]) owners.update(tableOf(8), now);
    expect(ownersOf(owners.update(tableOf(8), 4), tableOf(8))).toEqual(['program[10]']);
  });

  test('a process whose pid is taken by another during the walk is gone, with what was read of it', () => {
    procfs.put(10, { sockets: Array.from({ length: 600 }, (_, i) => i + 1) });
    const walk = walkDescriptors(procfs.path, 10);
    expect(walk.next().done).toBe(false);
    procfs.write(10, 'stat', `10 (other) S 1 1 1 0 -1 4194560 ${'0 '.repeat(12)}999 0 0\n`);
    while (walk.next().done === false);
    const again = walkDescriptors(procfs.path, 10);
    let step = again.next();
    while (!step.done) step = again.next();
    expect(step.value).toMatchObject({ outcome: 'read', stat: { startTimeTicks: 999 } });
  });
});

describe('of real processes', () => {
  let world: World | undefined;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(skipUnlessPossible);
  afterAll(() => world?.end());

  async function read() {
    return (await procNetTcp(world!.procfs).read(new AbortController().signal)).table;
  }

  test('every socket with an inode belongs to the one process of the namespace', async () => {
    const table = await read();
    const columns = createOwners('/proc', world!.pid).update(table, 0);
    expect(columns.processes.map(({ pid }) => pid)).toEqual([world!.pid]);
    const withInode = table.inode.subarray(0, table.count).filter((inode) => inode !== 0).length;
    expect(ownersOf(columns, table).filter((owner) => owner !== 'kernel')).toHaveLength(withInode);
    expect(columns.processes[0]!.descriptors).toBeGreaterThanOrEqual(withInode);
    expect(columns.processes[0]!.descriptorLimit).toBeGreaterThan(withInode);
    expect(columns).toMatchObject({ missingCapabilities: [], processesHidden: false });
  });

  test('new sockets are found, and the descriptors grow with them', async () => {
    const owners = createOwners('/proc', world!.pid);
    const before = owners.update(await read(), 0).processes[0]!.descriptors!;
    await world!.tell('open 50');
    const table = await read();
    // A minute's budget walks them all, however busy the machine is.
    expect(ownersOf(owners.update(table, 60), table)).not.toContain('pending');
    expect(owners.update(table, 1e6).processes[0]!.descriptors).toBeGreaterThanOrEqual(before + 100);
    await world!.tell('close');
  });

  test('a hostile name is shown without what it would do', async () => {
    await world!.tell(`name ${Buffer.from('a) R 1 (\u001b[2J\xff', 'latin1').toString('base64')}`);
    const table = await read();
    expect(createOwners('/proc', world!.pid).update(table, 0).processes[0]!.name).toBe(
      'a) R 1 (\ufffd[2J\ufffd',
    );
  });

  test('a listener that a child inherited is the parent’s, and the child’s once the parent was killed', async () => {
    const parent = (await openWorld())!;
    const child = Number(await parent.tell('fork'));
    try {
      const source = procNetTcp(`/proc/${child}`);
      const listeners = async (owners: ReturnType<typeof createOwners>, now: number) => {
        const { table } = await source.read(new AbortController().signal);
        return owners.update(table, now).processes.map(({ pid }) => pid);
      };
      const owners = createOwners('/proc', child);
      expect(await listeners(owners, 0)).toEqual([parent.pid]);
      process.kill(parent.pid, 'SIGKILL');
      let now = 0;
      await vi.waitFor(async () => expect(await listeners(owners, (now += 60))).toEqual([child]));
    } finally {
      process.kill(child);
    }
  });

  test('without privilege the owner is unknown for lack of permission, and the capabilities are named', async () => {
    const table = await read();
    process.seteuid!(65_534);
    try {
      const owners = createOwners('/proc', world!.pid);
      owners.update(table, 0);
      // Processes of other namespaces are walked as time permits.
      const columns = owners.update(table, 60);
      expect(new Set(ownersOf(columns, table))).toEqual(new Set(['permission', 'kernel']));
      expect(columns.processes).toEqual([]);
      expect(columns.processesDenied).toBeGreaterThan(0);
      expect(columns.missingCapabilities).toEqual(['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE']);
    } finally {
      process.seteuid!(0);
    }
  });
});
