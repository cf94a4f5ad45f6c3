import { afterEach, beforeEach, expect, test } from 'vitest';
import { Observer } from './observer.ts';
import { isolated, skipUnlessPossible, World } from './world.ts';

const PROCESSES = 1000;
const AT_A_TIME = 16;
/** Process number N connects from this port and N; ports of the kernel's choice are far above. */
const BASE_PORT = 20_000;

let world: World;
let observer: Observer | undefined;

beforeEach((context) => {
  skipUnlessPossible(context, 'perl', 'nsenter');
  if (isolated) world = new World();
});
afterEach(async () => {
  await observer?.stop();
  await world?.end();
});

test('a process with a pid used again inherits neither name nor sockets, nor do sockets inherit a process', async () => {
  const { run } = await world.perlAlone('same-pid.pl', `${AT_A_TIME}`, `${BASE_PORT}`);
  observer = new Observer({ intervalSeconds: 0.03, run });

  const namesOf = new Map<number, Set<string>>();
  for (let newest = 0; newest < PROCESSES;) {
    await observer.pass();
    for (const { local, remote, process: owner } of (await observer.sockets()).rows) {
      const number = Math.min(local.port, remote.port) - BASE_PORT;
      if (number <= 0 || number > PROCESSES * 2 || !owner) continue;
      expect(owner.name).toBe(`g${number}`);
      namesOf.set(owner.pid, (namesOf.get(owner.pid) ?? new Set()).add(owner.name));
      newest = Math.max(newest, number);
    }
  }
  // Pids were used again, and that was seen.
  const names = [...namesOf.values()].reduce((total, { size }) => total + size, 0);
  expect(names - namesOf.size).toBeGreaterThan(10);
});
