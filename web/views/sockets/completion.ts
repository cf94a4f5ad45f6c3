import { FilterError, NAME_FIELDS, NUMBER_FIELDS, type NameField } from '../../../server/model/filter.ts';
import { parseFilter } from '../../../server/model/filter-parser.ts';
import { tokenize, type Token } from '../../../server/model/filter-tokens.ts';
import { quotedName } from '../../../server/model/quoted-name.ts';
import { SS_STATE, STATES } from '../../../server/model/state.ts';

/** What the filter language takes at a place in a text. */
export type Expected =
  | 'term'
  | 'join'
  | 'joinOrClose'
  | 'state'
  | 'address'
  | 'port'
  | 'number'
  | 'duration'
  | 'name'
  | 'quote'
  /** The text is too long, or has too many conditions. */
  | 'fewer';

interface Context {
  readonly expected: Expected;
  /** Before a value: whose. */
  readonly field: string | null;
  /** An operator may stand here too. */
  readonly operators: readonly string[];
  readonly depth: number;
}

/** What is there to be named: by field, the most frequent first. */
export type Present = Readonly<
  Partial<Record<NameField | 'pid' | 'src' | 'dst' | 'sport' | 'dport', readonly string[]>>
>;

export interface Suggestion {
  /** As it is written into the filter. */
  readonly text: string;
  readonly kind: 'field' | 'word' | 'state' | 'class' | 'operator' | 'present' | 'value';
}

export interface Suggestions {
  /** What a choice replaces, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly list: readonly Suggestion[];
}

const STATE_CLASSES = ['all', 'connected', 'synchronized', 'bucket', 'big'] as const;
const SIDES = ['src', 'dst'] as const;
const FIELDS = ['state', 'exclude', ...SIDES, ...NUMBER_FIELDS, ...NAME_FIELDS] as const;
const EQUALITIES = ['=', '!='] as const;
const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
const JOINS = ['and', 'or', '&&', '&', '||', '|'];
const OPERATOR = /^(=|==|!=|<|<=|>|>=|eq|ne|neq|lt|le|leq|gt|ge|geq)$/i;
const DURATIONS = ['10s', '60s', '5m', '1h', '1d'];
const MAX_SUGGESTIONS = 18;

/** What may follow these tokens, which are held to be right. */
function contextAfter(tokens: readonly Token[]): Context {
  let depth = 0;
  let field: string | null = null;
  let at: 'term' | 'state' | 'operator' | 'value' | 'after' = 'term';
  for (const { kind, text } of tokens) {
    const word = kind === 'string' ? '' : text.toLowerCase();
    if (at === 'after' && JOINS.includes(word)) at = 'term';
    else if (at === 'after' && word === ')') depth--;
    else if (at === 'operator' && OPERATOR.test(word)) at = 'value';
    else if (at === 'operator' || at === 'value' || at === 'state') at = 'after';
    else if (word === '(') depth++;
    else if (word !== 'not' && word !== '!') {
      field = word;
      at = word === 'state' || word === 'exclude' ? 'state' : 'operator';
    }
  }
  if (at === 'term') return { expected: 'term', field: null, operators: [], depth };
  if (at === 'state') return { expected: 'state', field, operators: [], depth };
  if (at === 'after')
    return { expected: depth > 0 ? 'joinOrClose' : 'join', field: null, operators: [], depth };
  const expected = valueOf(field ?? '');
  const all = expected === 'address' || expected === 'name' ? EQUALITIES : COMPARISONS;
  return { expected, field, operators: at === 'operator' ? all : [], depth };
}

function valueOf(field: string): Expected {
  if (field === 'src' || field === 'dst') return 'address';
  if (field === 'sport' || field === 'dport') return 'port';
  if (field === 'age') return 'duration';
  return NAME_FIELDS.some((name) => name === field) ? 'name' : 'number';
}

/** The tokens before a place, without the end; undefined where a quote is open there. */
function tokensBefore(text: string, position: number): Token[] | undefined {
  try {
    return tokenize(text.slice(0, position)).slice(0, -1);
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

/** What can be written at the caret, or completes the word before it. */
export function suggestionsAt(text: string, caret: number, present: Present): Suggestions {
  const before = text.slice(0, caret);
  let from = caret;
  let tokens = tokensBefore(text, caret);
  if (!tokens) {
    from = before.lastIndexOf('"');
    tokens = tokensBefore(text, from) ?? [];
  } else if (tokens.at(-1)?.kind === 'word' && !/\s$/.test(before)) {
    from = tokens.at(-1)!.position;
    tokens = tokens.slice(0, -1);
  }
  const rest = /^[^\s()"]*"?/.exec(text.slice(caret))?.[0] ?? '';
  const typed = before.slice(from).replace(/^"/, '').toLowerCase();
  const candidates = candidatesFor(contextAfter(tokens), present);
  const plain = ({ text }: Suggestion) => text.replace(/^"/, '').toLowerCase();
  const begin = candidates.filter((each) => plain(each).startsWith(typed));
  const contain = typed.length < 2 ? [] : candidates.filter((each) => plain(each).indexOf(typed) > 0);
  const list = [...begin, ...contain].filter((each) => plain(each) !== typed || typed === '');
  return { from, to: caret + rest.length, list: list.slice(0, MAX_SUGGESTIONS) };
}

function candidatesFor({ expected, field, operators, depth }: Context, present: Present): Suggestion[] {
  const of = (kind: Suggestion['kind'], texts: readonly string[]) => texts.map((text) => ({ kind, text }));
  const seen = (field !== null && Object.hasOwn(present, field) && present[field as keyof Present]) || [];
  const values = [
    ...of('present', expected === 'name' ? seen.map(quotedName) : seen),
    ...(expected === 'duration' ? of('value', DURATIONS) : []),
    ...(field === 'recvq' || field === 'sendq' || field === 'inode' ? of('value', ['0']) : []),
  ];
  switch (expected) {
    case 'term':
      return [...of('field', FIELDS), ...of('word', ['not', '('])];
    case 'state':
      return [
        ...of(
          'state',
          STATES.map((state) => SS_STATE[state]),
        ),
        ...of('class', STATE_CLASSES),
      ];
    case 'join':
    case 'joinOrClose':
      return of('word', depth > 0 ? ['and', 'or', ')'] : ['and', 'or']);
    default: {
      const ordered = field === 'age' || field === 'recvq' || field === 'sendq' ? ['>', '<', '='] : operators;
      return [...(operators.length > 0 ? of('operator', ordered) : []), ...values];
    }
  }
}

/** The text after a choice, and where the caret stands then. */
export function completed(
  text: string,
  { from, to }: Suggestions,
  choice: string,
): { text: string; caret: number } {
  const after = text.slice(to);
  const gap = after.startsWith(' ') ? '' : ' ';
  return { text: text.slice(0, from) + choice + gap + after, caret: from + choice.length + 1 };
}

export interface Mistake {
  readonly position: number;
  /** The word that stands there; empty where the text ends too early. */
  readonly word: string;
  readonly expected: Expected;
}

/** The first mistake in a filter, or null. */
export function mistakeIn(text: string): Mistake | null {
  try {
    parseFilter(text);
    return null;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { position } = error;
    const word = /^("[^"]*"?|\S[^\s()]*)/.exec(text.slice(position))?.[0] ?? '';
    if (error.expected.startsWith('at most')) return { position, word: '', expected: 'fewer' };
    const tokens = tokensBefore(text, position);
    const open = text[position] === '"' && tokensBefore(text, text.length) === undefined;
    return { position, word, expected: open ? 'quote' : contextAfter(tokens ?? []).expected };
  }
}
