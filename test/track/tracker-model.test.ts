import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pass } from '../../server/track/tracker.ts';
import { LIMITS, listen, sightOf, watch, type Row } from './given.ts';

/** One change of a small host, or of what is seen of it. Numbers pick one of what there is. */
type Step =
  | { readonly do: 'open'; readonly localPort: number; readonly remotePort: number; readonly remote: string }
  | { readonly do: 'close' | 'advance' | 'miss' | 'listen'; readonly pick: number };

interface Socket {
  readonly number: number;
  readonly row: Row;
}

/** What a naive tracker remembers of a socket. */
interface Known {
  readonly key: string;
  id: number | undefined;
  state: string;
  since: number;
  exact: boolean;
  misses: number;
  served: boolean;
}

const LISTENING_PORTS = [1, 2, 3];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      localPort: fc.integer({ min: 1, max: 40 }),
      remotePort: fc.integer({ min: 1, max: 3 }),
      remote: fc.constantFrom('10.0.0.1', '10.0.0.3', '2001:db8::1'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('close' as const, 'advance' as const, 'miss' as const, 'listen' as const),
      pick: fc.nat(1000),
    }),
  },
);

const passes = fc.array(
  fc.record({
    steps: fc.array(step, { maxLength: 12 }),
    /** Seldom: the kernel lists sockets in a lasting order. */
    shuffle: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    complete: fc.integer({ min: 0, max: 9 }).map((n) => n !== 0),
  }),
  { minLength: 1, maxLength: 25 },
);

const NEXT: Readonly<Record<string, Row['state']>> = { ESTABLISHED: 'CLOSE_WAIT', CLOSE_WAIT: 'LAST_ACK' };

/** A host with few ports, whose sockets are numbered: by cookie, or only by inode. */
class Host {
  sockets: Socket[] = [];
  listening = new Set<number>();
  private last = 100;
  private readonly cookies: boolean;

  constructor(cookies: boolean) {
    this.cookies = cookies;
  }

  /** Does it, and returns the number of a socket that the next table does not show. */
  take(step: Step): number | undefined {
    if (step.do === 'open') {
      const { localPort, remotePort, remote } = step;
      const row: Row = remote.includes(':')
        ? { family: 6, local: '2001:db8::2', localPort, remotePort, remote }
        : { family: 4, localPort, remotePort, remote };
      if (this.sockets.some((other) => keyOf(other.row) === keyOf(row))) return undefined;
      const number = ++this.last;
      const numbered = { ...row, inode: number, ...(this.cookies && { cookie: number }) };
      // Somewhere among the others, as a hash table has it.
      this.sockets.splice(number % (this.sockets.length + 1), 0, { number, row: numbered });
      return undefined;
    }
    if (step.do === 'listen') {
      const port = LISTENING_PORTS[step.pick % LISTENING_PORTS.length]!;
      if (!this.listening.delete(port)) this.listening.add(port);
      return undefined;
    }
    const at = step.pick % Math.max(1, this.sockets.length);
    const socket = this.sockets[at];
    if (!socket) return undefined;
    if (step.do === 'miss') return socket.number;
    if (step.do === 'close') this.sockets.splice(at, 1);
    else {
      const state = NEXT[socket.row.state ?? 'ESTABLISHED'];
      if (state) this.sockets[at] = { ...socket, row: { ...socket.row, state } };
    }
    return undefined;
  }
}

function keyOf({ family = 4, localPort, remote, remotePort }: Row): string {
  return `${family} ${localPort} ${remote} ${remotePort}`;
}

/** What identity and age are said to be, by maps and without any shortcut. */
class Model {
  private readonly known = new Map<number, Known>();
  private completeBefore = false;

  /** The sockets of one table. */
  pass(sockets: readonly Socket[], listening: ReadonlySet<number>, complete: boolean, now: number): Known[] {
    const shown = new Set(sockets.map(({ number }) => number));
    const keys = new Set(sockets.map(({ row }) => keyOf(row)));
    for (const [number, known] of this.known) {
      // Its ports are another's: the kernel holds one connection of them at a time.
      if (!shown.has(number) && keys.has(known.key)) this.known.delete(number);
    }
    const seen = sockets.map(({ number, row }) => {
      const state = row.state ?? 'ESTABLISHED';
      const known = this.known.get(number) ?? {
        key: keyOf(row),
        id: undefined,
        state,
        since: now,
        exact: this.completeBefore,
        misses: 0,
        served: false,
      };
      if (known.state !== state) {
        known.state = state;
        known.since = now;
        known.exact = this.completeBefore && known.misses === 0;
      }
      known.misses = 0;
      // Listeners of the test are of IPv4 only.
      if (row.family === 4 && listening.has(row.localPort!)) known.served = true;
      this.known.set(number, known);
      return known;
    });
    if (complete) {
      for (const [number, known] of this.known) {
        if (!shown.has(number) && ++known.misses === 3) this.known.delete(number);
      }
    }
    this.completeBefore = complete;
    return seen;
  }
}

/** Port use by remote address and port of all that did not come in by a listener. */
function destinationsOf(sockets: readonly Socket[], known: readonly Known[]) {
  const counts = new Map<string, { used: number; established: number }>();
  for (const [i, { row }] of sockets.entries()) {
    if (known[i]!.served) continue;
    const name = `${row.remote} ${row.remotePort}`;
    const count = counts.get(name) ?? { used: 0, established: 0 };
    count.used++;
    if (known[i]!.state === 'ESTABLISHED') count.established++;
    counts.set(name, count);
  }
  return [...counts].map(([name, count]) => ({ name, ...count })).sort(byName);
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

function destinationsSaid({ view }: Pass) {
  return view.destinations
    .map(({ remoteAddress, remotePort, used, established }) => ({
      name: `${remoteAddress} ${remotePort}`,
      used,
      established,
    }))
    .sort(byName);
}

test.each([
  ['with cookies', true],
  ['without cookies', false],
])('a host of any history, listed in any order, is tracked as by a naive model: %s', (_, cookies) => {
  fc.assert(
    fc.property(passes, (sequence) => {
      const host = new Host(cookies);
      const model = new Model();
      const { pass } = watch();
      const ids = new Set<number>();
      for (const [at, { steps, shuffle, complete }] of sequence.entries()) {
        const missed = new Set(steps.map((step) => host.take(step)));
        const shown = host.sockets.filter(({ number }) => !missed.has(number));
        if (shuffle) shown.sort((a, b) => ((a.number * 7919) % 101) - ((b.number * 7919) % 101));
        const listeners = [...host.listening].map((port) => listen(port));
        const rows = [...listeners, ...shown.map(({ row }) => row)];
        const said = pass(rows, { complete, limits: { ...LIMITS, portRange: null } });
        const known = model.pass(shown, host.listening, complete, 1001 + at);

        const { listener } = said.view.sockets;
        for (const [i, expected] of known.entries()) {
          const row = listeners.length + i;
          const { id, ageSeconds, exact } = sightOf(said, row);
          if (expected.id === undefined) {
            expect(ids).not.toContain(id);
            ids.add(id);
            expected.id = id;
          }
          expect({ id, ageSeconds, exact }).toEqual({
            id: expected.id,
            ageSeconds: 1001 + at - expected.since,
            exact: expected.exact,
          });
          const port = shown[i]!.row.localPort!;
          const cameIn = shown[i]!.row.family === 4 && host.listening.has(port) ? port : undefined;
          expect(said.view.listeners[listener[row]!]?.port).toBe(cameIn);
        }
        expect(destinationsSaid(said)).toEqual(destinationsOf(shown, known));
      }
    }),
    { numRuns: 300 },
  );
});
