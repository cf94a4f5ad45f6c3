import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countReservedPorts, parsePortRange, readLimits } from '../../server/collect/limits.ts';

test("this kernel's limits are read from /proc/sys/net", () => {
  const sysctl = (name: string) => readFileSync(`/proc/sys/net/${name}`, 'latin1').trim();
  const { limits, errors } = readLimits('/proc');
  expect(errors).toEqual([]);
  const { portRange } = limits;
  expect(`${portRange?.low}\t${portRange?.high}`).toBe(sysctl('ipv4/ip_local_port_range'));
  expect(`${limits.maxTimeWait}`).toBe(sysctl('ipv4/tcp_max_tw_buckets'));
  expect(`${limits.finTimeoutSeconds}`).toBe(sysctl('ipv4/tcp_fin_timeout'));
  expect(`${limits.timeWaitReuse}`).toBe(sysctl('ipv4/tcp_tw_reuse'));
  expect(`${limits.somaxconn}`).toBe(sysctl('core/somaxconn'));
  expect(`${limits.retries1}`).toBe(sysctl('ipv4/tcp_retries1'));
  expect(`${limits.retries2}`).toBe(sysctl('ipv4/tcp_retries2'));
  expect(`${limits.orphanRetries}`).toBe(sysctl('ipv4/tcp_orphan_retries'));
  expect(`${limits.synRetries}`).toBe(sysctl('ipv4/tcp_syn_retries'));
  expect(`${limits.keepalive?.timeSeconds}`).toBe(sysctl('ipv4/tcp_keepalive_time'));
  expect(`${limits.keepalive?.intervalSeconds}`).toBe(sysctl('ipv4/tcp_keepalive_intvl'));
  expect(`${limits.keepalive?.probes}`).toBe(sysctl('ipv4/tcp_keepalive_probes'));
  expect(`${limits.receiveBufferBytes}`).toBe(sysctl('ipv4/tcp_rmem').split(/\s+/)[1]);
});

describe('under a mount point of our own', () => {
  function read(files: Record<string, string>) {
    const procfs = mkdtempSync(join(tmpdir(), 'halfclose-limits-'));
    mkdirSync(`${procfs}/sys/net/ipv4`, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(`${procfs}/sys/net/ipv4/${name}`, text);
    try {
      const { limits, errors } = readLimits(procfs);
      return { limits, errors: errors.map((error) => error.replace(procfs, '/proc')) };
    } finally {
      rmSync(procfs, { recursive: true });
    }
  }

  test('a limit that this kernel or namespace lacks is null, and no error', () => {
    const { limits, errors } = read({ tcp_fin_timeout: '60\n' });
    expect(errors).toEqual([]);
    expect(limits).toMatchObject({
      finTimeoutSeconds: 60,
      portRange: null,
      reservedPorts: null,
      maxOrphans: null,
    });
  });

  test('a limit that cannot be understood is null and an error with its text, and the others are read', () => {
    const { limits, errors } = read({ tcp_fin_timeout: 'soon\n', tcp_max_tw_buckets: '7' });
    expect(errors).toEqual(['/proc/sys/net/ipv4/tcp_fin_timeout: cannot be understood: "soon"']);
    expect(limits).toMatchObject({ finTimeoutSeconds: null, maxTimeWait: 7 });
  });

  test('without any limit there is one error that says so', () => {
    expect(read({}).errors).toEqual(["/proc/sys/net: none of the kernel's TCP limits is there"]);
  });

  test('reserved ports are counted inside the range only', () => {
    const files = {
      ip_local_port_range: '32768\t60999\n',
      ip_local_reserved_ports: '8080,32768-32770,60999\n',
    };
    expect(read(files).limits).toMatchObject({ portRange: { low: 32_768, high: 60_999 }, reservedPorts: 4 });
  });
});

test.each([
  ['', 0],
  ['8080', 0],
  ['100', 1],
  ['200', 1],
  ['90-110', 11],
  ['100-200', 101],
  ['0-65535', 101],
  ['150,150,149-151', 3],
])('of the list %j, %i ports are in the range from 100 to 200', (list, count) => {
  expect(countReservedPorts(list, { low: 100, high: 200 })).toBe(count);
});

test.each(['x', '1,,2', '1-', '-', '1-2-3', '123456'])('the list %j cannot be understood', (list) => {
  expect(countReservedPorts(list, { low: 100, high: 200 })).toBeNull();
});

test.each(['', '1', '1 2 3', '2 1', '1 65536', 'a b', '-1 5'])(
  'the range %j cannot be understood',
  (text) => {
    expect(parsePortRange(text)).toBeNull();
  },
);

test('any text throws nothing, and no more is reserved than there is', () => {
  const list = fc
    .array(fc.constantFrom('1', '99', '150', ',', '-', '65535', ' '))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(fc.string(), list), (text) => {
      parsePortRange(text);
      const count = countReservedPorts(text, { low: 100, high: 200 });
      expect(count === null || (count >= 0 && count <= 101)).toBe(true);
    }),
  );
});
