import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { isInstalled } from '../e2e/world.ts';
import { DETECTORS } from '../given.ts';
import { GUILTY } from './guilty.ts';
import { INNOCENT } from './innocent.ts';
import { judge, type Verdict } from './judge.ts';
import { SPEED, WATCHED_SECONDS, type Scenario, type SourceName } from './scenario.ts';
import { PYTHON, Scene } from './scene.ts';
import { Watch } from './watch.ts';

/** Every scenario makes its hosts and talks to them with these. */
const ALWAYS_NEEDED = ['ip', 'nft', 'sysctl', 'nsenter', 'unshare', PYTHON];

const missing = new Set(
  [...ALWAYS_NEEDED, ...[...GUILTY, ...INNOCENT].flatMap(({ needs = [] }) => needs)].filter(
    (program) => !isInstalled(program),
  ),
);
const possible = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0;

/** Of the kernel's clock, before it happens: two passes are the least that counters take to have a rate. */
const BEFORE_SECONDS = 0.5;

const verdicts: Verdict[] = [];

/** Watches a scenario by each of its sources at once, from before it happens. `after`: for what is to be done in any case. */
async function play(
  scenario: Scenario,
  after: (clean: () => Promise<void>) => void,
): Promise<Map<SourceName, Verdict>> {
  const { speed = SPEED, sources = ['sock_diag', 'proc'], watchedSeconds = WATCHED_SECONDS } = scenario;
  const detectors = optionsOf(scenario);
  const scene = await Scene.make();
  const watches = sources.map((source) => new Watch(scene.here, source, speed, detectors));
  after(async () => {
    await Promise.all(watches.map((watch) => watch.end()));
    await scene.end();
  });
  await Promise.all(watches.map((watch) => watch.watched(BEFORE_SECONDS * speed)));
  await scenario.happens(scene);
  const told = await Promise.all(watches.map((watch) => watch.watched(watchedSeconds)));
  expect(scene.failures).toEqual([]);
  for (const { failures } of told) expect([...failures]).toEqual([]);
  return new Map(told.map((said, i) => [sources[i]!, judge(scenario, said)]));
}

function optionsOf({ detectors = {} }: Scenario) {
  const entries = Object.entries(DETECTORS).map(([name, options]) => [
    name,
    { ...options, ...detectors[name as keyof typeof detectors] },
  ]);
  return Object.fromEntries(entries) as typeof DETECTORS;
}

function scenarios(all: readonly Scenario[]): void {
  test.for(all.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async ([, scenario], { skip, onTestFinished }) => {
      skip(!possible, 'needs network namespaces of its own: root, with unshare installed');
      skip(scenario.impossible !== undefined, scenario.impossible);
      const absent = [...ALWAYS_NEEDED, ...(scenario.needs ?? [])].filter((program) => missing.has(program));
      skip(absent.length > 0, `not installed: ${absent.join(', ')}`);
      const bySource = await play(scenario, onTestFinished);
      verdicts.push(...bySource.values());
      for (const [source, { missed, falseAlarms, passing, withoutCommand }] of bySource) {
        if (passing.length > 0) print(`${scenario.name} (${source}): for a while: ${passing.join('; ')}`);
        expect({ source, missed, falseAlarms }).toEqual({ source, missed: [], falseAlarms: [] });
        expect(withoutCommand).toEqual([]);
      }
    },
  );
}

describe.concurrent('what is wrong is found, and nothing else', () => scenarios(GUILTY));
describe.concurrent('what only looks wrong alarms nobody', () => scenarios(INNOCENT));

test('every alarm was right, and every fault was found', ({ skip }) => {
  skip(verdicts.length === 0, 'no scenario was played');
  const sum = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const hits = sum((verdict) => verdict.hits);
  const missed = sum((verdict) => verdict.missed.length);
  const falseAlarms = sum((verdict) => verdict.falseAlarms.length);
  const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  print(
    `${verdicts.length} watches of scenarios: precision ${percent(hits, hits + falseAlarms)} (${falseAlarms} false alarms), ` +
      `recall ${percent(hits, hits + missed)} (${missed} of ${hits + missed} missed)`,
  );
  expect({ missed, falseAlarms }).toEqual({ missed: 0, falseAlarms: 0 });
});

function print(line: string): void {
  // eslint-disable-next-line no-console
  console.log(line);
}
