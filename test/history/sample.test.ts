import { expect, test } from 'vitest';
import { createRecorder } from '../../server/history/recorder.ts';
import { createSampler } from '../../server/history/sample.ts';
import { DETECTOR_NAMES } from '../../server/model/finding.ts';
import { STATES, zeroByState } from '../../server/model/state.ts';
import type { Sample } from '../../server/model/storage.ts';
import { finding, observation } from '../given.ts';

const listener = { netns: 'host', address: '0.0.0.0', acceptQueueMax: 128 };
const process = { pid: 1, unit: null, container: null, pod: null };

test('counts of all states and findings of all detectors are there, zeros too', () => {
  const { at, values } = createSampler()(observation({ findings: [finding()] }));
  expect(at).toBe(observation().at);
  for (const state of STATES) expect(values.get(`tcp_sockets{state="${state.toLowerCase()}"}`)).toBe(0);
  for (const detector of DETECTOR_NAMES) {
    const expected = detector === 'close_wait_leak' ? 1 : 0;
    expect(values.get(`findings{detector="${detector}",severity="warning"}`)).toBe(expected);
  }
  expect(values.has('tcp_orphans')).toBe(false);
});

test('a transition that was seen once is 0 when it does not happen, and absent before', () => {
  const sampleOf = createSampler();
  const name = 'tcp_state_transitions_per_second{from="none",to="syn_sent"}';
  expect(sampleOf(observation()).values.has(name)).toBe(false);
  const flows = [{ from: null, to: 'SYN_SENT', perSecond: 3 }] as const;
  expect(sampleOf(observation({ flows })).values.get(name)).toBe(3);
  expect(sampleOf(observation()).values.get(name)).toBe(0);
});

test('several listeners at one port of one program are the one with the longest queue', () => {
  const listeners = [1, 7, 3].map((acceptQueue) => ({
    ...listener,
    port: 80,
    acceptQueue,
    process: { ...process, pid: acceptQueue, name: 'web' },
  }));
  const { values } = createSampler()(observation({ listeners }));
  expect(values.get('listener_accept_queue{netns="host",port="80",process="web"}')).toBe(7);
  expect(values.get('listener_accept_queue_max{netns="host",port="80",process="web"}')).toBe(128);
});

test('names are bounded, however much there is to see, and hostile ones stay in their quotes', () => {
  const name = `evil"} ${'x'.repeat(500)}`;
  const many = Array.from({ length: 500 }, (_, n) => n);
  const { values } = createSampler()(
    observation({
      listeners: many.map((port) => ({ ...listener, port, acceptQueue: 0, process: { ...process, name } })),
      ports: many.map((remotePort) => ({
        netns: 'host',
        localAddress: '10.0.0.1',
        remoteAddress: '10.0.0.2',
        remotePort,
        used: 10,
        timeWait: 1,
        usable: 100,
      })),
      processes: many.map((n) => ({
        ...process,
        name: `p${n}`,
        descriptors: n,
        descriptorLimit: 1000,
        byState: { ...zeroByState(), CLOSE_WAIT: n },
      })),
    }),
  );
  const count = (metric: string) => [...values.keys()].filter((each) => each.startsWith(`${metric}{`)).length;
  expect(count('listener_accept_queue')).toBe(100);
  expect(count('ephemeral_ports_used')).toBe(10);
  expect(count('process_tcp_sockets')).toBe(20);
  expect(values.get('ephemeral_ports_used_ratio')).toBe(0.1);
  expect(values.get('process_open_descriptors{process="p499"}')).toBe(499);
  for (const each of values.keys()) expect(each).toMatch(/^\w+(\{(\w+="([^"\\\n]|\\.){0,200}",?)+\})?$/);
});

test('the worst findings have a series each, with what they use of a limit where they near one', () => {
  const forecast = {
    limit: 'descriptors',
    used: 700,
    max: 1024,
    perSecond: 1,
    inSeconds: 324,
    soonestSeconds: 300,
    latestSeconds: null,
  } as const;
  const many = Array.from({ length: 80 }, (_, n) => finding(`10.0.0.${n}`, n === 0 ? { forecast } : {}));
  const { values } = createSampler()(observation({ findings: many }));
  const names = [...values.keys()].filter((name) => name.startsWith('finding_'));
  expect(names).toHaveLength(51);
  expect(values.get(`finding_sockets{fingerprint="${many[0]!.fingerprint}"}`)).toBe(12);
  expect(values.get(`finding_limit_used{fingerprint="${many[0]!.fingerprint}"}`)).toBe(700);
});

test('a pass that only counts says nothing of what it did not look at', () => {
  const { values } = createSampler()(observation({ kind: 'counts', findings: [finding()] }));
  expect(values.has('tcp_sockets{state="listen"}')).toBe(true);
  expect([...values.keys()].some((name) => name.startsWith('findings'))).toBe(false);
});

test('of an incomplete pass nothing is recorded', () => {
  const samples: Sample[] = [];
  const recorder = createRecorder({ append: (sample) => samples.push(sample) });
  recorder.publish(observation({ complete: false }));
  recorder.publish(observation());
  expect(samples).toHaveLength(1);
});
