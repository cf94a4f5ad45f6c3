import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FLAGS } from '../../server/config/flags.ts';
import { createMetrics } from '../../server/metrics/index.ts';
import { CAUSES } from '../../server/model/finding.ts';
import { FileSchema } from '../../server/model/options.ts';

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

  test('has every flag, with its default', () => {
    for (const [name, flag] of Object.entries(FLAGS)) {
      expect(text).toContain(`\`--${name}\``);
      if ('fallback' in flag) expect(rowOf(`\`--${name}\``)).toContain(`\`${flag.fallback}\``);
    }
  });

  test('has every key of the file, with its default', () => {
    const keys = leavesOf(FileSchema as unknown as SchemaNode, '');
    expect(keys.length).toBeGreaterThan(15);
    for (const { path, node } of keys) {
      const row = rowOf(`\`${path}\``);
      if (node.default !== undefined) expect(row).toContain(`\`${String(node.default)}\``);
    }
  });

  test('has every detector and every cause', () => {
    for (const [detector, causes] of Object.entries(CAUSES)) {
      for (const name of [detector, ...causes]) expect(text).toContain(`\`${name}\``);
    }
  });

  test('has every metric, and none that is not there', async () => {
    const metrics = createMetrics({
      version: '0',
      status: () => ({ state: 'starting', reason: null, restarts: 0, observationAgeSeconds: null }),
      alerts: () => [],
      receivers: () => [],
      outcomes: [],
    });
    const { body } = await metrics.render(false);
    const served = [...body.matchAll(/^# HELP (halfclose_\w+)/gm)].map((match) => match[1]);
    const listed = [...text.matchAll(/^\| `(halfclose_\w+)`/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(served.sort());
  });

  /** The row of a table that begins with these words. */
  function rowOf(first: string): string {
    const row = text.split('\n').find((line) => line.startsWith(`| ${first}`));
    if (row === undefined) throw new Error(`${file} has no row for ${first}`);
    return row;
  }
});

function leavesOf(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  const below = node.items?.properties ? `${path}[]` : path;
  const properties = node.properties ?? node.items?.properties;
  if (!properties) return [{ path, node }];
  return Object.entries(properties).flatMap(([key, child]) =>
    leavesOf(child, below === '' ? key : `${below}.${key}`),
  );
}
