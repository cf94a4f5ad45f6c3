/**
 * What one pass costs, beside its peers: `node passes.js '{"kind":…,"sockets":…,"rounds":…}'`, in a network namespace of
 * its own. All take turns within each round, so that what disturbs one disturbs the others too.
 */
import { contenders } from './contenders.js';
import { decimal, megabytes, milliseconds, tell } from './report.js';
import { median, sum } from './statistics.js';
import { openWorld } from './world.js';

/** Sockets that one sample takes at least: passes over few are made several times, at most so often. */
const SOCKETS_A_SAMPLE = 50_000;
const MAX_TIMES = 5;
/** With fewer of the sockets than this, contenders do not do the same work. */
const MIN_SHARE = 0.9;

/** `of` gives undefined where a contender is missing. From fewer sockets the figure is told, and asked nothing of. */
const TARGETS = [
  {
    what: 'Full pass by sock_diag: user time, of its kernel time',
    of: (rounds) =>
      sum(rounds.map((round) => round['sock_diag-full']?.user)) /
      sum(rounds.map((round) => round['sock_diag-full']?.system)),
    limit: 0.15,
    from: 100_000,
  },
  {
    what: 'Full pass by sock_diag: CPU, of `ss -tan`',
    of: (rounds) => ratio(rounds, 'sock_diag-full', 'ss'),
    limit: 0.7,
    from: 100_000,
  },
  {
    what: 'Full pass by sock_diag: CPU, of a scrape of node_exporter',
    of: (rounds) => ratio(rounds, 'sock_diag-full', 'node_exporter'),
    limit: 0.4,
    from: 100_000,
  },
  {
    what: 'Counts-only pass: CPU, of a full pass',
    of: (rounds) => ratio(rounds, 'sock_diag-counts', 'sock_diag-full'),
    limit: 0.3,
    from: 1_000_000,
    kind: 'established',
  },
];

/** All detectors, for each socket: 30 ms over 100,000 of them. */
const DETECTORS_SECONDS_A_SOCKET = 0.3e-6;

const { kind, sockets, rounds: count } = JSON.parse(process.argv[2]);
const times = Math.min(MAX_TIMES, Math.ceil(SOCKETS_A_SAMPLE / sockets));
const failures = [];
const { all, missing } = contenders();
const running = new Set(all);

/** One that fails once is out, and the others go on. */
async function attempt(contender, work) {
  try {
    return await work();
  } catch (error) {
    running.delete(contender);
    failures.push(`${contender.name}: ${error.message}`);
    return undefined;
  }
}

const world = await openWorld(kind, sockets);
/** What the first time cost, when nothing was known yet. */
const firsts = new Map();
for (const contender of all) {
  await attempt(contender, async () => {
    await contender.start();
    firsts.set(contender, await contender.run(1));
  });
}
/** Then what passed until what costs the same each time. */
const settled = new Map();
process.stderr.write(`bench: ${kind}, ${sockets} sockets: until owners are known\n`);
await Promise.all(
  [...running].map((contender) =>
    attempt(contender, async () => {
      if (contender.settle) settled.set(contender, await contender.settle());
      for (let i = 1; i < contender.warmUps; i++) await contender.run(1);
    }),
  ),
);
let leastShare = 1;
const rounds = [];
for (let round = 0; round < count; round++) {
  process.stderr.write(`bench: ${kind}, ${sockets} sockets: round ${round + 1} of ${count}\n`);
  const costs = {};
  for (const contender of [...running]) {
    leastShare = Math.min(leastShare, await world.fillUp());
    costs[contender.id] = await attempt(contender, () => contender.run(times));
  }
  rounds.push(costs);
}
if (leastShare < MIN_SHARE) {
  const share = Math.floor(100 * leastShare);
  failures.push(
    `TIME_WAIT sockets end faster than this machine makes new ones: at times ${share} % were there, and ratios are off`,
  );
}
const peaks = new Map();
for (const contender of [...running]) {
  peaks.set(contender, await attempt(contender, () => contender.peakBytes()));
}
for (const contender of all) await contender.stop();
await world.close();

const cpu = (cost) => cost && cost.user + cost.system;

/** The median of the ratios within each round. */
function ratio(rounds, above, below) {
  return median(rounds.map((round) => cpu(round[above]) / cpu(round[below])));
}

const rows = [...running].flatMap((contender) => {
  const { id, name } = contender;
  const middle = (of) => milliseconds(median(rounds.map((round) => of(round[id]))));
  const usual = [
    name,
    middle(({ user }) => user),
    middle(({ system }) => system),
    middle(cpu),
    middle(({ wall }) => wall),
    megabytes(peaks.get(contender)),
    decimal(ratio(rounds, id, 'ss')),
    decimal(ratio(rounds, id, 'node_exporter')),
  ];
  return settled.has(contender) ? [usual, firstRow(contender)] : [usual];
});

/** The first pass compared with what the others usually cost. */
function firstRow(contender) {
  const first = firsts.get(contender);
  const times = (other) => decimal(cpu(first) / median(rounds.map((round) => cpu(round[other]))));
  return [
    contender.name.replace('full pass', 'first full pass'),
    ...[first.user, first.system, cpu(first), first.wall].map(milliseconds),
    megabytes(NaN),
    times('ss'),
    times('node_exporter'),
  ];
}

const untilKnown = [...settled].map(
  ([{ name }, { passes, wall, cpu }]) =>
    `${name}: after the first pass all owners were known within ${passes} more, a second apart, in ${wall.toFixed(1)} s (${cpu.toFixed(1)} s of CPU).`,
);
const detectors = median(rounds.map((round) => round['sock_diag-full']?.detectors ?? NaN));
const detectorsLimit = DETECTORS_SECONDS_A_SOCKET * sockets;
const found = median(rounds.map((round) => round['sock_diag-full']?.sockets ?? NaN));
tell({
  title: `${kind}, ${sockets.toLocaleString('en')} sockets`,
  notes: [
    `Medians of ${count} rounds${times > 1 ? `, each of ${times} times in a row` : ''}. A full pass found ${found.toLocaleString('en')} sockets.`,
    ...untilKnown,
  ],
  columns: [
    '',
    'user, ms',
    'system, ms',
    'CPU, ms',
    'wall, ms',
    'peak, MB',
    'CPU of `ss`',
    'CPU of node_exporter',
  ],
  rows,
  targets: [
    ...TARGETS.filter((target) => (target.kind ?? kind) === kind).map(({ what, of, limit, from }) => ({
      what,
      limit: `≤ ${limit}`,
      figure: of(rounds),
      met: of(rounds) <= limit,
      ...(sockets < from && { askedFrom: from }),
    })),
    {
      what: 'All detectors together: wall time',
      limit: `≤ ${milliseconds(detectorsLimit)} ms`,
      figure: 1000 * detectors,
      unit: ' ms',
      met: detectors <= detectorsLimit,
      ...(sockets < 100_000 && { askedFrom: 100_000 }),
    },
  ],
  missing,
  failures,
});
