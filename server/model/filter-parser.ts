import { parseAddress } from './address.ts';
import { parseDuration } from './duration.ts';
import { FilterError, NAME_FIELDS, NUMBER_FIELDS } from './filter.ts';
import type { Comparison, Filter, NameField, NumberField, Prefix, Side } from './filter.ts';
import { tokenize, type Token } from './filter-tokens.ts';
import { KEYWORDS } from './quoted-name.ts';
import { SS_STATE, STATES, type State } from './state.ts';

/** No filter that a person writes is longer; the longest that a finding carries has some 150 characters. */
const MAX_FILTER_LENGTH = 2000;
/** Parentheses and `not` within each other. */
const MAX_DEPTH = 64;
/** Each is a test of every socket: a million sockets and 64 of them take seconds. */
const MAX_CONDITIONS = 64;

/**
 * Reads the filter language, which is that of `ss` (FILTER in ss(8)) with more fields:
 *
 *     filter     = [ or-and ]                                   nothing: every socket
 *     or-and     = term { [ "and" | "&" | "&&" | "or" | "|" | "||" ] term }
 *     term       = ( "not" | "!" ) term | "(" or-and ")" | states | condition
 *     states     = ( "state" | "exclude" ) NAME { ( "state" | "exclude" ) NAME }
 *     condition  = ( "src" | "dst" ) [ "=" | "!=" ] ADDRESS[/BITS][:PORT]
 *                | ( "sport" | "dport" ) [ COMPARISON ] [:]PORT
 *                | ( "pid" | "uid" | "inode" | "recvq" | "sendq" ) [ COMPARISON ] NUMBER
 *                | "age" [ COMPARISON ] DURATION
 *                | ( "process" | "unit" | "container" | "netns" ) [ "=" | "!=" ] NAME
 *
 * As in ss: `and` and `or` bind equally and are read from left to right, terms side by side mean `and`, several states side
 * by side mean any of them. Unlike in ss, `state` may stand anywhere, words may be in upper case,
 * and addresses may be compared by `!=`; names of hosts and services are not looked up. Throws FilterError.
 */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new FilterError(
      'the filter is too long',
      MAX_FILTER_LENGTH,
      `at most ${MAX_FILTER_LENGTH} characters`,
    );
  }
  const reader = createReader(tokenize(text));
  if (reader.peek().kind === 'end') return { op: 'all' };
  const filter = parseList(reader, 0);
  if (reader.peek().kind !== 'end') reader.fail('and, or, another condition, or the end');
  return filter;
}

interface Reader {
  peek(): Token;
  take(): Token;
  /** Takes the token if it is one of these words or symbols. */
  accept(...texts: string[]): Token | undefined;
  fail(expected: string, at?: Token): never;
  /** Counts a condition; fails where there are too many. */
  countCondition(): void;
}

function createReader(tokens: readonly Token[]): Reader {
  let next = 0;
  let conditions = 0;
  const peek = () => tokens[Math.min(next, tokens.length - 1)]!;
  function fail(expected: string, at = peek()): never {
    const what =
      at.kind === 'end' ? 'the filter ends too early' : `did not expect ${JSON.stringify(at.text)}`;
    throw new FilterError(what, at.position, expected);
  }
  return {
    peek,
    fail,
    countCondition() {
      if (++conditions > MAX_CONDITIONS) fail(`at most ${MAX_CONDITIONS} conditions`);
    },
    take: () => tokens[Math.min(next++, tokens.length - 1)]!,
    accept(...texts) {
      const token = peek();
      if (token.kind === 'string' || !texts.includes(token.text.toLowerCase())) return undefined;
      next++;
      return token;
    },
  };
}

