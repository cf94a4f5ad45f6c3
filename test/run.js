// `npm test`: installs and builds what is missing or stale, sees to the programs that tests use, runs every test and
// ends with a line of the true totals. Arguments are vitest's: `npm test -- test/track -t age`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../server/build.js';

/** Programs that tests start, by Debian package, and what is skipped without them. */
const PROGRAMS = [
  { name: 'chromium', debianPackage: 'chromium', without: 'the page in a real browser' },
  { name: 'prometheus', debianPackage: 'prometheus', without: 'a real scrape' },
  { name: 'promtool', debianPackage: 'prometheus', without: 'the check of /metrics' },
  {
    name: 'prometheus-alertmanager',
    debianPackage: 'prometheus-alertmanager',
    without: 'alerts at a real Alertmanager',
  },
  {
    name: 'amtool',
    debianPackage: 'prometheus-alertmanager',
    without: "the check of Alertmanager's example",
  },
  { name: 'openssl', debianPackage: 'openssl', without: 'receivers over TLS' },
  {
    name: 'prometheus-node-exporter',
    debianPackage: 'prometheus-node-exporter',
    without: 'node_exporter in the benchmark',
  },
  { name: 'nft', debianPackage: 'nftables', without: 'the scenarios' },
  { name: 'python3', debianPackage: 'python3', without: 'the scenarios' },
  { name: 'nginx', debianPackage: 'nginx-light', without: 'the scenarios with nginx' },
  { name: 'redis-server', debianPackage: 'redis-server', without: 'the scenarios with Redis' },
  { name: 'initdb', debianPackage: 'postgresql', without: 'the scenarios with PostgreSQL' },
  { name: 'ip', debianPackage: 'iproute2', without: 'everything in a network namespace' },
  { name: 'ss', debianPackage: 'iproute2', without: 'the comparison with ss' },
];
/** Debian keeps the programs of each of its versions apart, and not on PATH. */
const POSTGRES = '/usr/lib/postgresql';
const CHINESE_FONT = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc';

ensureBuilt();
providePrograms();
process.exitCode = await runTests(process.argv.slice(2));

function providePrograms() {
  let missing = PROGRAMS.filter((program) => !isInstalled(program.name));
  const packages = new Set(missing.map((program) => program.debianPackage));
  // Without it a screenshot shows boxes for Chinese.
  if (existsSync('/etc/debian_version') && !existsSync(CHINESE_FONT)) packages.add('fonts-noto-cjk');
  if (packages.size > 0 && process.getuid?.() === 0 && isInstalled('apt-get')) {
    console.log(`halfclose: installing what tests use: apt-get install ${[...packages].join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    apt('update');
    apt('install', '--yes', '--no-install-recommends', ...packages);
    missing = missing.filter((program) => !isInstalled(program.name));
  }
  for (const { name, debianPackage, without } of missing) {
    console.log(
      `halfclose: skipped: ${without}: ${name} is not installed; on Debian: sudo apt-get install ${debianPackage}`,
    );
  }
  if (process.getuid?.() !== 0) {
    console.log(
      'halfclose: skipped: everything in a network namespace: only root may make one; to run it: sudo npm test',
    );
  }
}

function isInstalled(name) {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map((version) => join(POSTGRES, version, 'bin')),
  ];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The exit code. */
async function runTests(args) {
  const { parseCLI, startVitest } = await import('vitest/node');
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
  const vitest = await startVitest('test', filter, { config, ...options, watch: false });
  await vitest.close();

  const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
  const failures = [];
  for (const module of vitest.state.getTestModules()) {
    const skippedFor = new Map();
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      count[state]++;
      if (state === 'failed') failures.push(`${module.relativeModuleId}: ${test.fullName}`);
      if (state === 'skipped') skippedFor.set(note, (skippedFor.get(note) ?? 0) + 1);
    }
    for (const [reason = 'no reason is given', tests] of skippedFor) {
      console.log(`skipped: ${tests} in ${module.relativeModuleId}: ${reason}`);
    }
    // A file that did not load and a hook that threw hide the tests behind them: each is a failure of its own.
    for (const suite of [module, ...module.children.allSuites()]) count.failed += suite.errors().length;
  }
  // What was still pending when all had ended never came to an end.
  count.failed += count.pending + vitest.state.getUnhandledErrors().length;
  // Once more, together: a log that is cut at its beginning still names all of them.
  for (const failure of failures) console.log(`failed: ${failure}`);
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
  if (count.passed + count.failed === 0) console.error('halfclose: no test was run');
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
}
