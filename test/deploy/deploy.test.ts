import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../server/metrics/index.ts';
import { OUTCOMES } from '../../server/model/alert.ts';
import { NO_STORAGE } from '../given.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
const RULES = `${DEPLOY}/prometheus/halfclose.rules.yml`;

/** Null where the program is not there; else what it says, and how it ended. */
function run(program: string, ...args: string[]): { status: number | null; output: string } | null {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return error ? null : { status, output: stdout + stderr };
}

test('the Prometheus rules are valid, and pass the strictest lint', (ctx) => {
  const checked = run('promtool', 'check', 'rules', '--lint=all', '--lint-fatal', RULES);
  if (!checked) return ctx.skip('needs promtool (package prometheus)');
  expect(checked).toEqual({ status: 0, output: expect.stringMatching(/SUCCESS: \d+ rules found/) });
});

test('the Prometheus rules fire when they should, and not when they should not', (ctx) => {
  const tested = run('promtool', 'test', 'rules', RULES.replace(/\.yml$/, '.test.yml'));
  if (!tested) return ctx.skip('needs promtool (package prometheus)');
  expect(tested).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
});

test('the example for Alertmanager is valid', (ctx) => {
  const checked = run('amtool', 'check-config', `${DEPLOY}/alertmanager/alertmanager.yml`);
  if (!checked) return ctx.skip('needs amtool (package prometheus-alertmanager)');
  expect(checked).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
});

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

test('every metric and every outcome that a rule asks for is one that is served', async () => {
  const metrics = createMetrics({
    storage: NO_STORAGE.status,
    version: '0',
    status: () => ({
      state: 'starting',
      reason: null,
      cause: null,
      restarts: 0,
      observationAgeSeconds: null,
    }),
    alerts: () => [],
    receivers: () => [],
    outcomes: [],
  });
  const { body } = await metrics.render(false);
  const served = [...body.matchAll(/^# HELP (halfclose_\w+)/gm)].map((match) => match[1]);
  const rules = (parse(readFileSync(RULES, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules);
  const asked = rules.flatMap(({ expr }) => expr.match(/\bhalfclose_\w+/g) ?? []);
  expect(asked.length).toBeGreaterThan(rules.length / 2);
  expect(asked.filter((name) => !served.includes(name))).toEqual([]);
  const outcomes = rules.flatMap(({ expr }) => [...expr.matchAll(/outcome=~?"([^"]+)"/g)]);
  expect(outcomes.flatMap((match) => match[1]?.split('|') ?? []).filter((one) => !isOutcome(one))).toEqual(
    [],
  );
});

test('every rule has a name of its own, a severity, and says what is wrong and what to do', () => {
  const rules = (parse(readFileSync(RULES, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect(alert).toMatch(/^Halfclose[A-Z]/);
    expect(labels['severity']).toMatch(/^(warning|critical)$/);
    expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    expect(annotations['summary']).toContain('$labels.instance');
  }
});

function isOutcome(name: string): boolean {
  return (OUTCOMES as readonly string[]).includes(name);
}
