import { symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOwners, type Owners } from '../../server/collect/owners.ts';
import { walkDescriptors } from '../../server/collect/process-walk.ts';
import type { SocketTable } from '../../server/model/socket-table.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { HOST, holdersOf, ownersOf, tableOf } from './owned.ts';
import { GivenProcfs } from './procfs.ts';

let procfs: GivenProcfs;
/** What the walking costs is what a test says. */
let clockSeconds = 0;
const clock = () => clockSeconds;
const create = () => createOwners(procfs.path, clock);
/** So many sockets, which are not TCP, that not every descriptor of the process is read each time. */
const OTHERS = Array.from({ length: 300 }, (_, i) => 1000 + i);
/** One pass over the host's table. */
const update = (owners: Owners, table: SocketTable, nowSeconds: number) =>
  owners.update(table, nowSeconds, HOST);
beforeEach(() => {
  procfs = new GivenProcfs();
  clockSeconds = 0;
});
afterEach(() => procfs.end());

test('each socket has its process, and one without an inode has none', () => {
  procfs.put(10, { name: 'web', sockets: [100, 101] });
  procfs.put(20, { name: 'db', sockets: [200] });
  const table = tableOf(101, 200, 0, 100);
  const columns = update(create(), table, 0);
  expect(ownersOf(columns, table)).toEqual(['web[10]', 'db[20]', 'kernel', 'web[10]']);
  expect(columns.access).toEqual({
    processesDenied: 0,
    processesDeniedAlthoughHeld: 0,
    missingCapabilities: [],
    processesHidden: false,
  });
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
  const columns = update(create(), table, 0);
  expect(ownersOf(columns, table)).toEqual(['node[10]', 'MainThread[11]']);
});

test('what a socket closed before it was found leaves behind does not hold up the search for new ones', () => {
  procfs.put(10, { sockets: [7] });
  const owners = create();
  update(owners, tableOf(7), 0);
  // 8 is gone on the next pass, and was nobody's; 9 is new.
  update(owners, tableOf(7, 8), 1);
  procfs.put(10, { sockets: [7, 9] });
  const table = tableOf(7, 9);
  expect(ownersOf(update(owners, table, 2), table)).toEqual(['program[10]', 'program[10]']);
});

test('of several that hold a socket the first to begin is the owner, even where a child has a lower pid', () => {
  procfs.put(30_000, { startTimeTicks: 5, sockets: [7] });
  const owners = create();
  const table = tableOf(7);
  expect(ownersOf(update(owners, table, 0), table)).toEqual(['program[30000]']);
  procfs.put(12, { startTimeTicks: 6, sockets: [7] });
  update(owners, table, 20);
  const columns = update(owners, table, 21);
  expect([ownersOf(columns, table), holdersOf(columns, 0)]).toEqual([['program[30000]'], [30_000, 12]]);
});

test('of several that began together the lowest pid is the owner, and all are known', () => {
  for (const pid of [30, 9, 100]) procfs.put(pid, { sockets: [7, pid] });
  const table = tableOf(7, 30);
  const columns = update(create(), table, 0);
  expect(ownersOf(columns, table)).toEqual(['program[9]', 'program[30]']);
  expect([holdersOf(columns, 0), holdersOf(columns, 1)]).toEqual([[9, 30, 100], [30]]);
});

test('sockets with the same holders have them in common', () => {
  const inodes = Array.from({ length: 50 }, (_, i) => i + 1);
  for (let pid = 10; pid < 30; pid++) procfs.put(pid, { sockets: inodes });
  const { holderSets, processes } = update(create(), tableOf(...inodes), 0);
  expect([holderSets.length, holderSets[0]!.length, processes.length]).toEqual([1, 20, 20]);
});

test('a new process is walked once, so that what it inherited has two holders', () => {
  procfs.put(10, { sockets: [7] });
  const owners = create();
  const table = tableOf(7);
  update(owners, table, 0);
  procfs.put(11, { sockets: [7] });
  update(owners, table, 10);
  expect(holdersOf(update(owners, table, 11))).toEqual([10, 11]);
});

