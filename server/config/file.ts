import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import Format from 'typebox/format';
import { isNode, isPair, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { parseDuration } from '../model/duration.ts';
import { FileSchema, type FileConfig } from '../model/options.ts';
import { ConfigError, didYouMean, found } from './error.ts';
import { checkMatchers, checkReceivers, SECRET_KEYS, type Key } from './receivers.ts';
import { expectedOf, mapSchema, schemaAt } from './schema.ts';

/** More than any such file has; a bigger one is the wrong file. */
const MAX_FILE_BYTES = 1024 * 1024;
/** An alias that would unfold into more nodes than this is a bomb, not a convenience. */
const MAX_ALIASES = 100;
/** Three weeks: Node's timers cannot wait for much longer (2^31 ms). */
const MAX_DURATION_SECONDS = 21 * 86_400;

// `duration` would otherwise be ISO 8601's PT30S; nothing else in this process asks for that one.
Format.Set('duration', (text) => (parseDuration(text) ?? Infinity) <= MAX_DURATION_SECONDS);
Format.Set('http-url', isHttpUrl);
Format.Set('time-zone', isTimeZone);

/** Node's fetch refuses URLs with a user name or password: say so here rather than at the first alert. */
function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

/** As this Node.js knows them: its ICU may lack some. */
function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The settings of a YAML file; those of an empty one where no path is given. Durations come out as seconds. */
export function readConfigFile(path: string | undefined): FileConfig {
  if (path === undefined) return parseConfigFile('', '');
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (err) {
    throw new ConfigError(`--config.file: cannot read ${path}: ${(err as NodeJS.ErrnoException).code}`);
  }
  if (bytes.length > MAX_FILE_BYTES) {
    throw new ConfigError(`${path}: expected at most ${MAX_FILE_BYTES} bytes, found ${bytes.length}`);
  }
  return parseConfigFile(bytes.toString('utf8'), path);
}

/** The settings of a YAML text; errors are of the form `path:line: key: expected …, found …`. */
export function parseConfigFile(text: string, path: string): FileConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistake = document.errors[0] ?? document.warnings[0];
  if (mistake)
    throw new ConfigError(
      `${path}:${lines.linePos(mistake.pos[0]).line}: no YAML: ${oneLine(mistake.message)}`,
    );

  const fail = (keys: readonly Key[], problem: string) => {
    const line = lines.linePos(offsetOf(document, keys)).line;
    return new ConfigError(`${path}:${line}: ${keys.length > 0 ? `${nameOf(keys)}: ` : ''}${problem}`);
  };
  const written = contentsOf(document, path);
  const given = mapSchema(FileSchema, written, (node, value) => value ?? node.default);
  const [error] = Value.Errors(FileSchema, given);
  if (error) throw fail(...problemOf(keysOf(error.instancePath), given));

  const config = mapSchema(FileSchema, given, (node, value) =>
    node.format === 'duration' && typeof value === 'string' ? parseDuration(value) : value,
  ) as FileConfig;
  checkReceivers(config.receivers, fail, isHttpUrl);
  for (const [i, { matchers }] of config.alerts.quietHours.entries()) {
    checkMatchers(matchers, ['alerts', 'quietHours', i, 'matchers'], fail);
  }
  return config;
}

function contentsOf(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (err) {
    throw new ConfigError(`${path}: no YAML: ${oneLine((err as Error).message)}`);
  }
}

/** What is wrong at a place where the schema found something: the key itself, or its value. */
function problemOf(keys: readonly Key[], root: unknown): [readonly Key[], string] {
  const schema = schemaAt(FileSchema, keys);
  const value = keys.reduce<unknown>((at, key) => (at as Record<Key, unknown>)[key], root);
  if (!schema) {
    const known = Object.keys(schemaAt(FileSchema, keys.slice(0, -1))?.properties ?? {});
    const near = didYouMean(String(keys.at(-1)), known) || `, expected one of ${known.join(', ')}`;
    return [keys, `unknown key${near}`];
  }
  const missing = schema.required?.find(
    (key) => (value as Record<Key, unknown> | undefined)?.[key] === undefined,
  );
  if (missing !== undefined && typeof value === 'object' && !Array.isArray(value)) {
    return [[...keys, missing], `expected ${expectedOf(schemaAt(schema, [missing]))}, found nothing`];
  }
  return [keys, `expected ${expectedOf(schema)}, ${foundUnlessSecret(keys, schema.format, value)}`];
}

/** Errors end up in logs. Paths of hooks hold secrets: of a URL only the beginning is shown. */
function foundUnlessSecret(keys: readonly Key[], format: string | undefined, value: unknown): string {
  if (keys.some((key) => SECRET_KEYS.includes(key)))
    return value === '' ? found(value) : `found a ${typeof value}`;
  if (format !== 'http-url') return found(value);
  if (typeof value !== 'string') return `found a ${typeof value}`;
  return found(value.length > 8 ? `${value.slice(0, 8)}...` : value);
}

/** Where a key stands in the text; the nearest thing above it where it does not stand there itself. */
function offsetOf(document: Document, keys: readonly Key[]): number {
  for (let depth = keys.length; depth > 0; depth--) {
    const parent = document.getIn(keys.slice(0, depth - 1), true);
    const last = keys[depth - 1];
    let offset: number | undefined;
    if (isNode(parent)) {
      visit(parent, {
        Collection: (_, node) => {
          const item =
            typeof last === 'number' ? node.items[last] : node.items.find((pair) => keyOf(pair) === last);
          const place = isPair(item) ? item.key : item;
          if (isNode(place)) offset = place.range?.[0];
          return visit.BREAK;
        },
      });
    }
    if (offset !== undefined) return offset;
  }
  return 0;
}

function keyOf(pair: unknown): string | undefined {
  return isPair(pair) && isNode(pair.key) ? String(pair.key.toJSON()) : undefined;
}

/** `/receivers/0/name` as keys; a number is one only below a list. */
function keysOf(pointer: string): Key[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** `receivers[0].name` */
function nameOf(keys: readonly Key[]): string {
  return keys.map((key, i) => (typeof key === 'number' ? `[${key}]` : i > 0 ? `.${key}` : key)).join('');
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 200);
}
