/**
 * `npm run bench`, as root: what Halfclose costs, beside its peers, in worlds of real sockets. See docs/benchmarks.md.
 * Prints Markdown to standard output, and progress to standard error; `--write FILE` puts it into that document too. Exit
 * code 1 where something could not be measured; a target that is missed is a result like any other.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../../server/build.js';
import { SECTION_NAMES, sectionOf, writeDocument } from './document.js';
import { isOnPath } from './processes.js';
import { KIND_NAMES } from './world.js';

const MAX_SOCKETS = 1_000_000;
const DEFAULT_SOCKETS = {
  passes: [10_000, 100_000],
  steady: [10_000],
  million: [1_000_000],
  owners: [100_000],
  dashboards: [10_000],
  page: [10_000],
};
const DEFAULT_SECONDS = { steady: 60, million: 300, dashboards: 60, page: 30 };
const DEFAULT_UPDATES = 7200;
const MAX_UPDATES = 100_000;
const DEFAULT_CLIENTS = 1000;
const MAX_CLIENTS = 2000;
const NEEDED = ['unshare', 'ip'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sockets: { type: 'string' },
    kinds: { type: 'string', default: KIND_NAMES.join(',') },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string' },
    clients: { type: 'string' },
    updates: { type: 'string' },
    write: { type: 'string' },
  },
});
const sections = positionals.length > 0 ? positionals : ['passes'];
const sizes = values.sockets?.split(',').map(Number);
const kinds = values.kinds.split(',');
const rounds = Number(values.rounds);
const clients = Number(values.clients ?? DEFAULT_CLIENTS);
const updates = Number(values.updates ?? DEFAULT_UPDATES);
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);

const why = whyNot();
if (why === undefined) await bench();
else {
  console.error(`bench: ${why}`);
  process.exitCode = 1;
}

function whyNot() {
  const isCount = (value, most) => Number.isInteger(value) && value >= 1 && value <= most;
  const unknown = sections.find((name) => !SECTION_NAMES.includes(name));
  if (unknown !== undefined) return `${unknown}: one of ${SECTION_NAMES.join(', ')} was expected`;
  if (sizes?.some((size) => !(isCount(size, MAX_SOCKETS) && size >= 100)))
    return `--sockets=${values.sockets}: whole numbers from 100 to ${MAX_SOCKETS}, with commas, were expected`;
  if (!kinds.every((kind) => KIND_NAMES.includes(kind)))
    return `--kinds=${values.kinds}: some of ${KIND_NAMES.join(',')} were expected`;
  if (!isCount(rounds, 1000)) return `--rounds=${values.rounds}: a whole number from 1 to 1000 was expected`;
  if (seconds !== undefined && !isCount(seconds, 3600))
    return `--seconds=${values.seconds}: a whole number from 1 to 3600 was expected`;
  if (!isCount(clients, MAX_CLIENTS))
    return `--clients=${values.clients}: a whole number from 1 to ${MAX_CLIENTS} was expected`;
  if (!isCount(updates, MAX_UPDATES))
    return `--updates=${values.updates}: a whole number from 1 to ${MAX_UPDATES} was expected`;
  if (process.getuid?.() !== 0) return 'only root may make a network namespace: sudo npm run bench';
  const missing = NEEDED.filter((program) => !isOnPath(program));
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

async function bench() {
  ensureBuilt();
  const written = new Map();
  for (const section of sections) {
    const reports = casesOf(section).map((each) => measure(section, each));
    const whole = reports.filter((report) => report !== undefined);
    if (whole.length < reports.length || whole.some(({ failures }) => failures.length > 0))
      process.exitCode = 1;
    written.set(section, await sectionOf(section, whole));
    console.log(written.get(section));
  }
  if (values.write !== undefined) await writeDocument(values.write, written);
}

/** The arguments of each world that a section measures in. */
function casesOf(section) {
  const worlds = (sizes ?? DEFAULT_SOCKETS[section]).map((sockets) => ({ sockets, rounds }));
  if (section === 'passes') return worlds.flatMap((world) => kinds.map((kind) => ({ ...world, kind })));
  return worlds.map((world) => ({
    ...world,
    clients,
    updates,
    seconds: seconds ?? DEFAULT_SECONDS[section],
  }));
}

/**
 * In a network namespace of its own, which takes what is left in TIME_WAIT with it. Undefined where it failed as a whole,
 * and has said why.
 * @returns {import('./report.js').Report | undefined}
 */
function measure(section, given) {
  const script = fileURLToPath(new URL(`${section}.js`, import.meta.url));
  const inside = 'ip link set lo up && exec "$0" "$@"';
  const { status, stdout } = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', inside, process.execPath, script, JSON.stringify(given)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status === 0) return JSON.parse(stdout);
  console.error(`bench: ${section} ${JSON.stringify(given)}: ended with ${status}`);
  return undefined;
}
