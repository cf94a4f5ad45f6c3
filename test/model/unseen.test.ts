import { expect, test } from 'vitest';
import { unseenOf } from '../../server/model/unseen.ts';
import { busy } from '../api/given.ts';
import { observation } from '../given.ts';

test('where everything was read and all namespaces were asked for, nothing is unseen', () => {
  expect(unseenOf(observation({ source: { name: 'sock_diag', why: '' } }), true)).toEqual([]);
});

test('namespaces that were not asked for, or could not be entered, are unseen', () => {
  expect(unseenOf(observation({ source: { name: 'sock_diag', why: '' } }), false)).toEqual([
    { what: 'other_namespaces' },
  ]);
  expect(unseenOf(busy(), true)).toContainEqual({ what: 'namespace', name: 'web', why: 'setns: EPERM' });
});

test('a unit that failed is named with its error, and /proc with the reason for it', () => {
  const unseen = unseenOf(busy({ source: { name: 'proc', why: 'netlink is refused' } }), true);
  expect(unseen).toContainEqual({ what: 'unit', name: 'close_wait_leak', why: 'x is not a function' });
  expect(unseen).toContainEqual({ what: 'kernel_details', why: 'netlink is refused' });
});

test('missing capabilities are told with what they hide', () => {
  const { ownership } = observation();
  const missing = [{ capability: 'CAP_SYS_PTRACE', processes: 3 }] as const;
  const unseen = unseenOf(
    observation({
      source: { name: 'sock_diag', why: '' },
      ownership: {
        ...ownership,
        sockets: { ...ownership.sockets, permission: 5 },
        processesDenied: 4,
        processesDeniedAlthoughHeld: 1,
        missingCapabilities: missing,
      },
    }),
    true,
  );
  expect(unseen).toEqual([
    { what: 'processes', sockets: 5, missing },
    { what: 'denied_processes', processes: 1 },
  ]);
});

test('many failures are cut, so that they do not hide the rest', () => {
  const units = Array.from({ length: 50 }, (_, i) => ({
    name: `u${i}`,
    kind: 'collector' as const,
    ok: false,
    durationSeconds: 0,
    error: 'broken',
  }));
  expect(unseenOf(observation({ units, source: { name: 'sock_diag', why: '' } }), true)).toHaveLength(10);
});