describe('a new socket that is found at a child first', () => {
  // So many come with it that the directory of descriptors has another size on any file system.
  const more = Array.from({ length: 1000 }, (_, i) => 2000 + i);

  test('has its parent too, which opened it', () => {
    procfs.put(10, { sockets: [7] });
    const owners = create();
    update(owners, tableOf(7), 0);
    procfs.put(10, { sockets: [7, 8, ...more] });
    procfs.put(11, { parentPid: 10, startTimeTicks: 200, sockets: [8] });
    expect(holdersOf(update(owners, tableOf(7, 8), 1), 1)).toEqual([10, 11]);
  });

  test('has its parent too where another child had the same pid before', () => {
    procfs.put(10, { sockets: [7] });
    procfs.put(11, { parentPid: 10, startTimeTicks: 150, sockets: [7, 6, ...more] });
    const owners = create();
    expect(holdersOf(update(owners, tableOf(6, 7), 0), 1)).toEqual([10, 11]);
    procfs.put(10, { sockets: [7, 8, ...more] });
    // It is walked before its parent, since it has fewer descriptors and another number of them than the one before.
    procfs.put(11, { parentPid: 10, startTimeTicks: 200, sockets: [8] });
    expect(holdersOf(update(owners, tableOf(7, 8), 1), 1)).toEqual([10, 11]);
  });

  test('has the grandparent that opened it, where the parent is new too', () => {
    procfs.put(10, { sockets: [7] });
    const owners = create();
    update(owners, tableOf(7), 0);
    procfs.put(10, { sockets: [7, 8, ...more] });
    procfs.put(12, { parentPid: 10, startTimeTicks: 200, sockets: [8] });
    procfs.put(11, { parentPid: 12, startTimeTicks: 201, sockets: [8] });
    expect(holdersOf(update(owners, tableOf(7, 8), 1), 1)).toEqual([10, 12, 11]);
  });

  test('has the parent that held none before', () => {
    procfs.put(10, {});
    const owners = create();
    update(owners, tableOf(), 0);
    procfs.put(10, { sockets: [8] });
    procfs.put(9, { parentPid: 10, startTimeTicks: 200, sockets: [8] });
    expect(holdersOf(update(owners, tableOf(8), 1))).toEqual([10, 9]);
  });

  test('has no parent of another network namespace: none is asked', () => {
    procfs.put(10, { sockets: [8] });
    procfs.put(11, { parentPid: 10, startTimeTicks: 200, sockets: [8] });
    expect(holdersOf(create().update(tableOf(8), 0, { key: 'web', pids: [11] }))).toEqual([11]);
  });
});

test('of a process whose many sockets are known only those descriptors are read that may have changed', () => {
  const program = 'program[10]';
  procfs.put(10, { sockets: [7, 8, ...OTHERS] });
  const owners = create();
  update(owners, tableOf(7, 8), 0);
  // Descriptor 3 leads elsewhere by now, which no kernel lets it do while its socket is in the table.
  procfs.put(10, { sockets: [5, 8, ...OTHERS, 9] });
  const table = tableOf(7, 8, 9);
  expect(ownersOf(update(owners, table, 1), table)).toEqual([program, program, program]);
  // Once its socket is gone it is read again.
  const later = tableOf(5, 8, 9);
  expect(ownersOf(update(owners, later, 2), later)).toEqual([program, program, program]);
});

test('a descriptor that leads elsewhere after all is read before its new socket is given up', () => {
  procfs.put(10, { sockets: [7, ...OTHERS] });
  const owners = create();
  update(owners, tableOf(7), 0);
  // 7 was passed on to a process that is not new, and its descriptor given to 8.
  procfs.put(10, { sockets: [8, ...OTHERS] });
  procfs.put(1, { name: 'init', sockets: [7] });
  const table = tableOf(7, 8);
  update(owners, table, 1);
  expect(ownersOf(update(owners, table, 2), table)).toEqual(['init[1]', 'program[10]']);
});

