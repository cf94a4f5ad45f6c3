import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfigFile } from '../../server/config/file.ts';
import { RECEIVER_KINDS } from '../../server/model/receiver-options.ts';
import { TEMPLATE_VARIABLES } from '../../server/model/template.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfclose-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const docs = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');

/** The receivers of each example; one that stands by itself is an entry of the list. */
function examplesOf(text: string): { name: string }[][] {
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => {
    const given = parse(yaml) as { receivers: { name: string }[] } | { name: string }[];
    return Array.isArray(given) ? given : given.receivers;
  });
}

describe.each(['receivers.md', 'receivers.zh-CN.md'])('docs/%s', (name) => {
  const text = docs(name);
  const examples = examplesOf(text);

  test('has an example of each kind that the configuration takes as it is', () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'https://example.net/hook\n');
    const kinds = examples.flatMap((receivers) => {
      // The files of the examples are not here.
      const json = JSON.stringify({ receivers }).replace(
        /"\/etc\/halfclose\/[^"]*"/g,
        JSON.stringify(secret),
      );
      const config = parseConfigFile(json, name);
      return config.receivers.flatMap((each) => RECEIVER_KINDS.filter((kind) => each[kind] !== undefined));
    });
    expect([...new Set(kinds)].sort()).toEqual([...RECEIVER_KINDS].sort());
  });

  test('lists the variables of templates', () => {
    const rows = [...text.matchAll(/^\| (`[^|]*) +\|/gm)].map(([, cell = '']) => cell);
    for (const variable of TEMPLATE_VARIABLES) {
      expect(rows.some((row) => row.includes(`\`${variable}\``))).toBe(true);
    }
  });
});

test('both languages have the same examples, but for words', () => {
  const shape = (name: string) =>
    examplesOf(docs(name)).map((receivers) =>
      receivers.map((each) =>
        Object.entries(each).map(([key, value]: [string, unknown]) => [
          key,
          Object.keys(Object(value) as object),
        ]),
      ),
    );
  expect(shape('receivers.zh-CN.md')).toEqual(shape('receivers.md'));
});
