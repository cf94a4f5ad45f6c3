import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOwners } from '../../server/collect/owners.ts';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { sockDiag } from '../../server/collect/sock-diag.ts';
import { runDetectors } from '../../server/detect/index.ts';
import { parseDuration } from '../../server/model/duration.ts';
import { DetectorsSchema, defaultsOf } from '../../server/model/options.ts';
import { OWN_NAMESPACE, OWNER_GAPS } from '../../server/model/snapshot.ts';
import type { Source } from '../../server/model/units.ts';
import { createTracker } from '../../server/track/tracker.ts';
import { netlinkIn } from '../collect/netlink.ts';
import { LIMITS } from '../track/given.ts';

const PROGRAM = fileURLToPath(new URL('stuck-connections.pl', import.meta.url));
/** Two addresses, and a cable that leads nowhere, for which the local addresses' own table must not come first. */
const SETUP = `ip link set lo up && ip address add 192.0.2.1/32 dev lo && ip address add 192.0.2.2/32 dev lo &&
  ip link add cable type veth peer name nobody && ip link set cable up && ip link set nobody up &&
  ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:01 dev cable nud permanent &&
  ip route add default dev cable table 200 &&
  ip rule add pref 100 lookup local && ip rule delete pref 0 && exec perl "$0"`;

const DEFAULTS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);
const OPTIONS = {
  ...DEFAULTS,
  // The kernel's clocks run on while the tracker's leaps: what it received seconds ago would be too new for minutes.
  fin_wait_stuck: { ...DEFAULTS.fin_wait_stuck, minHalfClosedAge: 1 },
};

function whyNot(): string | null {
  if (spawnSync('unshare', ['--net', 'ip', 'rule']).status !== 0) return 'needs root, unshare and ip';
  return spawnSync('perl', ['-e', '1']).status === 0 ? null : 'needs perl';
}

const reason = whyNot();
let program: ChildProcess;
let lines: AsyncIterator<string>;

beforeAll(async () => {
  if (reason !== null) return;
  program = spawn('unshare', ['--net', 'sh', '-c', SETUP, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  lines = createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('held');
});

afterAll(async () => {
  if (program?.exitCode !== null) return;
  program.stdin?.end();
  await once(program, 'exit');
});

beforeEach((context) => context.skip(reason !== null, reason ?? ''));

/** Passes over the program's namespace by this source; each `after` seconds later by the tracker's clock. */
function watching(source: Source) {
  const tracker = createTracker();
  const owners = createOwners('/proc');
  let now = 0;
  return async (after: number) => {
    const { table, complete } = await source.read(AbortSignal.timeout(10_000));
    now += after;
    const members = { key: 'program', pids: [program.pid!] };
    let columns = owners.update(table, now, members);
    const pending = OWNER_GAPS.indexOf('pending');
    for (let i = 0; i < 100 && columns.ownerGap.subarray(0, table.count).includes(pending); i++) {
      columns = owners.update(table, (now += 0.01), members);
    }
    const { view } = tracker.update({
      namespace: OWN_NAMESPACE,
      table,
      complete,
      owners: columns,
      limits: LIMITS,
      counters: {},
      monotonicSeconds: now,
      source: source.name,
      intervalSeconds: 60,
      inspect: source.inspect,
    });
    return runDetectors(view, OPTIONS, () => 0).findings;
  };
}

const STUCK = [
  ['closing_stuck', 'undelivered', 6, 'kernel', '192.0.2.2:7008'],
  ['fin_wait_stuck', 'peer_not_closing', 6, 'perl', '192.0.2.2:7005'],
  ['fin_wait_stuck', 'undelivered', 6, 'kernel', '192.0.2.2:7006'],
  ['fin_wait_stuck', 'window_closed', 6, 'kernel', '192.0.2.2:7004'],
  ['half_open', 'probing', 2, 'perl', '192.0.2.2:7002'],
  ['half_open', 'probing', 2, 'perl', '192.0.2.2:7011'],
  ['half_open', 'sending', 2, 'perl', '192.0.2.2:7001'],
  ['last_ack_stuck', 'undelivered', 6, 'kernel', '192.0.2.2:7007'],
  ['syn_sent_stuck', 'unanswered', 4, 'perl', '192.0.2.2:7010'],
  ['zero_window', 'peer_not_reading', 6, 'perl', '192.0.2.2:7003'],
];

describe.each(['sock_diag', 'proc'])('by %s', (name) => {
  test(
    'every way to be stuck is told apart, with the program and the peer',
    { timeout: 30_000 },
    async () => {
      const source =
        name === 'proc' ? procNetTcp(`/proc/${program.pid}`) : sockDiag(await netlinkIn(program.pid!));
      const pass = watching(source);
      // Retransmissions and probes take the kernel some seconds.
      await vi.waitFor(
        async () => {
          await pass(1);
          const told = (await pass(61))
            .filter(({ labels }) => labels.role === 'client')
            .map(({ detector, cause, count, labels }) => [
              detector,
              cause,
              count,
              labels.process,
              labels.peer,
            ]);
          expect(told.sort()).toEqual([...STUCK].sort());
        },
        { timeout: 20_000, interval: 500 },
      );
      source.close?.();
    },
  );
});
