import { readdirSync, readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { api } from '../../server/api/index.ts';
import { FLAGS } from '../../server/config/flags.ts';
import { createMetrics } from '../../server/metrics/index.ts';
import { CAUSES } from '../../server/model/finding.ts';
import type { ObserverStatus } from '../../server/model/live.ts';
import { FileSchema } from '../../server/model/options.ts';
import { memoryLog } from '../given.ts';

const STARTING: ObserverStatus = {
  state: 'starting',
  reason: null,
  restarts: 0,
  observationAgeSeconds: null,
};

/** What these tests read of a JSON schema. */
interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: unknown;
}

describe.each(['README.md', 'docs/README.zh-CN.md'])('%s', (file) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

  test('has every flag, with its default, and none that is not there', () => {
    for (const [name, flag] of Object.entries(FLAGS)) {
      expect(text).toContain(`\`--${name}\``);
      if ('fallback' in flag) expect(rowOf(`\`--${name}\``)).toContain(`\`${flag.fallback}\``);
    }
    const named = [...text.matchAll(/`--([a-z]+\.[a-z.-]+)/g)].map((match) => match[1]);
    expect(named.filter((name) => !Object.keys(FLAGS).includes(name ?? ''))).toEqual([]);
  });

  test('has every key of the file, with its default, and none that is not there', () => {
    const keys = leavesOf(FileSchema as unknown as SchemaNode, '');
    expect(keys.length).toBeGreaterThan(15);
    for (const { path, node } of keys) {
      const row = rowOf(`\`${path}\``);
      if (node.default !== undefined) expect(row).toContain(`\`${String(node.default)}\``);
    }
    const listed = firstCells(/(?:detectors|receivers|alerts)[\w.[\]]+/);
    expect(listed.sort()).toEqual(keys.map(({ path }) => path).sort());
  });

  test('has every detector and every cause', () => {
    for (const [detector, causes] of Object.entries(CAUSES)) {
      for (const name of [detector, ...causes]) expect(text).toContain(`\`${name}\``);
    }
  });

  test('has every metric, and none that is not there', async () => {
    const metrics = createMetrics({
      version: '0',
      status: () => STARTING,
      alerts: () => [],
      receivers: () => [],
      outcomes: [],
    });
    const { body } = await metrics.render(false);
    const served = [...body.matchAll(/^# HELP (halfclose_\w+)/gm)].map((match) => match[1]);
    expect(firstCells(/halfclose_\w+/).sort()).toEqual(served.sort());
  });

  test('has every route of the API, and none that is not there', async () => {
    const { paths } = await openApi();
    const served = Object.keys(paths).map((path) => path.slice('/api/v1/'.length));
    const listed = firstCells(/GET [\w.]+/).map((route) => route.slice('GET '.length));
    expect(listed.sort()).toEqual([...served, 'openapi.json'].sort());
  });

  /** What the first cells of tables begin with, between backticks, where it is of this form. */
  function firstCells(form: RegExp): string[] {
    return [...text.matchAll(new RegExp(`^\\| \`(${form.source})`, 'gm'))].map((match) => match[1] ?? '');
  }

  /** The row of a table that begins with these words. */
  function rowOf(first: string): string {
    const row = text.split('\n').find((line) => line.startsWith(`| ${first}`));
    if (row === undefined) throw new Error(`${file} has no row for ${first}`);
    return row;
  }
});

test('the layout in README.md names every file and folder of server/, and none that is not there', () => {
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const layout = /^server\/\n((?: {2}.+\n)+)/m.exec(text)?.[1] ?? '';
  const named = [...layout.matchAll(/^ {2}(\S+)/gm)].map((match) => match[1]);
  const there = readdirSync(new URL('../../server', import.meta.url), { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((name) => name !== 'tsconfig.json');
  expect(named.sort()).toEqual(there.sort());
});

/** What the API says of itself. */
async function openApi(): Promise<{ paths: Record<string, unknown> }> {
  const app = Fastify();
  await app.register(api, {
    prefix: '/api/v1',
    version: '0',
    status: () => STARTING,
    latest: () => null,
    query: () => Promise.reject(new Error('nothing is asked here')),
    alerts: () => [],
    log: memoryLog(),
  });
  const { body } = await app.inject('/api/v1/openapi.json');
  await app.close();
  return JSON.parse(body) as { paths: Record<string, unknown> };
}

function leavesOf(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  const below = node.items?.properties ? `${path}[]` : path;
  const properties = node.properties ?? node.items?.properties;
  if (!properties) return [{ path, node }];
  return Object.entries(properties).flatMap(([key, child]) =>
    leavesOf(child, below === '' ? key : `${below}.${key}`),
  );
}
