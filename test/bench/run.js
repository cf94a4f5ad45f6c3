/**
 * What a pass costs at 1,000, 10,000 and 100,000 sockets, beside what the kernel alone costs and what `ss` does:
 * `npm run bench`, as root. `-- --sizes 1000 --passes 7` for other sizes. Real sockets, in a
 * network namespace of its own; all take turns in one run, so that what disturbs one disturbs the others too.
 */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../../server/build.js';

/** Ratios of CPU time that may not be exceeded, from so many sockets on. */
const LIMITS = [
  {
    what: "JavaScript's share of the kernel's time, /proc, whole pass",
    of: (m) => share(m.procPass),
    limit: 0.25,
    from: 100_000,
  },
  {
    what: "JavaScript's share of the kernel's time, sock_diag, decoding",
    of: (m) => share(m.diagRead),
    limit: 0.15,
    from: 100_000,
  },
  { what: 'reading by sock_diag, of ss', of: (m) => cpu(m.diagRead) / cpu(m.ss), limit: 0.7, from: 100_000 },
  {
    what: 'whole pass by sock_diag, of ss',
    of: (m) => cpu(m.diagPass) / cpu(m.ss),
    limit: 0.7,
    from: 100_000,
  },
  {
    what: 'a pass that only counts, of a whole one',
    of: (m) => cpu(m.diagCounts) / cpu(m.diagPass),
    limit: 0.3,
    from: 1_000_000,
  },
];
/** Rows that one sample takes at least: fewer are read several times. */
const ROWS_A_SAMPLE = 20_000;
/** Passes before the first that counts: compilers warm up, and the observer meets every process. */
const WARM_UP = 3;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    passes: { type: 'string', default: '9' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const passes = Number(values.passes);

const why = whyNot();
if (why !== undefined) {
  console.error(`bench: ${why}`);
  process.exitCode = 1;
} else if (process.env.HALFCLOSE_BENCH_NAMESPACE === undefined) {
  ensureBuilt();
  const script = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const inside = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', process.execPath, ...script],
    {
      stdio: 'inherit',
      env: { ...process.env, HALFCLOSE_BENCH_NAMESPACE: '1' },
    },
  );
  process.exitCode = inside.status ?? 1;
} else {
  await bench();
}

function whyNot() {
  if (sizes.some((size) => !(size >= 2 && size <= 1_000_000)))
    return `--sizes ${values.sizes}: numbers from 2 to 1000000, with commas, were expected`;
  if (!(passes >= 7))
    return `--passes ${values.passes}: 7 or more were expected, for the median to mean something`;
  if (process.getuid?.() !== 0) return 'needs root, for a network namespace of its own';
  return undefined;
}

async function bench() {
  const { contenders } = await import('./contenders.js');
  const { openSockets } = await import('./sockets.js');
  console.log(
    `Linux ${release()}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; median of ${passes}, ms`,
  );
  for (const size of sizes) {
    const close = await openSockets(size);
    const all = await contenders(Math.max(1, Math.round(ROWS_A_SAMPLE / size)));
    const taking = all.map((contender) => ({ contender, costs: [] }));
    for (let pass = 0; pass < WARM_UP + passes; pass++) {
      for (const { contender, costs } of taking) {
        const cost = await contender.run();
        if (pass >= WARM_UP) costs.push(cost);
      }
    }
    await close();
    report(size, taking);
  }
}

/**
 * @param {number} size
 * @param {{ contender: import('./contenders.js').Contender, costs: import('./contenders.js').Cost[] }[]} taken
 */
function report(size, taken) {
  const medians = taken.map(({ contender: { id, name }, costs }) => ({
    id,
    name,
    user: median(costs.map(({ user }) => user)),
    system: median(costs.map(({ system }) => system)),
    wall: median(costs.map(({ wall }) => wall)),
  }));
  const by = Object.fromEntries(medians.map((cost) => [cost.id, cost]));
  const row = (...cells) =>
    console.log(
      cells[0].padEnd(40) +
        cells
          .slice(1)
          .map((cell) => String(cell).padStart(9))
          .join(''),
    );
  row(`\n${size} sockets`.padEnd(41), 'user', 'system', 'wall', 'of ss');
  for (const cost of medians) {
    const ratio = `${(cpu(cost) / cpu(by.ss)).toFixed(2)}×`;
    row(cost.name, cost.user.toFixed(1), cost.system.toFixed(1), cost.wall.toFixed(1), ratio);
  }
  for (const { what, of, limit, from } of LIMITS) {
    const value = of(by);
    const verdict = size < from ? '' : value <= limit ? `, within ${limit}` : `, ABOVE ${limit}`;
    console.log(`${what}: ${value.toFixed(2)}${verdict}`);
    if (size >= from && value > limit) process.exitCode = 1;
  }
}

function cpu({ user, system }) {
  return user + system;
}

function share({ user, system }) {
  return user / system;
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
