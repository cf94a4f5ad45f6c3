import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadSockDiagNetlink } from '../../server/collect/netlink.ts';
import { sockDiag } from '../../server/collect/sock-diag.ts';
import type { SocketRow } from '../../server/model/api.ts';
import { KERNEL_STATE, STATES } from '../../server/model/state.ts';
import { WAIT } from './halfclose.ts';
import { Observer } from './observer.ts';
import { asTold, socketsOfSs, type Told } from './ss.ts';
import { isolated, programPath, skipUnlessPossible, sysctl, World } from './world.ts';

/** Few sockets in TIME_WAIT, so that a test need not read tens of thousands of rows. */
const IN_NAMESPACE =
  'ip link set lo up && echo 500 > /proc/sys/net/ipv4/tcp_max_tw_buckets && exec "$0" "$@"';

const sorted = (told: readonly unknown[]) => told.map((each) => JSON.stringify(each)).sort();

describe('on a quiet namespace with sockets in every state, both families, and IPv4-mapped', () => {
  let world: World;
  let boundPorts: number[];

  beforeAll(async () => {
    if (!isolated) return;
    world = new World();
    const program = world.perl('every-state.pl');
    boundPorts = (await program.line()).split(' ').map(Number);
  });
  beforeEach((context) => skipUnlessPossible(context, 'ss', 'perl'));
  afterAll(async () => world?.end());

  // A timer that has just fired is none for a moment.
  test('there are sockets in every state, in both families, and under each timer', () =>
    vi.waitFor(() => {
      const all = socketsOfSs().map(({ told }) => told);
      for (const family of ['ipv4', 'ipv6']) {
        const states = new Set(all.filter((each) => each.family === family).map(({ state }) => state));
        // ss does not list what is bound and no more.
        expect(states).toEqual(new Set(STATES.filter((state) => state !== 'CLOSE')));
      }
      expect(new Set(all.map(({ timer }) => timer?.kind))).toEqual(
        new Set([undefined, 'retransmit', 'keepalive', 'time_wait', 'probe']),
      );
    }, WAIT));

  test.each([
    ['sock_diag', (told: Told) => told],
    // /proc shows neither the maximum of an accept queue nor what memory a socket takes, and of SYN_RECV not how often
    // SYN-ACK was sent, but how often the timer fired.
    [
      'proc',
      (told: Told) => ({
        ...told,
        memoryBytes: null,
        sendQueueBytes: told.state === 'LISTEN' ? 0 : told.sendQueueBytes,
        timer: told.state === 'SYN_RECV' && told.timer ? { ...told.timer, tries: 0 } : told.timer,
      }),
    ],
  ] as const)('no row of %s differs from that of ss, nor does its process', async (source, known) => {
    const observer = new Observer({ source });
    try {
      const { ours, theirs } = await quiet(async () => {
        await observer.pass();
        return (await observer.sockets()).rows;
      });
      const bound = ours.filter(({ state }) => state === 'CLOSE');
      const listed = ours.filter(({ state }) => state !== 'CLOSE').map(asTold);
      expect(sorted(listed.map(known))).toEqual(sorted(theirs.map(({ told }) => known(told))));
      expect(bound.map(({ local }) => local.port).sort()).toEqual(
        source === 'sock_diag' ? [...boundPorts].sort() : [],
      );
    } finally {
      await observer.stop();
    }
  });

  test('the cookies of sock_diag are those of ss', async () => {
    const source = sockDiag(await loadSockDiagNetlink());
    try {
      const { ours, theirs } = await quiet(async () => {
        const { table } = await source.read(new AbortController().signal);
        const rows = Array.from({ length: table.count }, (_, row) => row);
        return rows.filter((row) => table.state[row] !== KERNEL_STATE.CLOSE).map((row) => table.cookie[row]!);
      });
      expect(sorted(ours)).toEqual(sorted(theirs.map(({ cookie }) => cookie)));
    } finally {
      source.close?.();
    }
  });

  /** What `look` sees while nothing moves: while ss sees the same before and after. */
  function quiet<T>(look: () => Promise<T>) {
    return vi.waitFor(async () => {
      const theirs = socketsOfSs();
      const ours = await look();
      expect(sorted(socketsOfSs()), 'not quiet').toEqual(sorted(theirs));
      return { ours, theirs };
    }, WAIT);
  }
});

