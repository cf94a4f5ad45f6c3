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

/** The share of the kernel's time that JavaScript may take of reading this many sockets. */
const MAX_JAVASCRIPT_SHARE = 0.25;
const AT_SOCKETS = 100_000;
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
    const taking = contenders(Math.max(1, Math.round(ROWS_A_SAMPLE / size))).map((contender) => ({
      contender,
      costs: [],
    }));
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
  const [kernel, read, pass, peer] = taken.map(({ contender, costs }) => ({
    name: contender.name,
    user: median(costs.map(({ user }) => user)),
    system: median(costs.map(({ system }) => system)),
    wall: median(costs.map(({ wall }) => wall)),
  }));
  const row = (...cells) =>
    console.log(
      cells[0].padEnd(38) +
        cells
          .slice(1)
          .map((cell) => String(cell).padStart(9))
          .join(''),
    );
  row(`\n${size} sockets`.padEnd(39), 'user', 'system', 'wall', 'of ss');
  for (const { name, user, system, wall } of [kernel, read, pass, peer]) {
    const ratio = (user + system) / (peer.user + peer.system);
    row(name, user.toFixed(1), system.toFixed(1), wall.toFixed(1), `${ratio.toFixed(2)}×`);
  }
  const percent = ({ user, system }) => `${((user / system) * 100).toFixed(0)} %`;
  const within = pass.user / pass.system < MAX_JAVASCRIPT_SHARE;
  const judged = size >= AT_SOCKETS;
  const verdict = !judged ? '' : within ? ', within the limit of 25 %' : ', ABOVE the limit of 25 %';
  console.log(
    `JavaScript's share of the kernel's time: ${percent(read)} of our read, ${percent(pass)} of a whole pass${verdict}`,
  );
  if (judged && !within) process.exitCode = 1;
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
