import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../server/model/address.ts';
import { FilterError, type Filter } from '../../server/model/filter.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { SS_STATE, STATES } from '../../server/model/state.ts';

const words = (text: string) => parseAddress(text) ?? [0, 0, 0, 0];
const state = (...states: (typeof STATES)[number][]): Filter => ({ op: 'state', states });
const pid = (value: number): Filter => ({ op: 'compare', field: 'pid', by: '=', value });

function errorOf(text: string): FilterError {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error('expected a FilterError');
}

describe('a filter', () => {
  it.each(['', '  ', '\n\t'])('without a condition takes every socket: %j', (text) => {
    expect(parseFilter(text)).toEqual({ op: 'all' });
  });

  it.each(STATES)('knows %s by the names that ss and the kernel have for it', (name) => {
    for (const text of [SS_STATE[name], name, name.toLowerCase(), name.replace('_', '-')]) {
      expect(parseFilter(`state ${text}`)).toEqual(state(name));
    }
  });

  it('knows the classes of states of ss', () => {
    expect(parseFilter('state all')).toEqual(state(...STATES));
    expect(parseFilter('state bucket')).toEqual(state('SYN_RECV', 'TIME_WAIT'));
    expect(parseFilter('state connected')).toEqual(
      state(...STATES.filter((s) => s !== 'LISTEN' && s !== 'CLOSE')),
    );
    expect(parseFilter('exclude big')).toEqual(state('SYN_RECV', 'TIME_WAIT'));
  });

  it('takes any of several states side by side, and both of two that are joined', () => {
    expect(parseFilter('state close-wait state last-ack')).toEqual(state('CLOSE_WAIT', 'LAST_ACK'));
    expect(parseFilter('state bucket exclude time-wait')).toEqual(state('SYN_RECV'));
    expect(parseFilter('state close-wait and state last-ack')).toEqual({
      op: 'and',
      terms: [state('CLOSE_WAIT'), state('LAST_ACK')],
    });
  });

  it.each<[string, Filter]>([
    [
      'src 10.0.0.0/8',
      { op: 'address', side: 'src', prefix: { words: words('10.0.0.0'), bits: 104 }, port: null },
    ],
    ['dst [::1]:443', { op: 'address', side: 'dst', prefix: { words: words('::1'), bits: 128 }, port: 443 }],
    [
      'dst 10.0.0.1:5432',
      { op: 'address', side: 'dst', prefix: { words: words('10.0.0.1'), bits: 128 }, port: 5432 },
    ],
    ['dst :443', { op: 'address', side: 'dst', prefix: null, port: 443 }],
    ['dst *:443', { op: 'address', side: 'dst', prefix: null, port: 443 }],
    ['dst *', { op: 'address', side: 'dst', prefix: null, port: null }],
    [
      'src = 10.1.2.3',
      { op: 'address', side: 'src', prefix: { words: words('10.1.2.3'), bits: 128 }, port: null },
    ],
    [
      'src fe80::/10',
      { op: 'address', side: 'src', prefix: { words: words('fe80::'), bits: 10 }, port: null },
    ],
    [
      'src [fe80::]/10:22',
      { op: 'address', side: 'src', prefix: { words: words('fe80::'), bits: 10 }, port: 22 },
    ],
    [
      'src 2001:db8::1',
      { op: 'address', side: 'src', prefix: { words: words('2001:db8::1'), bits: 128 }, port: null },
    ],
    [
      'src 0.0.0.0/0',
      { op: 'address', side: 'src', prefix: { words: words('0.0.0.0'), bits: 96 }, port: null },
    ],
    ['dst != :443', { op: 'not', term: { op: 'address', side: 'dst', prefix: null, port: 443 } }],
    ['sport = :22', { op: 'compare', field: 'sport', by: '=', value: 22 }],
    ['dport >= :1024', { op: 'compare', field: 'dport', by: '>=', value: 1024 }],
    ['sport eq 22', { op: 'compare', field: 'sport', by: '=', value: 22 }],
    ['sport ne 22', { op: 'compare', field: 'sport', by: '!=', value: 22 }],
    ['sport lt 22', { op: 'compare', field: 'sport', by: '<', value: 22 }],
    ['sport gt 22', { op: 'compare', field: 'sport', by: '>', value: 22 }],
    ['sport le 22', { op: 'compare', field: 'sport', by: '<=', value: 22 }],
    ['sport geq 22', { op: 'compare', field: 'sport', by: '>=', value: 22 }],
    ['dport!=:443', { op: 'compare', field: 'dport', by: '!=', value: 443 }],
    ['pid 12', pid(12)],
    ['uid = 0', { op: 'compare', field: 'uid', by: '=', value: 0 }],
    ['inode > 4294967295', { op: 'compare', field: 'inode', by: '>', value: 4294967295 }],
    ['age > 60s', { op: 'compare', field: 'age', by: '>', value: 60 }],
    ['age > 1h30m', { op: 'compare', field: 'age', by: '>', value: 5400 }],
    ['age >= 1.5', { op: 'compare', field: 'age', by: '>=', value: 1.5 }],
    ['recvq > 0', { op: 'compare', field: 'recvq', by: '>', value: 0 }],
    ['sendq < 10', { op: 'compare', field: 'sendq', by: '<', value: 10 }],
    ['process = nginx', { op: 'name', field: 'process', equal: true, name: 'nginx' }],
    ['process != "a b\\"c\\\\"', { op: 'name', field: 'process', equal: false, name: 'a b"c\\' }],
    ['process "and"', { op: 'name', field: 'process', equal: true, name: 'and' }],
    ['process "="', { op: 'name', field: 'process', equal: true, name: '=' }],
    ['unit = nginx.service', { op: 'name', field: 'unit', equal: true, name: 'nginx.service' }],
    ['container != 3f2a91c0be77', { op: 'name', field: 'container', equal: false, name: '3f2a91c0be77' }],
    ['NETNS "my net"', { op: 'name', field: 'netns', equal: true, name: 'my net' }],
    ['process kworker/0:1', { op: 'name', field: 'process', equal: true, name: 'kworker/0:1' }],
  ])('has the condition %j', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it.each(['pid 1 and pid 2', 'pid 1 & pid 2', 'pid 1 && pid 2', 'pid 1 pid 2', 'PID 1 AND PID 2'])(
    'joins conditions by and, by its signs, and by nothing: %j',
    (text) => {
      expect(parseFilter(text)).toEqual({ op: 'and', terms: [pid(1), pid(2)] });
    },
  );

  it('reads and and or from left to right, as ss does', () => {
    expect(parseFilter('pid 1 or pid 2 and pid 3')).toEqual({
      op: 'and',
      terms: [{ op: 'or', terms: [pid(1), pid(2)] }, pid(3)],
    });
    expect(parseFilter('pid 1 or ( pid 2 and pid 3 )')).toEqual({
      op: 'or',
      terms: [pid(1), { op: 'and', terms: [pid(2), pid(3)] }],
    });
  });

  it('negates one condition or what is in parentheses', () => {
    expect(parseFilter('not pid 1 and pid 2')).toEqual({
      op: 'and',
      terms: [{ op: 'not', term: pid(1) }, pid(2)],
    });
    expect(parseFilter('!(pid 1|pid 2)')).toEqual({ op: 'not', term: { op: 'or', terms: [pid(1), pid(2)] } });
  });
});

describe('a mistake in a filter is told with its place and what was expected:', () => {
  it.each<[string, number, RegExp]>([
    ['state', 5, /^a state: listening, .*, close-wait, /],
    ['state close-wiat', 6, /close-wait/],
    ['state "close-wait"', 6, /close-wait/],
    ['dst 10.0.0.256', 4, /^an address such as/],
    ['dst 10.0.0.0/33', 4, /^an address/],
    ['dst [::1]/129', 4, /^an address/],
    ['dst 127.0/16', 4, /^an address/],
    ['dst [10.0.0.1', 4, /^an address/],
    ['dst :65536', 4, /^an address/],
    ['dst /8', 4, /^an address/],
    ['dst example.net', 4, /^an address/],
    ['dst > 10.0.0.1', 4, /^an address/],
    ['dport = :https', 8, /^a port such as :443$/],
    ['dport = 70000', 8, /^a port/],
    ['dport =', 7, /^a port/],
    ['pid = -1', 6, /^a whole number/],
    ['pid = 4294967296', 6, /^a whole number/],
    ['age > soon', 6, /^a duration such as 60s or 1h30m$/],
    ['age > ', 6, /^a duration/],
    ['process =', 9, /^the name of a process/],
    ['process = and', 10, /^the name of a process/],
    ['process > a', 8, /^the name of a process/],
    ['process = "a', 10, /^a closing "$/],
    ['colour = red', 0, /^a condition such as/],
    ['constructor 1', 0, /^a condition such as/],
    ['pid 1 and', 9, /^a condition/],
    ['pid 1 and and pid 2', 10, /^a condition/],
    ['or pid 1', 0, /^a condition/],
    ['( pid 1', 7, /^and, or, another condition, or \)$/],
    ['pid 1 )', 6, /^and, or, another condition, or the end$/],
    ['()', 1, /^a condition/],
    ['"pid" 1', 0, /^a condition/],
    [`${'('.repeat(70)}pid 1${')'.repeat(70)}`, 65, /^at most 64 levels/],
    [`${'!'.repeat(70)}pid 1`, 65, /^at most 64 levels/],
    [Array(70).fill('pid 1').join('|'), 64 * 6, /^at most 64 conditions/],
    [Array(70).fill('pid 1').join(' '), 64 * 6, /^at most 64 conditions/],
    ['x'.repeat(2001), 2000, /^at most 2000 characters$/],
  ])('%j', (text, position, expected) => {
    const error = errorOf(text);
    expect(error.position).toBe(position);
    expect(error.expected).toMatch(expected);
  });

  it('whatever is written', () => {
    const parts = fc.array(
      fc
        .constantFrom(
          'state',
          'close-wait',
          'src',
          'dst',
          '10.0.0.1',
          '::1',
          '[',
          ']',
          ':',
          '/8',
          '(',
          ')',
          '!',
          'and',
        )
        .chain((part) => fc.constantFrom(part, ` ${part} `)),
    );
    const more = fc.array(
      fc.constantFrom(
        'or',
        '|',
        '=',
        '!=',
        '"',
        '\\',
        'age',
        '60s',
        'pid',
        '1',
        'process',
        'unit',
        'netns',
        ' ',
        '\u{1f600}',
        '\ud800',
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(parts, more).map((both) => both.flat().join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseFilter(written);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          const { position, expected } = error as FilterError;
          expect(position).toBeGreaterThanOrEqual(0);
          expect(position).toBeLessThanOrEqual(written.length);
          expect(expected).not.toBe('');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('also in the longest of lists, which stay flat', () => {
    const filter = parseFilter(Array(64).fill('pid 1').join('|'));
    expect(filter.op === 'or' && filter.terms.length).toBe(64);
  });
});

/** The listeners of the world below, which are all the rows there are. */
const LISTENERS: readonly (readonly [string, number])[] = [
  ['127.0.0.1', 2001],
  ['127.0.0.1', 2002],
  ['127.9.9.9', 2003],
  ['::1', 2001],
];

/** Opens the listeners in a network namespace of its own and asks the real ss with each filter. */
const WORLD = `
  const { createServer } = require('node:net');
  const { execFileSync, spawnSync } = require('node:child_process');
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const [listeners, filters] = JSON.parse(process.argv[1]);
  const open = listeners.map(([host, port]) => new Promise((done) => createServer().listen(port, host, done)));
  Promise.all(open).then(() => {
    const answers = filters.map((filter) => {
      const { status, stdout } = spawnSync('ss', ['-tanH', filter], { encoding: 'utf8' });
      return status === 0 ? stdout.trim().split('\\n').filter(Boolean).map((row) => row.split(/\\s+/)[3]).sort() : null;
    });
    console.log(JSON.stringify(answers));
    process.exit();
  });
`;

/** Evaluates the conditions that the filters below use, over the listeners. */
function selects(filter: Filter, [host, port]: readonly [string, number]): boolean {
  switch (filter.op) {
    case 'and':
      return filter.terms.every((term) => selects(term, [host, port]));
    case 'or':
      return filter.terms.some((term) => selects(term, [host, port]));
    case 'not':
      return !selects(filter.term, [host, port]);
    case 'address': {
      const bits = (text: readonly number[]) =>
        text.map((word) => word.toString(2).padStart(32, '0')).join('');
      const { prefix } = filter;
      const within = !prefix || bits(words(host)).startsWith(bits(prefix.words).slice(0, prefix.bits));
      return within && (filter.port === null || filter.port === port);
    }
    case 'compare': {
      const { by, value } = filter;
      if (by === '=') return port === value;
      if (by === '!=') return port !== value;
      return by === '<'
        ? port < value
        : by === '<='
          ? port <= value
          : by === '>'
            ? port > value
            : port >= value;
    }
    default:
      return filter.op === 'all';
  }
}

describe('the real ss', () => {
  it('selects the same sockets by the same text', (ctx) => {
    if (process.getuid?.() !== 0) ctx.skip('needs root, to have a network namespace of its own');
    if (spawnSync('ss', ['-V']).status !== 0) ctx.skip('needs ss (package iproute2)');
    const filters = [
      '',
      'sport = :2001',
      'sport 2001',
      'sport eq :2001 || sport eq :2002',
      'sport gt :2001 && sport le :2003',
      'sport = :2001 or sport = :2002 and sport = :9999',
      'sport = :9999 and sport = :2002 or sport = :2001',
      'sport = :2001 or sport = :2002 sport = :9999',
      'not sport = :2001 and sport = :2002',
      'not sport = :2001 or sport = :2001',
      '! ( sport = :2001 or sport = :2003 )',
      'src 127.0.0.0/8',
      'src 127.0.0.0/16',
      'src 127.0.0.0/8:2003',
      'src [::1]',
      'src [::1]:2001',
      'src :2001',
      'src = *:2002',
    ];
    const output = execFileSync(
      'unshare',
      ['-n', process.execPath, '-e', WORLD, JSON.stringify([LISTENERS, filters])],
      { encoding: 'utf8' },
    );
    const ours = filters.map((text) => {
      const filter = parseFilter(text);
      const rows = LISTENERS.filter((listener) => selects(filter, listener));
      return rows.map(([host, port]) => (host === '::1' ? `[::1]:${port}` : `${host}:${port}`)).sort();
    });
    expect(JSON.parse(output)).toEqual(ours);
  });
});