/** A socket that a pass misses keeps its id and age; after more passes in a row it is taken for gone. */
const MISSES_FORGIVEN = 2;

describe.each([
  ['the hash table that namespaces share', null],
  ['64 buckets', 64],
] as const)('while thousands of connections a second come and go in %s', (_, buckets) => {
  const STEADY = 300;
  const ENOUGH = { passes: 25, connections: 10_000 };

  let world: World;
  let observer: Observer | undefined;
  beforeEach((context) => {
    skipUnlessPossible(context, 'perl', 'nsenter');
    if (isolated) world = new World();
  });
  afterEach(async () => {
    await observer?.stop();
    observer = undefined;
    await world?.end();
  });

  test.each(['sock_diag', 'proc'] as const)(
    '%s shows no socket twice, and those that stay keep id and age',
    async (source) => {
      // It is for the namespaces that are made below this one; 0: they share the table.
      sysctl('net.ipv4.tcp_child_ehash_entries', `${buckets ?? 0}`);
      const inside = ['--net', 'sh', '-c', IN_NAMESPACE];
      const churn = world.run('unshare', [...inside, 'perl', programPath('churn.pl'), `${STEADY}`, '20']);
      const port = Number(await churn.line());
      const isSteady = ({ state, local, remote }: SocketRow) =>
        state === 'ESTABLISHED' && (local.port === port || remote.port === port);
      observer = new Observer({
        source,
        // Long enough to look at each pass before the next.
        intervalSeconds: 0.1,
        run: { path: 'nsenter', args: [`--net=/proc/${churn.pid}/ns/net`, process.execPath] },
      });
      await observer.pass();
      const steady = new Map<string, Seen>();
      for (const row of (await observer.sockets()).rows.filter(isSteady)) {
        steady.set(nameOf(row), { id: row.id, ageSeconds: row.ageSeconds, pass: 0 });
      }
      expect(steady.size).toBe(2 * STEADY);

      churn.write('begin');
      let missed = 0;
      for (let passes = 0; passes < ENOUGH.passes || activeOpens(churn.pid) < ENOUGH.connections; passes++) {
        const { complete, sequence: pass } = await observer.pass();
        const { rows } = await observer.sockets();
        expect(complete).toBe(true);
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        const here = rows.filter(isSteady);
        missed += steady.size - here.length;
        for (const { id, ageSeconds, ...row } of here) {
          const last = steady.get(nameOf(row));
          const isForgiven = last && (last.pass === 0 || pass - last.pass <= 1 + MISSES_FORGIVEN);
          if (isForgiven) {
            expect(id).toBe(last.id);
            expect(ageSeconds).toBeGreaterThanOrEqual(last.ageSeconds);
          }
          steady.set(nameOf(row), { id, ageSeconds, pass });
        }
      }
      // Where buckets are long the kernel skips sockets while others come and go; so few that hardly one is missed twice.
      if (buckets === null) expect(missed).toBe(0);
      else expect(missed).toBeLessThan(ENOUGH.passes * STEADY * 0.01);
    },
  );
});

interface Seen {
  readonly id: string;
  readonly ageSeconds: number;
  /** Of the newest pass that showed it; 0 before connections came and went. */
  readonly pass: number;
}

/** Connections that were opened in the network namespace of a process, in all. Source: /proc/net/snmp. */
function activeOpens(pid: number): number {
  const [names = '', values = ''] = readFileSync(`/proc/${pid}/net/snmp`, 'utf8').match(/^Tcp: .*$/gm) ?? [];
  return Number(values.split(' ')[names.split(' ').indexOf('ActiveOpens')]);
}

function nameOf({ local, remote }: Pick<SocketRow, 'local' | 'remote'>): string {
  return `${local.address}:${local.port} ${remote.address}:${remote.port}`;
}