function parseList(reader: Reader, depth: number): Filter {
  let filter = parseTerm(reader, depth);
  for (;;) {
    const { kind, text } = reader.peek();
    if (kind === 'end' || text === ')') return filter;
    let op: 'and' | 'or' = 'and';
    if (reader.accept('or', '||', '|')) op = 'or';
    else reader.accept('and', '&&', '&');
    const term = parseTerm(reader, depth);
    // Kept flat where it can be, so that a long list is not a deep one.
    filter = { op, terms: filter.op === op ? [...filter.terms, term] : [filter, term] };
  }
}

const TERM =
  'a condition such as state close-wait, dst 10.0.0.0/8, dport = :443, pid 1234, unit nginx.service or age > 60s; ' +
  `fields are src, dst, ${[...NUMBER_FIELDS, ...NAME_FIELDS].join(', ')}`;

function parseTerm(reader: Reader, depth: number): Filter {
  if (depth > MAX_DEPTH) reader.fail(`at most ${MAX_DEPTH} levels of parentheses and not`);
  if (reader.accept('not', '!')) return { op: 'not', term: parseTerm(reader, depth + 1) };
  if (reader.accept('(')) {
    const filter = parseList(reader, depth + 1);
    if (!reader.accept(')')) reader.fail('and, or, another condition, or )');
    return filter;
  }
  reader.countCondition();
  const token = reader.peek();
  if (token.kind !== 'word') reader.fail(TERM);
  const word = token.text.toLowerCase();
  if (word === 'state' || word === 'exclude') return parseStates(reader);
  reader.take();
  if (word === 'src' || word === 'dst') return parseSide(reader, word);
  const named = NAME_FIELDS.find((name) => name === word);
  if (named) return parseName(reader, named);
  const field = NUMBER_FIELDS.find((name) => name === word);
  if (!field) reader.fail(TERM, token);
  const by = parseComparison(reader);
  return { op: 'compare', field, by, value: parseNumber(reader, field) };
}

function parseStates(reader: Reader): Filter {
  let states: Set<State> | undefined;
  for (
    let keyword = reader.accept('state', 'exclude');
    keyword;
    keyword = reader.accept('state', 'exclude')
  ) {
    const token = reader.take();
    const named = token.kind === 'word' ? STATE_NAMES.get(plain(token.text)) : undefined;
    if (!named) {
      const names = [...Object.values(SS_STATE), ...Object.keys(STATE_CLASSES)];
      reader.fail(`a state: ${names.join(', ')}`, token);
    }
    const excluded = keyword.text.toLowerCase() === 'exclude';
    states ??= new Set(excluded ? STATES : []);
    for (const state of named) {
      if (excluded) states.delete(state);
      else states.add(state);
    }
  }
  return { op: 'state', states: STATES.filter((state) => states?.has(state)) };
}

/** The classes of states that ss knows. Source: ss(8), STATE-FILTER. */
const STATE_CLASSES: Readonly<Record<string, readonly State[]>> = {
  all: STATES,
  connected: STATES.filter((state) => state !== 'LISTEN' && state !== 'CLOSE'),
  synchronized: STATES.filter((state) => state !== 'LISTEN' && state !== 'CLOSE' && state !== 'SYN_SENT'),
  bucket: ['SYN_RECV', 'TIME_WAIT'],
  big: STATES.filter((state) => state !== 'SYN_RECV' && state !== 'TIME_WAIT'),
};

/** States by their names in ss and in the kernel, without case, - and _. */
const STATE_NAMES = new Map<string, readonly State[]>([
  ...Object.entries(STATE_CLASSES),
  ...STATES.flatMap((state): [string, State[]][] => [
    [plain(state), [state]],
    [plain(SS_STATE[state]), [state]],
  ]),
  ['closed', ['CLOSE']],
  ['unconnected', ['CLOSE']],
]);

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

function parseSide(reader: Reader, side: Side): Filter {
  const equal = parseEquality(reader);
  const token = reader.take();
  const endpoint = token.kind === 'word' ? parseEndpoint(token.text) : undefined;
  if (!endpoint)
    reader.fail('an address such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:443, [::1]:443 or :443', token);
  const filter: Filter = { op: 'address', side, ...endpoint };
  return equal ? filter : { op: 'not', term: filter };
}