test('sockets of nobody, however many, are given up together and found together when somebody has them', () => {
  const inodes = Array.from({ length: 3000 }, (_, i) => 100 + i);
  procfs.put(10, { sockets: [] });
  const owners = create();
  const table = tableOf(...inodes);
  const told = (nowSeconds: number) => [...new Set(ownersOf(update(owners, table, nowSeconds), table))];
  expect(told(0)).toEqual(['not_found']);
  procfs.put(10, { sockets: inodes.slice(1) });
  expect(told(20)).toEqual(['not_found']);
  expect(told(30)).toEqual(['not_found', 'program[10]']);
  // What came in between waits for its own time.
  procfs.put(10, { sockets: inodes });
  expect(told(59)).toEqual(['not_found', 'program[10]']);
  expect(told(60)).toEqual(['program[10]']);
});

test('a socket that was given up and is looked for again is not pending meanwhile', () => {
  procfs.put(10, { sockets: [] });
  const owners = createOwners(procfs.path, () => (clockSeconds += 0.2));
  const table = tableOf(7);
  let now = 0;
  while (ownersOf(update(owners, table, now), table)[0] === 'pending') now++;
  const seen = new Set<string>();
  for (let later = now; later < now + 120; later++) {
    for (const said of ownersOf(update(owners, table, later), table)) seen.add(said);
  }
  expect([...seen]).toEqual(['not_found']);
});

test('what was searched for in a namespace that went is searched for when it is back', () => {
  procfs.put(10, { sockets: [] });
  procfs.put(11, { sockets: [7] });
  const owners = createOwners(procfs.path, () => (clockSeconds += 0.2));
  const web = { key: 'web', pids: [10, 11] };
  const table = tableOf(7);
  expect(ownersOf(owners.update(table, 0, web), table)).toEqual(['pending']);
  owners.forget('web');
  let now = 1;
  while (ownersOf(owners.update(table, now, web), table)[0] === 'pending' && now < 60) now++;
  expect(ownersOf(owners.update(table, now, web), table)).toEqual(['program[11]']);
});

test('a process has the unit, the container and the pod of its control group, and moves with it', () => {
  const id = 'c'.repeat(64);
  const pod = '01234567-89ab-cdef-0123-456789abcdef';
  procfs.put(10, { sockets: [7], cgroup: '0::/system.slice/nginx.service\n' });
  procfs.put(11, { sockets: [8], cgroup: `0::/kubepods/besteffort/pod${pod}/${id}\n` });
  const owners = create();
  const table = tableOf(7, 8);
  expect(update(owners, table, 0).processes).toMatchObject([
    { unit: 'nginx.service', container: null, pod: null },
    { unit: null, container: id, pod },
  ]);
  procfs.write(10, 'cgroup', '0::/user.slice/session-1.scope\n');
  expect(update(owners, table, 9).processes[0]!.unit).toBe('nginx.service');
  expect(update(owners, table, 10).processes[0]!.unit).toBe('session-1.scope');
});

test('a socket that nobody holds is not found, and is looked for again after a while', () => {
  procfs.put(10, { sockets: [] });
  const owners = create();
  const table = tableOf(7);
  expect(ownersOf(update(owners, table, 0), table)).toEqual(['not_found']);
  procfs.put(10, { sockets: [7] });
  expect(ownersOf(update(owners, table, 29), table)).toEqual(['not_found']);
  expect(ownersOf(update(owners, table, 30), table)).toEqual(['program[10]']);
});

test('where pid 1 is not listed processes are hidden, and an unknown owner may be among them', () => {
  procfs.remove(1);
  const table = tableOf(7);
  const columns = update(create(), table, 0);
  expect([columns.access.processesHidden, ...ownersOf(columns, table)]).toEqual([true, 'permission']);
});

