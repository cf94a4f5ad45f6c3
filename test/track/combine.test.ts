import { expect, test } from 'vitest';
import { combine, type Part } from '../../server/track/combine.ts';
import { summarize } from '../../server/track/summary.ts';
import { listen, process, watch, type Row } from './given.ts';

const ACCESS = {
  processesDenied: 2,
  processesDeniedAlthoughHeld: 0,
  missingCapabilities: [],
  processesHidden: false,
};

function part(
  namespace: string,
  rows: readonly Row[],
  over: Partial<Part> = {},
  processes = [process()],
): Part {
  return {
    ...summarize(watch(1, namespace).pass(rows, { processes }).view, ACCESS),
    flows: [],
    ...over,
  };
}

test('one namespace alone is told as it is', () => {
  const alone = part('host', [{}, listen(80)]);
  expect(combine(alone, [])).toBe(alone);
});

test('sockets of all namespaces are counted, and the oldest of any is the oldest', () => {
  const { sockets, oldest, ownership } = combine(
    part('host', [{ state: 'TIME_WAIT', timerExpiresMs: 50_000 }]),
    [
      part('web', [
        { state: 'TIME_WAIT', timerExpiresMs: 10_000 },
        { localPort: 2, family: 6 },
      ]),
      part('db', [{ ownerGap: 'permission' }]),
    ],
  );
  expect(sockets).toMatchObject({ total: 4, byFamily: { ipv4: 3, ipv6: 1 } });
  expect(sockets.byState).toMatchObject({ TIME_WAIT: 2, ESTABLISHED: 2, LISTEN: 0 });
  expect(sockets.byStateFamily.ipv6.ESTABLISHED).toBe(1);
  expect(oldest.TIME_WAIT).toEqual({ seconds: 50, exact: true });
  expect(oldest.LISTEN).toBeNull();
  expect(ownership).toMatchObject({ processesDenied: 2, sockets: { permission: 1, kernel: 2, none: 1 } });
});

test('rates and flows add up, as far as they are known', () => {
  const rates = {
    activeOpens: 1,
    passiveOpens: 2,
    attemptFails: 0,
    estabResets: 0,
    listenOverflows: 0,
    timeWaitOverflows: 0,
  };
  const opened = { from: null, to: 'ESTABLISHED', perSecond: 2 } as const;
  const closed = { from: 'TIME_WAIT', to: null, perSecond: 3 } as const;
  const all = combine(part('host', [], { rates, flows: [opened] }), [
    part('web', [], { rates, flows: [opened, closed] }),
    part('new', []),
  ]);
  expect(all.rates).toMatchObject({ activeOpens: 2, passiveOpens: 4 });
  expect(all.flows).toEqual([{ ...opened, perSecond: 4 }, closed]);
});

test('a process with sockets in several namespaces is listed once, and beyond fifty the rest is summed up', () => {
  const many = Array.from({ length: 50 }, (_, i) => process({ pid: i + 1 }));
  const each = many.map((_, i): Row => ({ localPort: i + 1, owner: i }));
  const { processes, otherProcesses } = combine(part('host', each, {}, many), [
    part('web', [{ localPort: 1 }, { localPort: 2 }], {}, [process({ pid: 7 })]),
    part('db', [{ localPort: 1 }], {}, [process({ pid: 500 })]),
  ]);
  expect(processes).toHaveLength(50);
  expect(processes[0]).toMatchObject({ pid: 7, byState: { ESTABLISHED: 3 } });
  expect(otherProcesses.ESTABLISHED).toBe(1);
});

test('listeners stand with the longest queue first, ports with the fullest, each with its namespace', () => {
  const { listeners, ports } = combine(part('host', [listen(80), { localPort: 40_000 }]), [
    part('web', [listen(80, { recvQueueBytes: 3 }), { localPort: 40_000 }, { localPort: 40_001 }]),
  ]);
  expect(listeners.map(({ netns, acceptQueue }) => [netns, acceptQueue])).toEqual([
    ['web', 3],
    ['host', 0],
  ]);
  expect(ports.map(({ netns, used }) => [netns, used])).toEqual([
    ['web', 2],
    ['host', 1],
  ]);
});
