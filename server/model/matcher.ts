import { RE2JS, RE2JSException } from 're2js';

/**
 * Alertmanager's matchers: `severity="critical"`, `process!~"api|web"`. Plain data, so that it can be stored and sent.
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#matcher
 */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/**
 * `=~` and `!~`: a regular expression of RE2 for the whole value, as in Alertmanager. Those of JavaScript can take years for
 * a pattern such as `(a+)+`, and matchers come from the web too.
 */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

export type Labels = Readonly<Record<string, string>>;

const MAX_MATCHER_LENGTH = 1000;

/** A mistake in a matcher: where it is, in UTF-16 units from 0, and what could stand there. */
export class MatcherError extends Error {
  override name = 'MatcherError';
  readonly position: number;
  readonly expected: string;

  constructor(position: number, expected: string) {
    super(`at ${position}: expected ${expected}`);
    this.position = position;
    this.expected = expected;
  }
}

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const OPERATOR = /=~|!~|!=|=/y;
/** With quotes, or without them and without what ends it elsewhere. */
const VALUE = /"(?<quoted>(?:[^"\\\n]|\\["\\n])*)"|(?<plain>[^\s"'`\\,{}=!~]+)/uy;

/** One matcher. The value may stand without quotes where it is a word, as in Alertmanager. Throws MatcherError. */
export function parseMatcher(text: string): Matcher {
  if (text.length > MAX_MATCHER_LENGTH) {
    throw new MatcherError(MAX_MATCHER_LENGTH, `at most ${MAX_MATCHER_LENGTH} characters`);
  }
  let at = 0;
  const take = (pattern: RegExp, expected: string): RegExpExecArray => {
    while (/\s/.test(text.charAt(at))) at++;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw new MatcherError(at, expected);
    at = pattern.lastIndex;
    return match;
  };
  const [name] = take(NAME, 'the name of a label');
  const [operator] = take(OPERATOR, '=, !=, =~ or !~');
  const match = take(VALUE, 'a value such as "critical", with \\" and \\\\ in it for " and \\');
  const { quoted, plain } = match.groups ?? {};
  const start = match.index;
  take(/$/y, 'nothing after the value');
  const value =
    plain ?? (quoted ?? '').replace(/\\(.)/gsu, (_, char: string) => (char === 'n' ? '\n' : char));
  const matcher: Matcher = { name, operator: operator as MatchOperator, value };
  if (operator.endsWith('~')) {
    try {
      patternOf(matcher);
    } catch (err) {
      if (err instanceof RE2JSException) {
        throw new MatcherError(start, `a regular expression as in RE2 (${err.message})`);
      }
      throw err;
    }
  }
  return matcher;
}

/** Whether labels have all that the matchers ask for; a label that is not there has the value "", as in Alertmanager. */
export function matches(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => {
    const value = Object.hasOwn(labels, matcher.name) ? (labels[matcher.name] ?? '') : '';
    switch (matcher.operator) {
      case '=':
        return value === matcher.value;
      case '!=':
        return value !== matcher.value;
      case '=~':
        return patternOf(matcher).matches(value);
      case '!~':
        return !patternOf(matcher).matches(value);
    }
  });
}

const compiled = new WeakMap<Matcher, RE2JS>();

function patternOf(matcher: Matcher): RE2JS {
  const known = compiled.get(matcher);
  if (known) return known;
  const pattern = RE2JS.compile(matcher.value);
  compiled.set(matcher, pattern);
  return pattern;
}