test('a socket of a process that has ended is looked for in the others', () => {
  procfs.put(10, { name: 'parent', sockets: [7] });
  procfs.put(11, { name: 'child', sockets: [7] });
  const owners = create();
  const table = tableOf(7);
  expect(ownersOf(update(owners, table, 0), table)).toEqual(['parent[10]']);
  procfs.remove(10);
  update(owners, table, 10);
  expect(ownersOf(update(owners, table, 11), table)).toEqual(['child[11]']);
});

test('a reused pid is another process: it has none of the sockets of the one before', () => {
  procfs.put(10, { name: 'before', sockets: [7] });
  const owners = create();
  const table = tableOf(7, 8);
  update(owners, table, 0);
  procfs.put(10, { name: 'after', startTimeTicks: 200, sockets: [8] });
  update(owners, table, 31);
  expect(ownersOf(update(owners, table, 62), table)).toEqual(['not_found', 'after[10]']);
});

test('a process that executes another program is the same one under another name', () => {
  procfs.put(10, { name: 'shell', sockets: [7] });
  const owners = create();
  const table = tableOf(7);
  update(owners, table, 0);
  procfs.put(10, { name: 'server', sockets: [7] });
  expect(ownersOf(update(owners, table, 10), table)).toEqual(['server[10]']);
});

test('descriptors of an owner of CLOSE_WAIT sockets are counted anew on every pass, of others now and then', () => {
  procfs.put(10, { sockets: [7] });
  procfs.put(20, { sockets: [8] });
  const owners = create();
  const table = tableOf(7, 8);
  table.state.set([KERNEL_STATE.CLOSE_WAIT, KERNEL_STATE.ESTABLISHED]);
  update(owners, table, 0);
  // A real directory's size is no number of descriptors; the limit shows as well when they were read.
  for (const pid of [10, 20]) procfs.write(pid, 'limits', 'Max open files   unlimited   unlimited   files\n');
  const limits = (now: number) =>
    update(owners, table, now).processes.map((process) => process.descriptorLimit);
  expect(limits(1)).toEqual([Infinity, 1024]);
  expect(limits(10)).toEqual([Infinity, Infinity]);
});

test('walking takes a twentieth of the time: a new socket is pending until there is some', () => {
  procfs.put(10, { sockets: [7] });
  const owners = createOwners(procfs.path, () => (clockSeconds += 0.4));
  update(owners, tableOf(7), 0);
  procfs.put(10, { sockets: [7, 8] });
  update(owners, tableOf(7, 8), 1);
  // The walk for the second cost 0.4 seconds or more, on a credit of 0.1: it takes seconds until the next.
  procfs.put(10, { sockets: [7, 8, 9] });
  const table = tableOf(7, 8, 9);
  let now = 2;
  while (ownersOf(update(owners, table, now), table)[2] === 'pending') now++;
  expect(ownersOf(update(owners, table, now), table)).toEqual(['program[10]', 'program[10]', 'program[10]']);
  expect(now).toBeGreaterThan(3);
  expect(now).toBeLessThan(20);
});

