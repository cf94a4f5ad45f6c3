import { readlinkSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createNamespaces, type Namespace } from '../../server/collect/namespaces.ts';
import { asNobody, Netns } from './netns.ts';
import { openWorld, skipUnlessPossible } from './world.ts';

const CYCLES = 40;

function inodeOf(pid: number | 'self'): number {
  return Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]);
}

function byInode(namespaces: readonly Namespace[], inode: number): Namespace | undefined {
  return namespaces.find((each) => each.inode === inode);
}

test("the observer's own namespace is the first, is called host, and has this process", () => {
  const { namespaces } = createNamespaces('/proc').list();
  expect(namespaces[0]).toMatchObject({ isOwn: true, name: 'host', kind: 'host', inode: inodeOf('self') });
  expect(namespaces[0]?.pids).toContain(process.pid);
  expect(namespaces.filter(({ isOwn }) => isOwn).length).toBe(1);
});

test('where there is no procfs, it says so', () => {
  expect(() => createNamespaces('/nowhere').list()).toThrow(
    "ENOENT: no such file or directory, scandir '/nowhere'",
  );
});

describe('with namespaces of its own', () => {
  beforeEach(skipUnlessPossible);

  test('those of ip netns are found at once, by their names, and gone at once, again and again', () => {
    const namespaces = createNamespaces('/proc');
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const made = new Netns();
      try {
        const { namespaces: found, errors } = namespaces.list();
        expect(byInode(found, made.inode)).toMatchObject({ name: made.name, kind: 'named', pids: [] });
        expect(byInode(found, made.inode)?.mounts).toContain(`/run/netns/${made.name}`);
        expect(errors).toEqual([]);
      } finally {
        made.remove();
      }
      const paths = namespaces.list().namespaces.flatMap(({ mounts }) => mounts);
      expect(paths.filter((path) => path.includes(made.name))).toEqual([]);
    }
  });

  test('one that only processes keep is found by them, and gone with them', async () => {
    const namespaces = createNamespaces('/proc');
    const world = (await openWorld())!;
    let ended = false;
    try {
      const inode = inodeOf(world.pid);
      const found = byInode(namespaces.list().namespaces, inode);
      expect(found).toMatchObject({ key: `${inode}`, isOwn: false, mounts: [] });
      expect(found?.pids).toContain(world.pid);
      await world.end();
      ended = true;
      await vi.waitFor(() => {
        const pids = namespaces.list().namespaces.flatMap((each) => each.pids);
        expect(pids).not.toContain(world.pid);
      });
    } finally {
      if (!ended) await world.end();
    }
  });

  test('a user without rights finds them too, those of others by their net directory', async () => {
    const world = (await openWorld())!;
    const pinned = new Netns();
    try {
      const seen = asNobody(
        new URL('namespaces-as-nobody.js', import.meta.url),
        `${process.pid}`,
        `${world.pid}`,
        `${pinned.inode}`,
      );
      expect(seen).toMatchObject({
        processesDenied: 0,
        errors: [],
        missingCapabilities: ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'],
        reads: [
          // Root's processes are in it, as its own process is: that one joins them.
          { namespace: { isOwn: true, name: 'host', inode: inodeOf('self') } },
          {
            namespace: { name: pinned.name, inode: pinned.inode, pids: [] },
            error: expect.stringContaining('CAP_SYS_ADMIN') as string,
          },
          {
            namespace: { inode: null, key: expect.stringMatching(/^proc:\d+$/) as string },
            read: { sockets: true, source: { name: 'proc' }, errors: [] },
          },
        ],
      });
    } finally {
      pinned.remove();
      await world.end();
    }
  });
});
