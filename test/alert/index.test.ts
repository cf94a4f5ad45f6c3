import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAlerting, type AlertingOptions } from '../../server/alert/index.ts';
import { systemClock, type Clock } from '../../server/alert/clock.ts';
import type { Finding } from '../../server/model/finding.ts';
import type { ReceiverConfig } from '../../server/model/options.ts';
import { ALERTS, DETECTORS, finding, manualClock, memoryLog, observation } from '../given.ts';
import { answers, closeServers, serve, type Request } from './serve.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await closeServers();
});

/** Alerts without `for` and `keepFiringFor`: each pass changes what is told. */
const AT_ONCE = { ...DETECTORS, close_wait_leak: { ...DETECTORS.close_wait_leak, for: 0 } };

function given(receivers: ReceiverConfig[], clock: Clock, over: Partial<AlertingOptions> = {}) {
  const outcomes: string[] = [];
  const alerting = createAlerting({
    detectors: AT_ONCE,
    alerts: { ...ALERTS, keepFiringFor: 0 },
    receivers,
    externalUrl: 'http://db1:10793',
    instance: 'db1',
    log: memoryLog(),
    clock,
    random: () => 0,
    onOutcome: (receiver, outcome) => outcomes.push(`${receiver} ${outcome}`),
    ...over,
  });
  closing.push(() => alerting.close());
  let monotonicSeconds = 0;
  const pass = (...findings: Finding[]) => {
    alerting.publish(observation({ monotonicSeconds: monotonicSeconds++, findings }));
  };
  return { alerting, outcomes, pass };
}

const webhook = (name: string, url: string, timeout = 10): ReceiverConfig => ({
  name,
  webhook: { url, timeout, sendResolved: true },
});

const told = (requests: readonly Request[]) =>
  requests.map(({ body }) => {
    const { status, alerts } = JSON.parse(body) as { status: string; alerts: { status: string }[] };
    return `${status}: ${alerts.map((each) => each.status).join(', ')}`;
  });

const LEAK = finding();

describe('from findings to hooks', () => {
  test('a webhook is told of the beginning and of the end', async () => {
    const { url, requests } = await serve(answers(200));
    const { pass, alerting } = given([webhook('team', url)], systemClock);
    pass(LEAK);
    expect(alerting.alerts()).toMatchObject([{ state: 'firing', finding: LEAK }]);
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing']));
    pass();
    expect(alerting.alerts()).toMatchObject([{ state: 'resolved' }]);
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing', 'resolved: resolved']));
  });

  test('a webhook that answers 500 is told again, by real timers', async () => {
    let calls = 0;
    const { url, requests } = await serve((request, response) => {
      answers(calls++ === 0 ? 500 : 200)(request, response);
    });
    const { pass, outcomes } = given([webhook('team', url)], systemClock);
    pass(LEAK);
    await vi.waitFor(() => expect(outcomes).toEqual(['team retry', 'team delivered']), 10_000);
    expect(told(requests)).toEqual(['firing: firing', 'firing: firing']);
  });

  test('Retry-After is kept to', async () => {
    let status = 429;
    const { url, requests } = await serve((request, response) => {
      answers(status, '', { 'retry-after': '100' })(request, response);
    });
    const clock = manualClock();
    const { pass, outcomes } = given([webhook('team', url)], clock);
    pass(LEAK);
    await vi.waitFor(() => expect(outcomes).toEqual(['team retry']));
    status = 200;
    await clock.advance(99);
    expect(requests).toHaveLength(1);
    await clock.advance(1);
    await vi.waitFor(() => expect(outcomes).toEqual(['team retry', 'team delivered']));
  });

  test('a receiver that hangs, one that refuses and one that is not there delay no other', async () => {
    const gone = await serve(answers(200));
    await closeServers();
    const hanging = await serve(() => undefined);
    const refusing = await serve(answers(404));
    const healthy = await serve(answers(200));
    const receivers = [
      webhook('hanging', hanging.url, 3600),
      webhook('refusing', refusing.url),
      webhook('gone', gone.url),
      webhook('healthy', healthy.url),
    ];
    const { pass, alerting, outcomes } = given(receivers, manualClock());
    pass(LEAK);
    await vi.waitFor(() => expect(told(healthy.requests)).toEqual(['firing: firing']));
    pass(LEAK, finding('10.0.0.2'));
    await vi.waitFor(() =>
      expect(told(healthy.requests)).toEqual(['firing: firing', 'firing: firing, firing']),
    );
    await vi.waitFor(() => expect(outcomes).toHaveLength(5));
    expect(hanging.requests).toHaveLength(1);
    expect(gone.requests).toHaveLength(0);
    const status = alerting
      .receivers()
      .map(({ receiver, last, waiting }) => [receiver, last?.outcome, waiting]);
    expect(status).toEqual([
      ['hanging', undefined, 0],
      ['refusing', 'refused', 0],
      ['gone', 'retry', 1],
      ['healthy', 'delivered', 0],
    ]);
  });

  test('each Alertmanager of a list is told, and has a name of its own', async () => {
    const one = await serve(answers(200));
    const two = await serve(answers(503));
    const urls = [one.url, two.url, `${one.url}/tenant`];
    const config = { name: 'am', alertmanager: { urls, timeout: 10, resend: 60 } };
    const { pass, alerting, outcomes } = given([config], manualClock());
    pass(LEAK);
    const hosts = [`am/127.0.0.1:${one.port}`, `am/127.0.0.1:${two.port}`, `am/127.0.0.1:${one.port}#2`];
    expect(alerting.receivers().map(({ receiver }) => receiver)).toEqual(hosts);
    await vi.waitFor(() =>
      expect(outcomes.toSorted()).toEqual(
        [`${hosts[0]} delivered`, `${hosts[1]} retry`, `${hosts[2]} delivered`].toSorted(),
      ),
    );
    expect(one.requests.map(({ url }) => url).toSorted()).toEqual([
      '/api/v2/alerts',
      '/tenant/api/v2/alerts',
    ]);
  });

  test('closing does not wait for a receiver that hangs', async () => {
    const hanging = await serve(() => undefined);
    const { pass, alerting } = given([webhook('hanging', hanging.url, 3600)], systemClock);
    pass(LEAK);
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1));
    await alerting.close();
  });

  test('a receiver that cannot be built is an error at once', () => {
    const bad = {
      name: 'team',
      webhook: { url: 'http://h/', timeout: 10, sendResolved: true, headers: { 'a b': '' } },
    };
    expect(() => given([bad], systemClock)).toThrow('"a b" is no header');
  });
});

describe('the system clock', () => {
  test('calls back, but not where it was cancelled', async () => {
    const cancel = systemClock.startTimer(0, () => expect.fail('was cancelled'));
    cancel();
    await new Promise<void>((resolve) => systemClock.startTimer(0.001, resolve));
  });

  test('does not call back at once where the time is longer than a timer of Node can be', async () => {
    const cancel = systemClock.startTimer(8 * 7 * 86_400, () => expect.fail('at once'));
    await new Promise<void>((resolve) => systemClock.startTimer(0.005, resolve));
    cancel();
  });
});
