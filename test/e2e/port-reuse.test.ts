import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SocketRow } from '../../server/model/api.ts';
import { Observer } from './observer.ts';
import { isolated, skipUnlessPossible, World } from './world.ts';

const CONNECTIONS = 800;

let world: World;
let observer: Observer | undefined;

beforeEach((context) => {
  skipUnlessPossible(context, 'perl');
  if (isolated) world = new World();
});
afterEach(async () => {
  await observer?.stop();
  observer = undefined;
  await world?.end();
});

describe.each(['sock_diag', 'proc'] as const)('by %s', (source) => {
  test.each([
    ['by RST, so that nothing is left of the one before', 'reset'],
    ['by FIN, in place of one in TIME_WAIT', 'graceful'],
  ])('a connection on ports used again inherits nothing: %s', async (_, ending) => {
    // Where few processes are to be searched, owners are found fast.
    const { program, line, run } = await world.perlAlone('same-port.pl', ending, `${CONNECTIONS}`);
    const ports = line.split(' ').map(Number);
    const isOfThem = ({ port }: SocketRow['local']) => ports.includes(port);
    // As often as can be, so that short lives are met at many moments.
    observer = new Observer({ source, intervalSeconds: 0.005, run });
    await observer.pass();
    const lives = new Lives();
    const told = () => {
      const next = program.line();
      // Where the test has failed nobody waits for it.
      next.catch(() => undefined);
      return next;
    };

    program.write('begin');
    for (let next = told(); (await Promise.race([next, null])) !== 'done';) {
      await observer.pass();
      const { at, rows } = await observer.sockets();
      const seen = rows.filter(({ local, remote }) => isOfThem(local) && isOfThem(remote));
      lives.judge(at, seen);
      const isHeld = (await Promise.race([next, null])) === 'held';
      if (!isHeld || !seen.some(({ state, process }) => state === 'ESTABLISHED' && process)) continue;
      next = told();
      program.write('go on');
    }
    expect(lives.users).toEqual(new Set([1001, 1002]));
    expect(lives.sockets).toBeGreaterThan(CONNECTIONS / 20);
  });
});

/** What is known of each socket; judges whether the next sight of them agrees with it. */
class Lives {
  readonly users = new Set<number>();
  readonly #ids = new Set<string>();
  readonly #idOf = new Map<number, string>();
  readonly #inodeOf = new Map<string, number>();
  #before = Date.now();

  get sockets(): number {
    return this.#idOf.size;
  }

  judge(at: number, rows: readonly SocketRow[]): void {
    expect(new Set(rows.map(({ id }) => id)).size, 'ids').toBe(rows.length);
    for (const row of rows) {
      const { id, inode, uid } = row;
      // What waits in an accept queue is told as the listener's.
      const process = row.processUnknown === 'none' ? row.process : null;
      // Not there when last looked at, it has come since; a millisecond for rounding.
      if (!this.#ids.has(id)) expect(row.ageSeconds).toBeLessThanOrEqual((at - this.#before + 1) / 1000);
      this.#ids.add(id);
      if (process) {
        // Whose it is, the kernel tells by the uid.
        expect(process.name).toBe(`lane-${uid - 1000}`);
        this.users.add(uid);
      }
      // The kernel gives each socket another inode, and none before accept() and after close().
      if (inode === 0) continue;
      const known = { id: this.#idOf.get(inode) ?? id, inode: this.#inodeOf.get(id) ?? inode };
      expect({ id, inode }).toEqual(known);
      this.#idOf.set(inode, id);
      this.#inodeOf.set(id, inode);
    }
    this.#before = at;
  }
}
