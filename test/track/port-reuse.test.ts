import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { sockDiag } from '../../server/collect/sock-diag.ts';
import { OWN_NAMESPACE } from '../../server/model/snapshot.ts';
import type { Source } from '../../server/model/units.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { createTracker } from '../../server/track/tracker.ts';
import { netlinkIn } from '../collect/netlink.ts';
import { skipUnlessPossible } from '../collect/world.ts';
import { LIMITS } from './given.ts';

const PROGRAM = fileURLToPath(new URL('one-port.pl', import.meta.url));
/** Few hash buckets of its own, so that a listing takes no time; the setting is for namespaces made below. */
const SETUP = `echo 64 > /proc/sys/net/ipv4/tcp_child_ehash_entries &&
  exec unshare --net sh -c 'ip link set lo up && exec perl "$0"' "$0"`;
const never = new AbortController().signal;

describe('a port used again thousands of times, each connection stuck in CLOSE_WAIT', () => {
  let program: ChildProcess | undefined;
  let lines: AsyncIterator<string>;

  beforeEach(async (context) => {
    skipUnlessPossible(context);
    context.skip(spawnSync('perl', ['-e', '1']).status !== 0, 'needs perl');
    program = spawn('unshare', ['--net', 'sh', '-c', SETUP, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
  });

  afterEach(async () => {
    if (!program || program.exitCode !== null || program.signalCode !== null) return;
    const ended = once(program, 'exit');
    program.kill();
    await ended;
  });

  /** Returns when another connection is stuck. */
  async function putNext(): Promise<void> {
    program!.stdin!.write('\n');
    if ((await lines.next()).done) throw new Error('one-port.pl has ended; what it died of is above');
  }

  /** What the tracker says of the CLOSE_WAIT sockets, cycle by cycle, a second of its clock apart. */
  async function* pass(source: Source, cycles: number) {
    const tracker = createTracker();
    for (let cycle = 0; cycle < cycles; cycle++) {
      await putNext();
      const { table, complete } = await source.read(never);
      const nobody = new Int32Array(table.count).fill(-1);
      const { sockets } = tracker.update({
        namespace: OWN_NAMESPACE,
        table,
        source: source.name,
        complete,
        owners: {
          owner: nobody,
          ownerGap: new Uint8Array(table.count),
          holders: nobody,
          holderSets: [],
          processes: [],
        },
        limits: LIMITS,
        counters: {},
        monotonicSeconds: cycle,
        intervalSeconds: 1,
      }).view;
      const stuck = [];
      for (let row = 0; row < table.count; row++) {
        if (table.state[row] !== KERNEL_STATE.CLOSE_WAIT) continue;
        stuck.push({
          id: sockets.id[row]!,
          ageSeconds: sockets.ageSeconds[row],
          exact: sockets.ageExact[row],
        });
      }
      yield stuck;
    }
  }

  // sock_diag looks through the bound ports of the whole machine, which takes milliseconds where others have many.
  test.each([
    ['proc', 3000],
    ['sock_diag', 1000],
  ])('inherits neither id nor age, by %s', async (name, cycles) => {
    const pid = program!.pid!;
    const source = name === 'proc' ? procNetTcp(`/proc/${pid}`) : sockDiag(await netlinkIn(pid));
    const ids = new Set<number>();
    let cycle = 0;
    for await (const stuck of pass(source, cycles)) {
      expect(stuck).toEqual([{ id: expect.any(Number), ageSeconds: 0, exact: cycle++ === 0 ? 0 : 1 }]);
      ids.add(stuck[0]!.id);
    }
    source.close?.();
    expect(ids.size).toBe(cycles);
  });
});
