import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readCounters } from '../../server/collect/counters.ts';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { runDetectors } from '../../server/detect/index.ts';
import { parseDuration } from '../../server/model/duration.ts';
import { DetectorsSchema, defaultsOf } from '../../server/model/options.ts';
import { OWN_NAMESPACE, OWNER_GAPS, type KernelLimits, type View } from '../../server/model/snapshot.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { createTracker, type Tracker } from '../../server/track/tracker.ts';
import { LIMITS } from '../track/given.ts';

const PROGRAM = fileURLToPath(new URL('limits.pl', import.meta.url));
const OPTIONS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);
const reason =
  spawnSync('unshare', ['--net', 'ip', 'link']).status !== 0
    ? 'needs root, unshare and ip'
    : spawnSync('perl', ['-e', '1']).status !== 0
      ? 'needs perl'
      : null;

let program: ChildProcess;
let lines: AsyncIterator<string>;
let tracker: Tracker;
let now: number;

beforeEach(async (context) => {
  context.skip(reason !== null, reason ?? '');
  tracker = createTracker();
  now = 0;
  await open('');
});

afterEach(async () => {
  if (program?.exitCode !== null) return;
  program.stdin?.end();
  await once(program, 'exit');
});

/** A namespace of its own, with 50 ports where nothing else is asked for. */
async function open(setup: string, range = '40000 40049'): Promise<void> {
  if (program?.exitCode === null) {
    program.stdin?.end();
    await once(program, 'exit');
  }
  const shell = `ip link set lo up && echo ${range} > /proc/sys/net/ipv4/ip_local_port_range && ${setup} exec perl "$0"`;
  program = spawn('unshare', ['--net', 'sh', '-c', shell, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  lines = createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
}

async function tell(command: string, n: number): Promise<void> {
  program.stdin!.write(`${command} ${n}\n`);
  expect((await lines.next()).value).toBe(command);
}

/** A pass over the program's namespace, `after` seconds later by the tracker's clock; who holds what is not asked for. */
async function pass(after: number, limits: Partial<KernelLimits> = {}): Promise<View> {
  const procfs = `/proc/${program.pid}`;
  const { table, complete } = await procNetTcp(procfs).read(AbortSignal.timeout(10_000));
  const { counters } = readCounters(procfs);
  now += after;
  return tracker.update({
    namespace: OWN_NAMESPACE,
    table,
    complete,
    owners: {
      owner: new Int32Array(table.count).fill(-1),
      ownerGap: new Uint8Array(table.count).fill(OWNER_GAPS.indexOf('not_found')),
      holders: new Int32Array(table.count).fill(-1),
      holderSets: [],
      processes: [],
    },
    limits: { ...LIMITS, portRange: { low: 40_000, high: 40_049 }, ...limits },
    counters,
    monotonicSeconds: now,
    source: 'proc',
    intervalSeconds: 60,
  }).view;
}

function alarms(view: View) {
  return runDetectors(view, OPTIONS, () => 0).findings.filter(({ severity }) => severity !== 'info');
}

test('a queue that nobody accepts from overflows, and the counter says so', async () => {
  await pass(1);
  await tell('overflow', 20);
  await pass(1);
  const view = await pass(5);
  expect(view.listeners).toMatchObject([{ port: 8001, acceptQueue: 5 }]);
  expect(alarms(view).find(({ detector }) => detector === 'accept_queue_full')).toMatchObject({
    severity: 'critical',
    cause: 'overflowing',
    // /proc does not tell the maximum.
    certainty: 'strong',
    labels: { port: '8001', local: '127.0.0.1' },
    count: 5,
  });
});

test('connections that stay open take the ports to their destination', async () => {
  await tell('hold', 45);
  expect(alarms(await pass(1))).toMatchObject([
    {
      detector: 'port_exhaustion',
      cause: 'held_open',
      severity: 'critical',
      labels: { local: '127.0.0.1', peer: '127.0.0.1:8002' },
      count: 45,
      evidence: { portsUsable: 50, established: 45 },
    },
  ]);
});

test.each([
  ['unread', 'unread_at_close', 'certain'],
  ['linger', 'linger_zero', 'strong'],
  // With both ends in one namespace it looks like SO_LINGER 0 towards another.
  ['late', 'linger_zero', 'suspect'],
  ['refused', 'refused', 'strong'],
])('connections that end by RST, %s: %s', async (command, cause, certainty) => {
  await open('', '32768 60999');
  await pass(1, LIMITS);
  await tell(command, 400);
  const storms = alarms(await pass(30, LIMITS)).filter(({ detector }) => detector === 'reset_storm');
  expect(storms).toMatchObject([{ cause, certainty }]);
  // A peer that was reset before it could send is none.
  expect(storms[0]?.count).toBeGreaterThanOrEqual(390);
});

test('a busy server whose connections end by FIN resets nothing', async () => {
  await open('', '32768 60999');
  await pass(1, LIMITS);
  await tell('busy', 400);
  const view = await pass(30, LIMITS);
  expect(view.recent.increases['Tcp.PassiveOpens']).toBe(400);
  expect(alarms(view)).toEqual([]);
});

const NFT = `nft 'add table inet t; add chain inet t o { type filter hook output priority 0; }' &&`;
const hasNft = spawnSync('unshare', ['--net', 'nft', 'list', 'ruleset']).status === 0;

test('handshakes that nobody answers fill the SYN queue of a listener that accepts', async (context) => {
  context.skip(!hasNft, 'needs nft');
  const drop = `nft add rule inet t o tcp sport 8006 'tcp flags & (syn | ack) == syn | ack' drop &&`;
  await open(`${NFT} ${drop}`, '32768 60999');
  await pass(1, LIMITS);
  await tell('flood', 200);
  await pass(1, { ...LIMITS, somaxconn: 64 });
  // The listener's backlog is not in /proc: it is given here as the namespace's largest.
  const view = await pass(5, { ...LIMITS, somaxconn: 64 });
  expect(alarms(view).find(({ detector }) => detector === 'syn_backlog')).toMatchObject({
    cause: 'flood',
    labels: { port: '8006' },
    evidence: { synRecv: expect.any(Number) as number, remoteAddresses: 1 },
  });
  expect(view.recent.increases['TcpExt.TCPReqQFullDoCookies']).toBeGreaterThan(0);
  const { table } = view.sockets;
  // A list of a table that changes misses some now and then.
  expect(
    table.state.subarray(0, table.count).filter((state) => state === KERNEL_STATE.SYN_RECV).length,
  ).toBeGreaterThan(48);
});

// tcp_max_orphans and tcp_mem are the host's: network namespaces have none of their own. Near them the kernel resets orphans
// and shrinks buffers of every program on the host, so that no test may change them, or come near them. What is counted is
// the kernel's own; the limits are given here.
test('orphans are counted, and those of the namespace are shown', async (context) => {
  context.skip(!hasNft, 'needs nft');
  await open(NFT);
  await tell('orphan', 45);
  const [found] = alarms(await pass(1, { maxOrphans: 180, portRange: null }));
  expect(found).toMatchObject({ detector: 'orphan_pressure', cause: 'near_limit', severity: 'critical' });
  expect(found?.count).toBeGreaterThanOrEqual(90);
  expect(found?.evidence).toMatchObject({ maxOrphans: 180, finWait1: 90 });
});

test('what nobody reads is memory of TCP', async () => {
  await tell('fill', 4);
  const memoryPages = { low: 50, pressure: 100, high: 1e9 };
  const view = await pass(1, { memoryPages, portRange: null });
  const found = alarms(view).find(({ detector }) => detector === 'tcp_memory_pressure');
  expect(found).toMatchObject({ cause: 'pressure', severity: 'warning' });
  // Each takes at least the buffers that it begins with.
  expect(found?.evidence['memoryPages']).toBeGreaterThan(100);
  expect(found?.evidence['queuedBytes']).toBeGreaterThan(4 * 65_536);
});

test('tracked connections are counted in their namespace', async (context) => {
  context.skip(!hasNft, 'needs nft');
  await open(`${NFT} nft add rule inet t o ct state new counter &&`);
  await tell('hold', 45);
  await vi.waitFor(() => expect(readCounters(`/proc/${program.pid}`).counters['conntrack.count']).toBe(45));
  // nf_conntrack_max is one for all namespaces, and not to be changed by a test: it is given here.
  expect(alarms(await pass(1, { maxConntrack: 50, portRange: null }))).toMatchObject([
    { detector: 'conntrack_full', cause: 'nearly_full', severity: 'warning', count: 45 },
  ]);
});
