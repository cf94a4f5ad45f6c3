import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOwners, type Owners } from '../../server/collect/owners.ts';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { runDetectors } from '../../server/detect/index.ts';
import { parseDuration } from '../../server/model/duration.ts';
import { DetectorsSchema, defaultsOf } from '../../server/model/options.ts';
import { OWN_NAMESPACE, OWNER_GAPS, type View } from '../../server/model/snapshot.ts';
import { KERNEL_STATE, type State } from '../../server/model/state.ts';
import { createTracker } from '../../server/track/tracker.ts';
import { LIMITS } from '../track/given.ts';

const PROGRAM = fileURLToPath(new URL('stuck-sockets.pl', import.meta.url));
/** In a namespace of its own: few ports, so that few sockets fill them; no reuse, so that every TIME_WAIT stays. */
const SETUP = `ip link set lo up && cd /proc/sys/net/ipv4 && echo 40000 40099 > ip_local_port_range &&
  echo 0 > tcp_tw_reuse && exec perl "$0"`;

const OPTIONS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);

function whyNot(): string | null {
  if (spawnSync('unshare', ['--net', 'ip', 'link']).status !== 0) return 'needs root, unshare and ip';
  return spawnSync('perl', ['-e', '1']).status === 0 ? null : 'needs perl';
}

describe('real sockets', () => {
  const reason = whyNot();
  let program: ChildProcess;
  let lines: AsyncIterator<string>;
  let now = 0;
  const tracker = createTracker();
  let owners: Owners;

  beforeAll(async () => {
    if (reason !== null) return;
    program = spawn('unshare', ['--net', 'sh', '-c', SETUP, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('held');
    owners = createOwners('/proc');
  });

  afterAll(async () => {
    if (program?.exitCode !== null) return;
    program.stdin?.end();
    await once(program, 'exit');
  });

  beforeEach((context) => context.skip(reason !== null, reason ?? ''));

  /** A pass over the program's namespace, `after` seconds later by the tracker's clock. */
  async function pass(after: number): Promise<View> {
    const { table, complete } = await procNetTcp(`/proc/${program.pid}`).read(AbortSignal.timeout(10_000));
    now += after;
    // Descriptors are walked on a budget of time: let as much go by as it takes.
    const members = { key: 'program', pids: [program.pid!] };
    let columns = owners.update(table, now, members);
    const pending = OWNER_GAPS.indexOf('pending');
    for (let i = 0; i < 100 && columns.ownerGap.subarray(0, table.count).includes(pending); i++) {
      columns = owners.update(table, (now += 0.01), members);
    }
    return tracker.update({
      namespace: OWN_NAMESPACE,
      table,
      complete,
      owners: columns,
      limits: { ...LIMITS, portRange: { low: 40_000, high: 40_099 } },
      counters: {},
      monotonicSeconds: now,
      source: 'proc',
      intervalSeconds: 60,
    }).view;
  }

  function count({ sockets: { table } }: View, state: State): number {
    return table.state.subarray(0, table.count).filter((number) => number === KERNEL_STATE[state]).length;
  }

  test('the causes are told apart, and so is a destination that runs out of ports', async () => {
    await vi.waitFor(async () => {
      const view = await pass(1);
      expect(count(view, 'CLOSE_WAIT')).toBe(24);
      expect(count(view, 'TIME_WAIT')).toBe(60);
    });
    const view = await pass(61);
    const { findings } = runDetectors(view, OPTIONS, () => 0);
    const causes = findings
      .map(({ cause, count, labels }) => [cause, count, labels.port ?? labels.peer])
      .sort();
    expect(causes).toEqual([
      ['client_ports', 60, '127.0.0.1:8005'],
      ['drained', 6, '8004'],
      ['fin_unread', 6, '8003'],
      ['never_accepted', 6, '8001'],
      ['not_accepting', 6, '8001'],
      ['unread_data', 6, '8002'],
    ]);
    for (const { detector, labels } of findings) {
      if (detector === 'close_wait_leak') {
        expect(labels).toMatchObject({ process: 'perl', pid: String(program.pid), role: 'server' });
      }
    }
    const neverAccepted = findings.find(({ cause }) => cause === 'never_accepted');
    expect(neverAccepted?.evidence.acceptQueue).toBe(6);
    const notAccepting = findings.find(({ cause }) => cause === 'not_accepting');
    expect(notAccepting).toMatchObject({ labels: { process: 'perl', pid: String(program.pid) } });
    // A program that neither accepts nor reads has one trouble.
    const consequences = findings.filter(({ causedBy }) => causedBy !== undefined);
    expect(consequences.map(({ cause }) => cause).sort()).toEqual(['never_accepted', 'unread_data']);
    expect(neverAccepted?.causedBy).toBe(notAccepting?.fingerprint);
  });

  test('nothing is left to say of CLOSE_WAIT once the program closes', async () => {
    program.stdin!.write('\n');
    expect((await lines.next()).value).toBe('closed');
    await vi.waitFor(async () => expect(count(await pass(60), 'CLOSE_WAIT')).toBe(0));
    const { findings } = runDetectors(await pass(60), OPTIONS, () => 0);
    expect(findings.filter(({ detector }) => detector === 'close_wait_leak')).toEqual([]);
  });
});
