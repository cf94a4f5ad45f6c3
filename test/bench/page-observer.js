/**
 * Stands in for the observer, for a soak: gives the next Observation, a second later than the one before, at each SIGUSR2.
 * All that moves on a busy host moves in it; findings and processes come and go. What it begins from is the file that
 * HALFCLOSE_BENCH_STATE names: a LiveState as JSON.
 */
import { readFileSync } from 'node:fs';

/** A finding and a process are there for so many passes. */
const STAY = 20;

const { at, findings, ...rest } = JSON.parse(readFileSync(process.env.HALFCLOSE_BENCH_STATE, 'utf8'));
let sequence = 0;

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.type === 'configure') pass();
  else process.send({ type: 'unavailable', id: message.id, reason: 'nothing but summaries here' });
});
process.on('SIGUSR2', pass);

function pass() {
  const n = sequence++;
  const life = Math.floor((n + STAY / 2) / STAY);
  const observation = {
    ...rest,
    epoch: 'soak',
    sequence,
    at: at + 1000 * n,
    fullAt: at + 1000 * n,
    monotonicSeconds: rest.monotonicSeconds + n,
    watchedSeconds: rest.watchedSeconds + n,
    gapSeconds: null,
    sockets: { ...rest.sockets, byState: moved(rest.sockets.byState, n) },
    oldest: Object.fromEntries(
      Object.entries(rest.oldest).map(([state, age]) => [state, age && { ...age, seconds: age.seconds + n }]),
    ),
    rates: rest.rates && moved(rest.rates, n),
    flows: [
      { from: 'ESTABLISHED', to: 'CLOSE_WAIT', perSecond: n % 7 },
      { from: 'FIN_WAIT2', to: 'TIME_WAIT', perSecond: n % 5 },
    ],
    processes: rest.processes.map((process, i) => ({
      ...process,
      pid: i === 0 ? life + 1 : process.pid,
      byState: moved(process.byState, n + i),
    })),
    considered: rest.considered.map((each) => ({ ...each })),
    findings: findings.map((finding, i) => ({
      ...finding,
      ...(i === 0 && {
        fingerprint: `life-${life}`,
        labels: { ...finding.labels, process: `worker-${life}` },
      }),
      count: finding.count + (n % 50),
      oldestAgeSeconds: finding.oldestAgeSeconds + n,
    })),
  };
  process.send({ type: 'observation', observation });
}

/** Counts that swing by a tenth about where they were, each in its own time. */
function moved(counts, n) {
  const entries = Object.entries(counts).map(([name, count], i) => [
    name,
    Math.round(count * (1 + 0.1 * Math.sin(n / (7 + i)))),
  ]);
  return Object.fromEntries(entries);
}
