import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { Liquid } from 'liquidjs';
import { MatcherError, parseMatcher } from '../model/matcher.ts';
import { RECEIVER_KINDS, REQUIRED_SECRETS, type ReceiverConfig } from '../model/receiver-options.ts';
import { FORBIDDEN_TAGS, TEMPLATE_OPTIONS, TEMPLATE_VARIABLES } from '../model/template.ts';
import { didYouMean, found, type ConfigError } from './error.ts';

export type Key = string | number;
/** An error at a place in the file. */
export type Fail = (keys: readonly Key[], problem: string) => ConfigError;

/** Keys of receivers whose values are never shown. */
export const SECRET_KEYS: readonly Key[] = [
  'botToken',
  'token',
  'secret',
  'password',
  'routingKey',
  'headers',
];
/** Of these, the ones that a kind can do without. */
const OPTIONAL_SECRETS = ['token', 'secret', 'password'];
/** Keys whose value is a template. */
const TEMPLATES = ['body', 'message', 'subject'];
/** More than any secret has; what is longer is the wrong file. */
const MAX_URL_FILE_BYTES = 64 * 1024;

/** What the schema cannot say of receivers. Reads the files that they name: a typing error shall not wait for the first alert. */
export function checkReceivers(
  receivers: readonly ReceiverConfig[],
  fail: Fail,
  isUrl: (text: string) => boolean,
): void {
  const names = new Set<string>();
  for (const [i, receiver] of receivers.entries()) {
    const at = ['receivers', i];
    if (names.has(receiver.name)) {
      throw fail([...at, 'name'], `expected a name of its own, found ${JSON.stringify(receiver.name)} again`);
    }
    names.add(receiver.name);
    checkMatchers(receiver.matchers, [...at, 'matchers'], fail);
    const [kind, ...others] = RECEIVER_KINDS.filter((each) => receiver[each] !== undefined);
    if (kind === undefined || others.length > 0) {
      const given = kind === undefined ? 'none of them' : [kind, ...others].join(' and ');
      throw fail(at, `expected exactly one of ${RECEIVER_KINDS.join(', ')}, found ${given}`);
    }
    const options = receiver[kind] as Options;
    const here = [...at, kind];
    checkSecrets(options, REQUIRED_SECRETS[kind], here, fail);
    checkHeaders(options, here, fail);
    checkFiles(options, here, fail, isUrl);
    for (const key of TEMPLATES) checkTemplate(options[key], [...here, key], fail);
  }
}

type Options = Readonly<Record<string, unknown>>;

/** Also of quiet hours. */
export function checkMatchers(matchers: readonly string[], at: readonly Key[], fail: Fail): void {
  for (const [i, text] of matchers.entries()) {
    try {
      parseMatcher(text);
    } catch (err) {
      if (!(err instanceof MatcherError)) throw err;
      throw fail(
        [...at, i],
        `expected ${err.expected}, ${found(text)}, wrong from character ${err.position} on`,
      );
    }
  }
}

function checkSecrets(options: Options, required: string | undefined, at: readonly Key[], fail: Fail): void {
  for (const key of required === undefined ? OPTIONAL_SECRETS : [required, ...OPTIONAL_SECRETS]) {
    const file = `${key}File`;
    const given = [key, file].filter((each) => options[each] !== undefined);
    if (given.length === 2) throw fail([...at, file], `expected either this or ${key}, found both`);
    if (given.length === 0 && key === required) {
      throw fail(at, `expected ${key} or ${file}, found neither`);
    }
  }
}

function checkHeaders({ headers }: Options, at: readonly Key[], fail: Fail): void {
  for (const [name, value] of Object.entries((headers ?? {}) as Record<string, string>)) {
    try {
      new Headers([[name, value]]);
    } catch {
      // What is said of a wrong value repeats it.
      throw fail([...at, 'headers', name], 'expected a header that can be sent, by name and value');
    }
  }
}

function checkFiles(
  options: Options,
  at: readonly Key[],
  fail: Fail,
  isUrl: (text: string) => boolean,
): void {
  const tls = options['tls'] as Options | undefined;
  for (const [keys, path] of [...filesOf(options, []), ...filesOf(tls ?? {}, ['tls'])]) {
    checkFile([...at, ...keys], path, fail);
  }
  if (tls && (tls['certFile'] === undefined) !== (tls['keyFile'] === undefined)) {
    throw fail([...at, 'tls'], 'expected certFile and keyFile, found only one of them');
  }
  const urlFile = options['urlFile'];
  if (typeof urlFile === 'string' && !holdsUrl(urlFile, isUrl)) {
    throw fail(
      [...at, 'urlFile'],
      `expected a file that holds an http:// or https:// URL, ${found(urlFile)}`,
    );
  }
}

function filesOf(options: Options, at: readonly Key[]): [readonly Key[], string][] {
  return Object.entries(options).flatMap(([key, value]) =>
    key.endsWith('File') && typeof value === 'string' ? [[[...at, key], value]] : [],
  );
}

function checkFile(at: readonly Key[], path: string, fail: Fail): void {
  let problem: string | undefined;
  try {
    accessSync(path, constants.R_OK);
    if (statSync(path).isDirectory()) problem = 'a directory';
  } catch (err) {
    problem = (err as NodeJS.ErrnoException).code;
  }
  if (problem !== undefined) {
    throw fail(at, `expected a file that can be read, found ${problem} at ${JSON.stringify(path)}`);
  }
}

function holdsUrl(path: string, isUrl: (text: string) => boolean): boolean {
  return statSync(path).size <= MAX_URL_FILE_BYTES && isUrl(readFileSync(path, 'utf8').trim());
}

function checkTemplate(source: unknown, at: readonly Key[], fail: Fail): void {
  if (typeof source !== 'string') return;
  const liquid = new Liquid(TEMPLATE_OPTIONS);
  for (const tag of FORBIDDEN_TAGS) Reflect.deleteProperty(liquid.tags, tag);
  let names: string[];
  try {
    names = liquid.globalVariablesSync(liquid.parse(source));
  } catch (err) {
    throw fail(at, `expected a template in Liquid, found ${(err as Error).message.split('\n', 1)[0] ?? ''}`);
  }
  const known: readonly string[] = TEMPLATE_VARIABLES;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = didYouMean(unknown, known);
    throw fail(at, `expected a template that names only ${known.join(', ')}, ${found(unknown)}${near}`);
  }
}
