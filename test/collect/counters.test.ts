import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayHaveSockets, parseSnmp, parseSockstat, readCounters } from '../../server/collect/counters.ts';

const CAPTURED = fileURLToPath(new URL('../fixtures/proc/states', import.meta.url));

test("a real kernel's TCP counters are read by the kernel's names, and no others", () => {
  const { counters, errors } = readCounters(CAPTURED);
  expect(errors).toEqual([]);
  expect(counters).toMatchObject({
    'Tcp.MaxConn': -1,
    'Tcp.CurrEstab': 14,
    'TcpExt.ListenOverflows': 0,
    'TcpExt.TCPTimeWaitOverflow': 0,
    'sockstat.TCP.orphan': 9,
    'sockstat6.TCP6.inuse': expect.any(Number) as number,
  });
  const sections = new Set(Object.keys(counters).map((name) => name.replace(/\.[^.]*$/, '')));
  expect(sections).toEqual(new Set(['Tcp', 'TcpExt', 'sockstat.TCP', 'sockstat6.TCP6']));
});

test('this kernel has the counters that findings and rates rest on', () => {
  const { counters, errors } = readCounters('/proc');
  expect(errors).toEqual([]);
  for (const name of ['ActiveOpens', 'PassiveOpens', 'AttemptFails', 'EstabResets', 'CurrEstab']) {
    expect(counters).toHaveProperty([`Tcp.${name}`]);
  }
  for (const name of ['ListenOverflows', 'ListenDrops', 'TCPTimeWaitOverflow']) {
    expect(counters).toHaveProperty([`TcpExt.${name}`]);
  }
});

test('each missing file is one error that names it, but for that of IPv6', () => {
  const { counters, errors } = readCounters('/nowhere');
  expect(counters).toEqual({});
  expect(errors.map((error) => error.split(':')[0])).toEqual([
    '/nowhere/net/snmp',
    '/nowhere/net/netstat',
    '/nowhere/net/sockstat',
  ]);
});

test('names and values go together by their place in the pair of lines', () => {
  const text = 'Ip: Forwarding\nIp: 1\nTcp: RtoMin MaxConn InSegs\nTcp: 200 -1 12345678901234567890\n';
  expect(parseSnmp(text)).toEqual([
    ['Tcp.RtoMin', 200],
    ['Tcp.MaxConn', -1],
    ['Tcp.InSegs', 12345678901234567890],
  ]);
});

test.each([
  ['a value too few', 'Tcp: A B\nTcp: 1\n'],
  ['a value too many', 'Tcp: A\nTcp: 1 2\n'],
  ['no line of values', 'Tcp: A B\n'],
  ['values of another section', 'Tcp: A B\nUdp: 1 2\n'],
])('a pair of lines with %s is left out, and the next is read', (_, broken) => {
  expect(parseSnmp(`${broken}TcpExt: C\nTcpExt: 3\n`)).toEqual([['TcpExt.C', 3]]);
});

test('a value that is no integer is left out alone', () => {
  expect(parseSnmp('Tcp: A B C\nTcp: 1 x 3\n')).toEqual([
    ['Tcp.A', 1],
    ['Tcp.C', 3],
  ]);
  expect(parseSockstat('sockstat', 'TCP: inuse 6 orphan x tw 3 mem\n')).toEqual([
    ['sockstat.TCP.inuse', 6],
    ['sockstat.TCP.tw', 3],
  ]);
});

test('any text throws nothing', () => {
  const word = fc.constantFrom('Tcp:', 'TcpExt:', 'TCP:', 'TCP6:', 'inuse', '-1', '7', '\n', 'x');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (text) => {
        for (const [name, value] of [...parseSnmp(text), ...parseSockstat('sockstat', text)]) {
          expect(name).toMatch(/^(Tcp|TcpExt|sockstat\.TCP6?)\./);
          expect(value).not.toBeNaN();
        }
      },
    ),
  );
});

test('a namespace may have sockets unless all that are counted are none', () => {
  const none = { 'sockstat.TCP.inuse': 0, 'sockstat.TCP.tw': 0, 'sockstat6.TCP6.inuse': 0 };
  expect(mayHaveSockets(none)).toBe(false);
  for (const name of Object.keys(none)) expect(mayHaveSockets({ ...none, [name]: 1 }), name).toBe(true);
  expect(mayHaveSockets({ 'sockstat.TCP.inuse': 0, 'sockstat.TCP.tw': 0 }), 'without IPv6').toBe(false);
  expect(mayHaveSockets({}), 'unread').toBe(true);
});
