import { sheetRow, type Sheet, type SheetRow } from '../../../server/model/sheet.ts';

/** Rows that are written before the page may do something else. */
const ROWS_AT_ONCE = 4000;

const CSV_COLUMNS: readonly (readonly [string, (row: SheetRow) => string | number | boolean | null])[] = [
  ['id', ({ id }) => id],
  ['netns', ({ netns }) => netns],
  ['family', ({ family }) => family],
  ['state', ({ state }) => state],
  ['localAddress', ({ local }) => local.address],
  ['localPort', ({ local }) => local.port],
  ['remoteAddress', ({ remote }) => remote.address],
  ['remotePort', ({ remote }) => remote.port],
  ['recvQueueBytes', (row) => row.recvQueueBytes],
  ['sendQueueBytes', (row) => row.sendQueueBytes],
  ['ageSeconds', ({ ageSeconds }) => Number(ageSeconds.toFixed(3))],
  ['ageExact', ({ ageExact }) => ageExact],
  ['timer', ({ timer }) => timer?.kind ?? null],
  ['timerExpiresSeconds', ({ timer }) => timer?.expiresSeconds ?? null],
  ['retransmits', ({ timer }) => timer?.retransmits ?? null],
  ['probes', ({ timer }) => timer?.probes ?? null],
  ['pid', ({ process }) => process?.pid ?? null],
  ['process', ({ process }) => process?.name ?? null],
  ['unit', ({ process }) => process?.unit ?? null],
  ['container', ({ process }) => process?.container ?? null],
  ['pod', ({ process }) => process?.pod ?? null],
  ['processesTotal', ({ processesTotal }) => processesTotal],
  ['processUnknown', ({ processUnknown }) => processUnknown],
  ['uid', ({ uid }) => uid],
  ['inode', ({ inode }) => inode],
];

/** Characters that make a spreadsheet take a cell for a formula: names of processes are anybody's to choose. */
const FORMULA = /^[=+\-@\t\r]/;

/** One cell as RFC 4180 has it, text that would be a formula behind an apostrophe. */
export function csvCell(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(sheet: Sheet): AsyncGenerator<string> {
  const head = `${CSV_COLUMNS.map(([name]) => name).join(',')}\r\n`;
  return pieces(
    sheet,
    head,
    '',
    (row) => `${CSV_COLUMNS.map(([, cell]) => csvCell(cell(row))).join(',')}\r\n`,
  );
}

/** `{ at, total, rows }`, as GET sockets answers, without what a sheet leaves out. */
export function jsonOf(sheet: Sheet): AsyncGenerator<string> {
  const { at, total } = sheet;
  const head = `${JSON.stringify({ at, total }).slice(0, -1)},"rows":[`;
  return pieces(sheet, head, '\n]}\n', (row, i) => `${i === 0 ? '' : ','}\n${JSON.stringify(row)}`);
}

async function* pieces(
  sheet: Sheet,
  head: string,
  tail: string,
  write: (row: SheetRow, index: number) => string,
): AsyncGenerator<string> {
  yield head;
  for (let from = 0; from < sheet.rows; from += ROWS_AT_ONCE) {
    let text = '';
    const to = Math.min(from + ROWS_AT_ONCE, sheet.rows);
    for (let row = from; row < to; row++) text += write(sheetRow(sheet, row), row);
    yield text;
    await new Promise((resolve) => setTimeout(resolve));
  }
  yield tail;
}
