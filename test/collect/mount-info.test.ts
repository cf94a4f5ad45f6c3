import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNamespaceMounts } from '../../server/collect/mount-info.ts';

// As Linux 6.18 writes it.
const REAL = `22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
41 27 0:38 / /run/netns rw,nosuid shared:2 - tmpfs tmpfs rw,mode=755
43 41 0:4 net:[4026532315] /run/netns/blue rw shared:2 - nsfs nsfs rw
44 41 0:4 mnt:[4026532316] /run/snapd/ns/lxd.mnt rw - nsfs nsfs rw
45 27 0:4 net:[4026532320] /run/docker/netns/ab12cd34ef56 rw - nsfs nsfs rw
`;

test('the network namespaces among the mounts are found, with what they are mounted on', () => {
  expect(parseNamespaceMounts(REAL)).toEqual([
    { inode: 4026532315, path: '/run/netns/blue' },
    { inode: 4026532320, path: '/run/docker/netns/ab12cd34ef56' },
  ]);
});

test('of two on one path the later hides the earlier, and one on two paths is there twice', () => {
  const line = (inode: number, path: string) => `43 41 0:4 net:[${inode}] ${path} rw - nsfs nsfs rw\n`;
  expect(parseNamespaceMounts(line(1, '/a') + line(2, '/a') + line(2, '/b'))).toEqual([
    { inode: 2, path: '/a' },
    { inode: 2, path: '/b' },
  ]);
});

test('a path that only looks like a namespace is none', () => {
  expect(parseNamespaceMounts('43 41 8:1 net:[4026532315] /net:[1] rw - ext4 /dev/sda1 rw\n')).toEqual([]);
  expect(parseNamespaceMounts('43 41 0:4 net:[x] /a rw - nsfs nsfs rw\n43 41 0:4 net:[1]\n')).toEqual([]);
});

test('every path is read as the kernel escaped it', () => {
  const escaped = (path: string) =>
    path.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...' \t\n\\#/aé0134-') }),
      fc.nat(2 ** 32),
      (name, inode) => {
        const text = `1 1 0:4 net:[${inode}] ${escaped(`/${name}`)} rw - nsfs nsfs rw\n`;
        expect(parseNamespaceMounts(text)).toEqual([{ inode, path: `/${name}` }]);
      },
    ),
  );
});

test('no text is too odd', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('43', '0:4', 'net:[1]', '/a', ' - ', 'nsfs', '\n'),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      for (const { inode, path } of parseNamespaceMounts(words.join(' '))) {
        expect([Number.isSafeInteger(inode), path[0]]).toEqual([true, '/']);
      }
    }),
  );
});