/** `10.0.0.0/8:443`, `[::1]:443`, `[fe80::]/10`, `::1`, `:443`, `*:443`; undefined where the text is none of these. */
function parseEndpoint(text: string): { prefix: Prefix | null; port: number | null } | undefined {
  const match =
    /^\[(?<address>[^\]]+)\](?:\/(?<bits>\d+))?(?::(?<port>\d+|\*))?$/.exec(text) ??
    /^(?<address>[^:/]*)(?:\/(?<bits>\d+))?(?::(?<port>\d+|\*))?$/.exec(text) ??
    /^(?<address>[^/]+)(?:\/(?<bits>\d+))?$/.exec(text);
  if (!match || text === '') return undefined;
  const { address = '', bits, port } = match.groups ?? {};
  const number = port === undefined || port === '*' ? null : Number(port);
  if (number !== null && number > 65_535) return undefined;
  if (address === '' || address === '*') {
    return bits === undefined && (address === '*' || number !== null)
      ? { prefix: null, port: number }
      : undefined;
  }
  const words = parseAddress(address);
  if (!words) return undefined;
  const width = address.includes(':') ? 128 : 32;
  const length = bits === undefined ? width : Number(bits);
  return length > width ? undefined : { prefix: { words, bits: 128 - width + length }, port: number };
}

const NAMES: Readonly<Record<NameField, string>> = {
  process: 'the name of a process, in quotes if it has spaces',
  unit: 'a systemd unit such as nginx.service, in quotes if it has spaces',
  container: 'the id of a container, or its first 12 digits or more',
  netns: 'the name of a network namespace, in quotes if it has spaces',
};

function parseName(reader: Reader, field: NameField): Filter {
  const equal = parseEquality(reader);
  const token = reader.take();
  const named = token.kind === 'string' || (token.kind === 'word' && !KEYWORDS.has(token.text.toLowerCase()));
  if (!named) reader.fail(NAMES[field], token);
  return { op: 'name', field, equal, name: token.text };
}

const WORDED: Readonly<Record<string, Comparison>> = {
  '==': '=',
  eq: '=',
  ne: '!=',
  neq: '!=',
  lt: '<',
  le: '<=',
  leq: '<=',
  gt: '>',
  ge: '>=',
  geq: '>=',
};
const EQUALITIES = ['=', '==', 'eq', '!=', 'ne', 'neq'];

/** `=` where nothing is written, as in ss. */
function parseComparison(reader: Reader): Comparison {
  const text =
    reader.accept('=', '!=', '<', '<=', '>', '>=', ...Object.keys(WORDED))?.text.toLowerCase() ?? '=';
  return WORDED[text] ?? (text as Comparison);
}

function parseEquality(reader: Reader): boolean {
  const text = reader.accept(...EQUALITIES)?.text.toLowerCase() ?? '=';
  return (WORDED[text] ?? text) === '=';
}

function parseNumber(reader: Reader, field: NumberField): number {
  const token = reader.take();
  const text = token.kind === 'word' ? token.text : '';
  if (field === 'age') {
    // A bare number is seconds.
    const seconds = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : parseDuration(text.toLowerCase());
    if (seconds === undefined || text === '') reader.fail('a duration such as 60s or 1h30m', token);
    return seconds;
  }
  const isPort = field === 'sport' || field === 'dport';
  const digits = isPort && text.startsWith(':') ? text.slice(1) : text;
  const value = /^\d{1,10}$/.test(digits) ? Number(digits) : Infinity;
  if (value > (isPort ? 65_535 : 0xffff_ffff)) {
    reader.fail(isPort ? 'a port such as :443' : 'a whole number up to 4294967295', token);
  }
  return value;
}
