import { createAlerting } from '../../server/alert/index.ts';
import type { ApiParts } from '../../server/api/index.ts';
import type { ObserverStatus } from '../../server/model/live.ts';
import type { Observation } from '../../server/model/observation.ts';
import { zeroByState, type State } from '../../server/model/state.ts';
import type { ReceiverConfig } from '../../server/model/receiver-options.ts';
import {
  ALERTS,
  DETECTORS,
  finding,
  manualClock,
  memoryJournal,
  memoryLog,
  NO_STORAGE,
  observation,
} from '../given.ts';

export const UP: ObserverStatus = {
  state: 'up',
  reason: null,
  cause: null,
  restarts: 0,
  observationAgeSeconds: 0.2,
};
export const DOWN: ObserverStatus = {
  state: 'down',
  reason: 'the observer was ended by SIGKILL',
  cause: { kind: 'signal', signal: 'SIGKILL' },
  restarts: 3,
  observationAgeSeconds: 12.5,
};
export const STARTING: ObserverStatus = {
  state: 'starting',
  reason: null,
  cause: null,
  restarts: 0,
  observationAgeSeconds: null,
};

export function counts(over: Partial<Record<State, number>>): Record<State, number> {
  return { ...zeroByState(), ...over };
}

const NO_GROUP = { unit: null, container: null, pod: null };

/** An observation with something in every list. */
export function busy(over: Partial<Observation> = {}): Observation {
  const none = observation();
  return observation({
    sockets: {
      total: 8,
      byState: counts({ LISTEN: 1, ESTABLISHED: 2, CLOSE_WAIT: 5 }),
      byFamily: { ipv4: 6, ipv6: 2 },
      byStateFamily: {
        ipv4: counts({ LISTEN: 1, CLOSE_WAIT: 5 }),
        ipv6: counts({ ESTABLISHED: 2 }),
      },
    },
    namespaces: [
      {
        name: 'host',
        kind: 'host',
        inode: 4026531840,
        processes: 90,
        readAt: none.at,
        intervalSeconds: 1,
        source: { name: 'proc', why: 'as asked' },
        complete: true,
        error: null,
        sockets: 8,
        byState: counts({ LISTEN: 1, ESTABLISHED: 2, CLOSE_WAIT: 5 }),
        rates: null,
        limits: none.limits,
      },
      {
        name: 'web',
        kind: 'named',
        inode: null,
        processes: 0,
        readAt: null,
        intervalSeconds: null,
        source: null,
        complete: false,
        error: 'setns: EPERM',
        sockets: 0,
        byState: counts({}),
        rates: null,
        limits: none.limits,
      },
    ],
    oldest: { ...none.oldest, CLOSE_WAIT: { seconds: 125, exact: true } },
    flows: [{ from: null, to: 'LISTEN', perSecond: 0.5 }],
    rates: {
      activeOpens: 1,
      passiveOpens: 2,
      attemptFails: 0,
      estabResets: 0,
      listenOverflows: 0,
      timeWaitOverflows: 0,
    },
    processes: [
      {
        pid: 42,
        name: 'app',
        unit: 'app.service',
        container: null,
        pod: null,
        descriptors: 30,
        descriptorLimit: 1024,
        byState: counts({ CLOSE_WAIT: 4 }),
      },
      {
        pid: 43,
        name: 'app',
        ...NO_GROUP,
        descriptors: null,
        descriptorLimit: null,
        byState: counts({ CLOSE_WAIT: 1 }),
      },
      {
        pid: 7,
        name: 'sh "x"\r\u001b[1m',
        ...NO_GROUP,
        descriptors: 3,
        descriptorLimit: 9,
        byState: counts({ LISTEN: 1 }),
      },
    ],
    otherProcesses: counts({ ESTABLISHED: 2 }),
    listeners: [
      {
        netns: 'host',
        address: '0.0.0.0',
        port: 80,
        process: { pid: 7, name: 'web', unit: 'web.service', container: null },
        acceptQueue: 3,
        acceptQueueMax: null,
      },
      {
        netns: 'host',
        address: '::',
        port: 80,
        process: { pid: 7, name: 'web', unit: 'web.service', container: null },
        acceptQueue: 4,
        acceptQueueMax: null,
      },
      { netns: 'host', address: '::', port: 81, process: null, acceptQueue: 0, acceptQueueMax: 128 },
    ],
    ports: [
      {
        netns: 'host',
        localAddress: '10.0.0.2',
        remoteAddress: '10.0.0.1',
        remotePort: 5432,
        used: 50,
        timeWait: 40,
        usable: 200,
      },
      {
        netns: 'host',
        localAddress: '10.0.0.2',
        remoteAddress: '10.0.0.9',
        remotePort: 5432,
        used: 10,
        timeWait: 0,
        usable: 200,
      },
    ],
    findings: [finding()],
    undecided: ['time_wait_buildup'],
    units: [
      { name: 'proc', kind: 'collector', ok: true, durationSeconds: 0.004, error: null },
      {
        name: 'close_wait_leak',
        kind: 'detector',
        ok: false,
        durationSeconds: 0.001,
        error: 'x is not a function',
      },
    ],
    limits: { ...none.limits, portRange: { low: 32_768, high: 60_999 } },
    sockstat: { orphans: 0, memoryPages: 3 },
    cost: { cpuSecondsTotal: 1.5, passSeconds: 0.01 },
    ...over,
  });
}

/** One alert that fires, and whoever is to be told of it. */
export async function alerting(receivers: readonly ReceiverConfig[] = []) {
  const clock = manualClock();
  const journal = memoryJournal();
  const close_wait_leak = { ...DETECTORS.close_wait_leak, for: 0 };
  const made = await createAlerting({
    detectors: { ...DETECTORS, close_wait_leak },
    alerts: { ...ALERTS, keepFiringFor: 0 },
    receivers,
    externalUrl: 'http://db1:10793',
    instance: 'db1',
    journal,
    log: memoryLog(),
    clock,
  });
  made.publish(observation({ findings: [finding()] }));
  return { alerting: made, clock, journal };
}

/** What the routes answer from: an observer with something in every list that nobody can ask, and one alert. */
export async function parts(over: Partial<ApiParts> = {}): Promise<ApiParts> {
  return {
    version: '1.2.3',
    latest: () => busy(),
    status: () => UP,
    detectors: DETECTORS,
    alerting: over.alerting ?? (await alerting()).alerting,
    evidence: () => Promise.resolve(null),
    storage: NO_STORAGE,
    query: () => Promise.reject(new Error('nothing is asked here')),
    log: memoryLog(),
    ...over,
  };
}
