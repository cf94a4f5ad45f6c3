import { existsSync, readdirSync, readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { api } from '../../server/api/index.ts';
import { parseConfigFile } from '../../server/config/file.ts';
import { COMMAND_NAMES, FLAGS } from '../../server/config/flags.ts';
import { createMetrics } from '../../server/metrics/index.ts';
import { CAUSES, DETECTOR_NAMES } from '../../server/model/finding.ts';
import type { ObserverStatus } from '../../server/model/live.ts';
import { FileSchema } from '../../server/model/options.ts';
import { RECEIVER_KINDS } from '../../server/model/receiver-options.ts';
import { alerting } from '../api/given.ts';
import { DETECTORS, memoryLog, NO_STORAGE } from '../given.ts';

const STARTING: ObserverStatus = {
  state: 'starting',
  reason: null,
  cause: null,
  restarts: 0,
  observationAgeSeconds: null,
};
const LANGUAGES = [
  { readme: 'README.md', configuration: 'docs/configuration.md', receivers: 'docs/receivers.md' },
  {
    readme: 'docs/README.zh-CN.md',
    configuration: 'docs/configuration.zh-CN.md',
    receivers: 'docs/receivers.zh-CN.md',
  },
];

describe.each(LANGUAGES)('$readme', ({ readme }) => {
  const text = read(readme);

  test('has every flag, with its default, and none that is not there', () => {
    const rows = rowsOf(text, /--/);
    for (const [name, flag] of Object.entries(FLAGS)) {
      const row = rows.find(([first = '']) => namesIn(first).includes(`--${name}`));
      expect(row, `--${name} has a row`).toBeDefined();
      if ('fallback' in flag && flag.fallback !== '') expect(row?.[1]).toBe(`\`${flag.fallback}\``);
    }
    const listed = rows.flatMap(([first = '']) => namesIn(first)).filter((name) => /^--[a-z.-]+$/.test(name));
    expect(listed.sort()).toEqual(
      Object.keys(FLAGS)
        .map((name) => `--${name}`)
        .sort(),
    );
    const named = [...text.matchAll(/`--([a-z]+\.[a-z.-]+)/g)].map((match) => match[1]);
    expect(named.filter((name) => !Object.keys(FLAGS).includes(name ?? ''))).toEqual([]);
  });

  test('has every command, and none that is not there', () => {
    const listed = rowsOf(text, /halfclose /).map(([first = '']) => /^`halfclose (\w+)/.exec(first)?.[1]);
    expect([...new Set(listed)].sort()).toEqual([...COMMAND_NAMES].sort());
  });

  test('has every detector and every cause', () => {
    for (const [detector, causes] of Object.entries(CAUSES)) {
      for (const name of [detector, ...causes]) expect(text).toContain(`\`${name}\``);
    }
  });

  test('has every kind of receiver', () => {
    for (const kind of RECEIVER_KINDS) expect(text).toContain(`\`${kind}\``);
  });

  test('has every metric, and none that is not there', async () => {
    const metrics = createMetrics({
      storage: NO_STORAGE.status,
      version: '0',
      status: () => STARTING,
      alerts: () => [],
      receivers: () => [],
      outcomes: [],
    });
    const { body } = await metrics.render(false);
    const served = [...body.matchAll(/^# HELP (halfclose_\w+)/gm)].map((match) => match[1]);
    const listed = rowsOf(text, /halfclose_/).flatMap(([first = '']) => namesIn(first));
    expect(listed.sort()).toEqual(served.sort());
  });

  test('has every route of the API, and none that is not there', async () => {
    const served = Object.entries(await pathsOfApi()).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => {
        const route = path.slice('/api/v1/'.length).replace(/\{(\w+)\}/g, ':$1');
        return `${method.toUpperCase()} ${route}`;
      }),
    );
    const listed = rowsOf(text, /[A-Z]+ [a-z]/)
      .flatMap(([first = '']) => namesIn(first))
      .map((route) => route.replace(/\?.*/, ''));
    expect(listed.sort()).toEqual([...served, 'GET openapi.json'].sort());
  });
});

describe.each(LANGUAGES)('$configuration, $receivers', (files) => {
  const keys = leavesOf(FileSchema as unknown as SchemaNode, '');

  test.each([
    [files.configuration, /detectors|alerts/],
    [files.receivers, /receivers/],
  ])('%s has every key, with its default, and none that is not there', (file, beginning) => {
    const expected = keys.filter(({ path }) => new RegExp(`^(${beginning.source})`).test(path));
    expect(expected.length).toBeGreaterThan(60);
    const listed = rowsOf(read(file), beginning).flatMap(([first = '', fallback = '', kinds = '']) =>
      namesOf(namesIn(first)[0] ?? '', kinds).map((path) => ({ path, fallback: valueIn(fallback) })),
    );
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
    expect(listed.sort(byPath)).toEqual(
      expected.map(({ path, node }) => ({ path, fallback: node.default })).sort(byPath),
    );
  });

  test('the example is one that is taken', () => {
    const [, example = ''] = /^```yaml\n(.*?)^```$/ms.exec(read(files.configuration)) ?? [];
    expect(parseConfigFile(example, files.configuration).alerts.quietHours).toHaveLength(1);
  });
});

test.each(LANGUAGES.flatMap((files) => Object.values(files)))(
  'every link in %s to a file or a heading of ours leads somewhere',
  (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    expect(links.length).toBeGreaterThan(0);
    const dead = links.filter(([, path = '', heading]) => {
      const target = path === '' ? urlOf(file) : new URL(path, urlOf(file));
      return !existsSync(target) || (heading !== undefined && !headingsOf(target).includes(heading));
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  },
);

test('the layout in README.md names every file and folder of server/, and none that is not there', () => {
  const layout = /^server\/\n((?: {2}.+\n)+)/m.exec(read('README.md'))?.[1] ?? '';
  const named = [...layout.matchAll(/^ {2}(\S+)/gm)].map((match) => match[1]);
  const there = readdirSync(urlOf('server'), { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((name) => name !== 'tsconfig.json');
  expect(named.sort()).toEqual(there.sort());
});

function urlOf(file: string): URL {
  return new URL(`../../${file}`, import.meta.url);
}

function read(file: string): string {
  return readFileSync(urlOf(file), 'utf8');
}

/** The cells of rows of tables whose first cell begins so, between backticks. */
function rowsOf(text: string, beginning: RegExp): string[][] {
  return text
    .split('\n')
    .filter((line) => new RegExp(`^\\| \`(${beginning.source})`).test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** What stands between backticks. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** A default as the file would have it. */
function valueIn(cell: string): unknown {
  return cell === '' ? undefined : (parse(namesIn(cell)[0] ?? '') as unknown);
}

/** The keys that one with a placeholder stands for; `kinds` lists them, or those that are left out. */
function namesOf(path: string, kinds: string): string[] {
  if (path.includes('<detector>')) return DETECTOR_NAMES.map((name) => path.replace('<detector>', name));
  if (!path.includes('<kind>')) return [path];
  const named = namesIn(kinds);
  const isComplement = /^(all but|除) /.test(kinds);
  const meant = isComplement ? RECEIVER_KINDS.filter((kind) => !named.includes(kind)) : named;
  return meant.map((kind) => path.replace('<kind>', kind));
}

/** The anchors of a document's headings, as GitHub makes them. */
function headingsOf(file: URL): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** What the API says of itself. */
async function pathsOfApi(): Promise<Record<string, object>> {
  const app = Fastify();
  await app.register(api, {
    storage: NO_STORAGE,
    prefix: '/api/v1',
    version: '0',
    status: () => STARTING,
    latest: () => null,
    query: () => Promise.reject(new Error('nothing is asked here')),
    detectors: DETECTORS,
    alerting: (await alerting()).alerting,
    evidence: () => Promise.resolve(null),
    log: memoryLog(),
  });
  const { body } = await app.inject('/api/v1/openapi.json');
  await app.close();
  return (JSON.parse(body) as { paths: Record<string, object> }).paths;
}

/** What these tests read of a JSON schema. */
interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

function leavesOf(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  const below = node.items?.properties ? `${path}[]` : path;
  const properties = node.properties ?? node.items?.properties;
  if (!properties) return [{ path, node }];
  return Object.entries(properties).flatMap(([key, child]) =>
    leavesOf(child, below === '' ? key : `${below}.${key}`),
  );
}