test('a mount point that is not there is an error that names it, and is read when it is back', () => {
  procfs.put(10, { sockets: [7] });
  const table = tableOf(7);
  const owners = create();
  update(owners, table, 0);
  procfs.end();
  expect(() => update(owners, tableOf(8), 1)).toThrow(
    `ENOENT: no such file or directory, scandir '${procfs.path}'`,
  );
  procfs.put(1, { name: 'init' });
  procfs.put(10, { sockets: [8] });
  for (const now of [2, 3]) update(owners, tableOf(8), now);
  expect(ownersOf(update(owners, tableOf(8), 4), tableOf(8))).toEqual(['program[10]']);
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

describe('of several network namespaces', () => {
  const web = { key: 'web', pids: [10, 11] };
  const db = { key: 'db', pids: [20] };

  test('each has its columns, which stand until its next update', () => {
    procfs.put(10, { sockets: [7] });
    procfs.put(20, { sockets: [8, 9] });
    const owners = create();
    const [ofWeb, ofDb] = [tableOf(7), tableOf(9, 0)];
    const first = owners.update(ofWeb, 0, web);
    const second = owners.update(ofDb, 0, db);
    expect(ownersOf(first, ofWeb)).toEqual(['program[10]']);
    expect(ownersOf(second, ofDb)).toEqual(['program[20]', 'kernel']);
  });

  test('a socket that was passed to a process of another one is found there', () => {
    procfs.put(10, { sockets: [] });
    procfs.put(20, { sockets: [7] });
    const owners = create();
    const table = tableOf(7);
    owners.update(table, 0, web);
    expect(ownersOf(owners.update(table, 1, web), table)).toEqual(['program[20]']);
  });

  test('the walk of one does not take all the credit from the others', () => {
    procfs.put(10, { sockets: [7] });
    procfs.put(20, { sockets: [8] });
    const owners = createOwners(procfs.path, () => (clockSeconds += 0.03));
    for (const members of [web, db]) owners.update(tableOf(1), 0, members);
    const table = tableOf(8);
    let now = 1;
    while (ownersOf(owners.update(table, now, db), table)[0] === 'pending' && now < 60) {
      owners.update(tableOf(7, 1000 + now), ++now, web);
    }
    expect(ownersOf(owners.update(table, now, db), table)).toEqual(['program[20]']);
  });

  test('one that is forgotten is read like a new one when it is back', () => {
    procfs.put(10, { sockets: [7] });
    const owners = create();
    const table = tableOf(7);
    owners.update(table, 0, web);
    owners.forget('web');
    owners.forget('never known');
    expect(ownersOf(owners.update(table, 1, web), table)).toEqual(['program[10]']);
  });
});

describe('where something may not be read', () => {
  const NOBODY = 65_534;
  beforeEach((context) =>
    context.skip(process.getuid?.() !== 0, 'needs another user than the one it runs as: root'),
  );

  /** What a user may not read, as root would not notice it. */
  function asNobody(table: SocketTable) {
    procfs.open();
    process.seteuid!(NOBODY);
    try {
      return update(create(), table, 0);
    } finally {
      process.seteuid!(0);
    }
  }

  test('what is missing is named, with the processes that each capability would show', () => {
    procfs.put(10, { sockets: [7] });
    procfs.put(11, { sockets: [8] });
    procfs.put(12, { sockets: [9] });
    procfs.forbid(10, 'fd');
    // As under hidepid=1: the process is listed, and nothing of it may be read.
    procfs.forbid(11);
    const table = tableOf(7, 8, 9);
    const columns = asNobody(table);
    expect(ownersOf(columns, table)).toEqual(['permission', 'permission', 'program[12]']);
    expect(columns.access).toEqual({
      processesDenied: 2,
      processesDeniedAlthoughHeld: 0,
      missingCapabilities: [
        { capability: 'CAP_DAC_READ_SEARCH', processes: 1 },
        { capability: 'CAP_SYS_PTRACE', processes: 2 },
      ],
      processesHidden: false,
    });
  });

  test('a capability that is held is not missing, even where it does not help', () => {
    procfs.put(10, { sockets: [7] });
    procfs.put(11, { sockets: [8] });
    procfs.forbid(10, 'fd');
    procfs.forbid(11);
    // CAP_SYS_PTRACE alone.
    procfs.writeSelf('status', 'CapEff:\t0000000000080000\n');
    expect(asNobody(tableOf(7, 8)).access).toMatchObject({
      processesDenied: 2,
      processesDeniedAlthoughHeld: 1,
      missingCapabilities: [{ capability: 'CAP_DAC_READ_SEARCH', processes: 1 }],
    });
  });
});
