import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { sheetColumns, type Sheet } from '../../server/model/sheet.ts';
import { chosenColumns, columnsOf } from '../../web/views/sockets/columns.ts';
import { csvCell, csvOf, jsonOf } from '../../web/views/sockets/download.ts';
import { narrowed, termOfConnection, termOfGroup } from '../../web/views/sockets/narrow.ts';
import { changesBetween, RowIndex } from '../../web/views/sockets/row-index.ts';

function sheetOf(ids: readonly number[], over: Partial<Sheet> = {}): Sheet {
  return {
    ...sheetColumns(ids.length),
    at: '2026-01-02T03:04:05.000Z',
    sequence: 1,
    total: ids.length,
    rows: ids.length,
    namespaces: ['host'],
    processes: [{ pid: 1, name: '=cmd|"x"', unit: null, container: null, pod: null }],
    addresses: Uint32Array.from([0, 0, 0xffff, 0x7f000001]),
    id: Float64Array.from(ids),
    ...over,
  };
}

async function textOf(pieces: AsyncGenerator<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const ids = fc.uniqueArray(fc.maxSafeNat(), { maxLength: 200 });

describe('rows by their id', () => {
  test('are found as a Map finds them', () => {
    fc.assert(
      fc.property(ids, ids, (present, asked) => {
        const index = new RowIndex(Float64Array.from(present));
        const map = new Map(present.map((id, row) => [id, row]));
        const all = [...asked, ...present];
        const expected = all.map((id) => map.get(id) ?? -1);
        expect(all.map((id) => index.rowOf(id))).toEqual(expected);
        expect([...index.rowsOf(Float64Array.from(all))]).toEqual(expected);
      }),
    );
  });

  test('what is new, gone and in another state is counted', () => {
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const old = sheetOf(before);
        const changes = changesBetween(old, new RowIndex(old.id), sheetOf(after));
        expect(changes).toMatchObject({
          fresh: after.filter((id) => !before.includes(id)).length,
          gone: before.filter((id) => !after.includes(id)).length,
          moved: 0,
        });
      }),
    );
    const old = sheetOf([1, 2, 3], { state: Uint8Array.of(1, 1, 1) });
    const next = sheetOf([3, 1, 4], { state: Uint8Array.of(1, 8, 1) });
    expect(changesBetween(old, new RowIndex(old.id), next)).toEqual({
      rowBefore: Int32Array.of(2, 0, -1),
      fresh: 1,
      gone: 1,
      moved: 1,
    });
  });
});

describe('a download', () => {
  const sheet = sheetOf([10, 35], {
    owner: Int32Array.of(0, -1),
    ownerGap: Uint8Array.of(0, 3),
    state: Uint8Array.of(10, 1),
    localPort: Uint16Array.of(80, 40_000),
  });

  test('has a line of CSV for each socket, names as text whatever they look like', async () => {
    const lines = (await textOf(csvOf(sheet))).split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^id,netns,family,state,localAddress,localPort,/);
    expect(lines[1]).toContain(`a,host,ipv4,LISTEN,127.0.0.1,80,`);
    expect(lines[1]).toContain(`,1,"'=cmd|""x""",`);
    expect(lines[2]).toMatch(/^z,host,ipv4,ESTABLISHED,127\.0\.0\.1,40000,.*,permission,0,0$/);
  });

  test('has all sockets as JSON', async () => {
    const body = JSON.parse(await textOf(jsonOf(sheet))) as { total: number; rows: { process: unknown }[] };
    expect(body).toMatchObject({ at: sheet.at, total: 2, rows: [{ id: 'a' }, { id: 'z', process: null }] });
    const many = sheetOf(Array.from({ length: 9000 }, (_, i) => i));
    expect((JSON.parse(await textOf(jsonOf(many))) as { rows: unknown[] }).rows).toHaveLength(9000);
    expect(JSON.parse(await textOf(jsonOf(sheetOf([]))))).toMatchObject({ rows: [] });
  });

  test('no cell is a formula', () => {
    fc.assert(
      fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '\r'), fc.string(), (first, rest) => {
        expect(csvCell(first + rest)).toMatch(/^"?'/);
      }),
    );
    expect([csvCell(-1), csvCell(null), csvCell(true), csvCell('a,"b"\n')]).toEqual([
      '-1',
      '',
      'true',
      '"a,""b""\n"',
    ]);
  });
});

describe('narrowing', () => {
  test.each([
    ['', 'pid = 1', 'pid = 1'],
    ['uid = 0', 'pid = 1', 'uid = 0 and pid = 1'],
    ['uid = 0 or uid = 1', 'pid = 1', '(uid = 0 or uid = 1) and pid = 1'],
    ['pid = 1', 'pid = 1', 'pid = 1'],
  ])('"%s" by %s', (filter, term, expected) => {
    expect(narrowed(filter, term)).toBe(expected);
    expect(() => parseFilter(expected)).not.toThrow();
  });

  test.each([
    ['process', 'my app', 'process = "my app"'],
    ['process', 'unknown', null],
    ['unit', 'none', null],
    ['remote', '::1', 'dst [::1]'],
    ['local', '10.0.0.1', 'src 10.0.0.1'],
    ['remotePort', '443', 'dport = :443'],
    ['localPort', '80', 'sport = :80'],
    ['netns', 'host', 'netns = host'],
    ['pid', '7', 'pid = 7'],
    ['uid', '0', 'uid = 0'],
  ] as const)('to a group of %s, %s', (by, value, expected) => {
    const term = termOfGroup(by, value);
    expect(term).toBe(expected);
    if (term !== null) expect(() => parseFilter(term)).not.toThrow();
  });

  test('to one connection, or one that listens', () => {
    const local = { address: '::1', port: 80 };
    expect(termOfConnection({ local, remote: { address: '10.0.0.1', port: 5 } })).toBe(
      'src [::1]:80 and dst 10.0.0.1:5',
    );
    expect(termOfConnection({ local, remote: { address: '::', port: 0 } })).toBe('src [::1]:80');
  });
});

describe('columns', () => {
  test('are those of the address, as far as there are such', () => {
    expect(columnsOf(['inode', 'state', 'nonsense'], false)).toEqual(['state', 'inode']);
    expect(columnsOf(['nonsense'], false)).toEqual(columnsOf(null, false));
    expect(columnsOf(null, true)).toContain('netns');
  });

  test('are left out of the address where they are the usual ones', () => {
    expect(chosenColumns(columnsOf(null, true), true)).toBeNull();
    expect(chosenColumns([], false)).toBeNull();
    expect(chosenColumns(['state', 'uid'], false)).toEqual(['state', 'uid']);
  });
});
