import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNamespaceNames, type Nameable } from '../../server/collect/namespace-names.ts';
import { GivenProcfs } from './procfs.ts';

const ID = 'c0ffee0123456789'.repeat(4);
const POD = '8f0c2a4e-1b3d-4c5e-9f70-a1b2c3d4e5f6';

let procfs: GivenProcfs;
beforeEach(() => {
  procfs = new GivenProcfs();
});
afterEach(() => {
  procfs.end();
});

/** A process in this control group. */
function inGroup(pid: number, path: string): number {
  procfs.put(pid, {});
  procfs.write(pid, 'cgroup', `0::${path}\n`);
  return pid;
}

function namespace(inode: number, given: Partial<Nameable> = {}): Nameable {
  return { key: `${inode}`, inodeText: `${inode}`, isOwn: false, pids: [], mounts: [], ...given };
}

function namesOf(...namespaces: Nameable[]) {
  return createNamespaceNames(procfs.path).nameAll(namespaces);
}

test("the observer's own is the host, and no other is called so", () => {
  const pids = [inGroup(10, '/system.slice/nginx.service')];
  expect(namesOf(namespace(2, { mounts: ['/run/netns/host'] }), namespace(1, { isOwn: true, pids }))).toEqual(
    [
      { name: 'host (2)', kind: 'named' },
      { name: 'host', kind: 'host' },
    ],
  );
});

test('the name of ip netns comes before that of its processes', () => {
  const pids = [inGroup(10, '/system.slice/nginx.service')];
  const named = { name: 'blue', kind: 'named' };
  expect(namesOf(namespace(1, { pids, mounts: ['/run/docker/netns/x', '/run/netns/blue'] }))).toEqual([
    named,
  ]);
  expect(namesOf(namespace(1, { mounts: ['/proc/1/root/var/run/netns/blue'] }))).toEqual([named]);
});

test.each([`cni-${POD}`, `netns-${POD}`, POD])('%s is a name that nobody knows', (name) => {
  const pids = [inGroup(10, `/kubepods/burstable/pod${POD}/${ID}`)];
  expect(namesOf(namespace(7, { mounts: [`/run/netns/${name}`] }))).toEqual([{ name: '7', kind: 'unnamed' }]);
  expect(namesOf(namespace(7, { pids, mounts: [`/run/netns/${name}`] }))).toEqual([
    { name: POD, kind: 'pod' },
  ]);
});

test('it is called by what all its processes are: container, pod, or unit', () => {
  const container = [inGroup(10, `/docker/${ID}`), inGroup(11, `/docker/${ID}/deeper`)];
  const pod = [
    inGroup(20, `/kubepods/pod${POD}/${ID}`),
    inGroup(21, `/kubepods/pod${POD}/${ID.replaceAll('c', 'd')}`),
  ];
  const unit = [inGroup(30, '/system.slice/web.service'), inGroup(31, '/system.slice/web.service/worker')];
  const mixed = [inGroup(40, '/system.slice/web.service'), inGroup(41, '/system.slice/db.service')];
  expect(
    namesOf(
      namespace(1, { pids: container }),
      namespace(2, { pids: pod }),
      namespace(3, { pids: unit }),
      namespace(4, { pids: mixed }),
      namespace(5, { pids: [99] }),
    ),
  ).toEqual([
    { name: 'c0ffee012345', kind: 'container' },
    { name: POD, kind: 'pod' },
    { name: 'web.service', kind: 'unit' },
    { name: '4', kind: 'unnamed' },
    { name: '5', kind: 'unnamed' },
  ]);
});

test('a namespace that is being started gets its name when its process has found its place', () => {
  const names = createNamespaceNames(procfs.path);
  const given = namespace(1, { pids: [inGroup(10, '/system.slice/docker.service')] });
  expect(names.nameAll([given])).toEqual([{ name: 'docker.service', kind: 'unit' }]);
  inGroup(10, `/system.slice/docker-${ID}.scope`);
  expect(names.nameAll([given])).toEqual([{ name: 'c0ffee012345', kind: 'container' }]);
});

test('those that would be called alike are told apart, and one that has a name keeps it', () => {
  const names = createNamespaceNames(procfs.path);
  const first = namespace(5, { pids: [inGroup(10, '/system.slice/web.service')] });
  const second = namespace(3, { pids: [inGroup(11, '/system.slice/web.service')] });
  const nameAll = (...given: Nameable[]) => names.nameAll(given).map(({ name }) => name);
  expect(nameAll(first)).toEqual(['web.service']);
  expect(nameAll(second, first)).toEqual(['web.service (3)', 'web.service']);
  expect(nameAll(second)).toEqual(['web.service (3)']);
  expect(nameAll(first, second)).toEqual(['web.service', 'web.service (3)']);
});

test('no two get the same name, whatever they are called', () => {
  const mounts = ['/run/netns/a', '/run/netns/a (2)', '/proc/1/root/run/netns/a'];
  const given = mounts.map((path, i) => namespace([1, 3, 2][i] ?? 0, { mounts: [path] }));
  const names = namesOf(...given).map(({ name }) => name);
  expect(new Set(names).size).toBe(3);
});

test('a hostile name is made printable, and cut', () => {
  const [named] = namesOf(namespace(1, { mounts: [`/run/netns/a\u001b[31m\n${'x'.repeat(200)}`] }));
  expect(named?.name).toMatch(/^a\ufffd\[31m\ufffdx+…$/);
  expect(named?.name.length).toBe(64);
});
