import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isInstalled, skipUnlessPossible, World } from './world.ts';

const BENCH = fileURLToPath(new URL('../bench/run.js', import.meta.url));
const OURS = [
  'Halfclose, full pass by sock_diag',
  'Halfclose, first full pass by sock_diag',
  'Halfclose, full pass by /proc',
  'Halfclose, first full pass by /proc',
  'Halfclose, counts-only pass',
  'of it: sock_diag read and decoded',
];
const CAT = '`cat /proc/net/tcp /proc/net/tcp6 > /dev/null`';
const SS = '`ss -tan > /dev/null`';
const EXPORTER = 'node_exporter, scrape of tcpstat alone';
const SMALL = '--sockets=300';

/** That it works, by worlds so small that their figures say nothing. */
describe('the benchmark', { timeout: 180_000 }, () => {
  let world: World;

  beforeEach((context) => {
    world = new World();
    skipUnlessPossible(context);
  });
  afterEach(() => world.end());

  test('every contender gives figures in every world, and those that are not installed are named', async () => {
    const { output, code } = await bench([SMALL, '--rounds=2']);
    expect(code).toBe(0);
    const contenders = [...OURS, ...(isInstalled('ss') ? [SS] : []), CAT];
    const exporter = isInstalled('prometheus-node-exporter') || isInstalled('node_exporter');
    if (exporter) contenders.push(EXPORTER);
    else expect(output).toContain('Skipped: prometheus-node-exporter is not installed.');
    const worlds = partsOf(output, '### ');
    expect(worlds.map(({ title }) => title)).toEqual(
      ['established', 'time_wait', 'mix'].map((kind) => `${kind}, 300 sockets`),
    );
    for (const { text } of worlds) {
      expect(text).toContain('after the first pass all owners were known within');
      const [costs, targets] = tablesOf(text);
      expect(costs?.map(([name]) => name)).toEqual(contenders);
      for (const [, user, system, cpu, wall] of costs ?? []) {
        for (const figure of [user, system, cpu, wall]) expect(Number(figure)).toBeGreaterThanOrEqual(0);
        expect(Number(wall)).toBeGreaterThan(0);
      }
      expect(targets?.length).toBeGreaterThanOrEqual(3);
      // All sockets that were asked for, and a few that are the benchmark's own.
      expect(Number(/A full pass found (\d+) sockets/.exec(text)?.[1])).toBeGreaterThanOrEqual(295);
    }
  });

  test('a contender that fails is told, and the others go on; what is not installed is passed over', async () => {
    const folder = world.path('programs');
    mkdirSync(folder);
    for (const program of ['sh', 'ip', 'unshare']) symlinkSync(pathOf(program), join(folder, program));
    writeFileSync(join(folder, 'ss'), '#!/bin/sh\necho no luck >&2\nexit 3\n', { mode: 0o755 });
    const { output, code } = await bench([SMALL, '--rounds=1', '--kinds=established'], {
      ...process.env,
      PATH: folder,
    });
    expect(code).toBe(1);
    expect(output).toContain(`**Failed**: ${SS}: ss: ended with 3: no luck`);
    expect(output).toContain('Skipped: cat is not installed.');
    expect(output).toContain('Skipped: prometheus-node-exporter is not installed.');
    const [costs, targets] = tablesOf(output);
    expect(costs?.map(([name]) => name)).toEqual(OURS);
    expect(targets?.find(([what]) => what?.includes('`ss -tan`'))?.at(-1)).toBe('not measured');
  });

  test('the runs of the whole program give figures, and a document keeps what other runs have written', async () => {
    const document = world.file('benchmarks.md', '');
    const seconds = '--seconds=2';
    const whole = await bench(['million', 'steady', SMALL, seconds, '--write', document]);
    expect(whole).toMatchObject({ code: 0 });
    const owners = await bench(['owners', SMALL, '--rounds=1', '--write', document]);
    expect(owners).toMatchObject({ code: 0 });

    const dashboards = await bench(['dashboards', SMALL, seconds, '--clients=8', '--write', document]);
    expect(dashboards).toMatchObject({ code: 0 });

    const sections = partsOf(readFileSync(document, 'utf8'), '## ');
    expect(sections.map(({ title }) => title)).toEqual([
      'A quiet host',
      'A million sockets within the CPU budget',
      'Who holds each socket',
      'A thousand dashboards',
    ]);
    for (const { text } of sections) {
      const [figures, targets] = tablesOf(text);
      expect(figures?.length).toBeGreaterThanOrEqual(3);
      for (const [, , measured] of targets ?? []) expect(measured).toMatch(/^\d/);
    }
    expect(`${whole.output}${owners.output}`).toContain(sections[2]?.text.trim());
  });

  test('the page in a browser gives figures', async (context) => {
    skipUnlessPossible(context, 'chromium');
    const { output, code } = await bench(['page', SMALL, '--seconds=2', '--updates=12']);
    expect(code).toBe(0);
    const [figures, targets] = tablesOf(output);
    expect(figures?.map(([what]) => what)).toEqual(['JavaScript heap, MB', 'DOM nodes', 'Event listeners']);
    for (const [, , measured] of targets ?? []) expect(measured).toMatch(/^-?\d/);
    expect(targets).toHaveLength(5);
  });

  test('a flag that makes no sense is named, and nothing is run', async () => {
    const wrong = await bench(['--sockets=12,many']);
    expect(wrong).toMatchObject({ code: 1, output: '' });
    expect(wrong.errorOutput).toContain('--sockets=12,many: whole numbers from 100 to 1000000');
    const unknown = await bench(['passses']);
    expect(unknown.errorOutput).toContain(
      'passses: one of passes, steady, million, owners, dashboards, page was expected',
    );
  });
});

function bench(args: readonly string[], env = process.env) {
  return new Promise<{ output: string; errorOutput: string; code: unknown }>((resolve) => {
    execFile(process.execPath, [BENCH, ...args], { env }, (error, output, errorOutput) =>
      resolve({ output, errorOutput, code: error ? error.code : 0 }),
    );
  });
}

function pathOf(program: string): string {
  return execFileSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).trim();
}

/** What stands below each heading of a level: `## `. */
function partsOf(markdown: string, heading: string): { title: string; text: string }[] {
  const parts = `\n${markdown}`.split(`\n${heading}`).slice(1);
  return parts.map((part) => ({ title: part.slice(0, part.indexOf('\n')), text: part }));
}

/** The rows below the head of each table; each row has as many cells as the head, or the table is not one. */
function tablesOf(markdown: string): string[][][] {
  return (markdown.match(/(^\|.*\|\n)+/gm) ?? []).map((text) => {
    const lines = text.trimEnd().split('\n');
    const rows = lines.map((line) => line.slice(1, -1).split('|'));
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(lines[1]).toMatch(/^\|( :?-+:? \|)+$/);
    return rows.slice(2).map((row) => row.map((cell) => cell.trim()));
  });
}
