import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAlerting, type AlertingOptions } from '../../server/alert/index.ts';
import { systemClock, type Clock } from '../../server/alert/clock.ts';
import type { Finding } from '../../server/model/finding.ts';
import type { ReceiverConfig } from '../../server/model/receiver-options.ts';
import { ALERTS, DETECTORS, finding, manualClock, memoryJournal, memoryLog, observation } from '../given.ts';
import { answers, closeServers, serve, type Request } from './serve.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await closeServers();
});

/** Alerts without `for` and `keepFiringFor`: each pass changes what is told. */
const AT_ONCE = { ...DETECTORS, close_wait_leak: { ...DETECTORS.close_wait_leak, for: 0 } };

async function given(receivers: ReceiverConfig[], clock: Clock, over: Partial<AlertingOptions> = {}) {
  const outcomes: string[] = [];
  const alerting = await createAlerting({
    detectors: AT_ONCE,
    alerts: { ...ALERTS, keepFiringFor: 0 },
    receivers,
    externalUrl: 'http://db1:10793',
    instance: 'db1',
    journal: memoryJournal(),
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
  matchers: [],
  maxPerMinute: 1000,
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
    const { pass, alerting } = await given([webhook('team', url)], systemClock);
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
    const { pass, outcomes } = await given([webhook('team', url)], systemClock);
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
    const { pass, outcomes } = await given([webhook('team', url)], clock);
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
    const { pass, alerting, outcomes } = await given(receivers, manualClock());
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
    const config = {
      name: 'am',
      matchers: [],
      maxPerMinute: 20,
      alertmanager: { urls, timeout: 10, resend: 60 },
    };
    const { pass, alerting, outcomes } = await given([config], manualClock());
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
    const { pass, alerting } = await given([webhook('hanging', hanging.url, 3600)], systemClock);
    pass(LEAK);
    await vi.waitFor(() => expect(hanging.requests).toHaveLength(1));
    await alerting.close();
  });

  test('a receiver that cannot be built is an error at once', async () => {
    const good = webhook('team', 'http://h/');
    const bad = { ...good, webhook: { ...good.webhook!, headers: { 'a b': '' } } };
    await expect(given([bad], systemClock)).rejects.toThrow('"a b" is no header');
  });
});

describe('a restart', () => {
  const FIVE_SECONDS = { ...DETECTORS, close_wait_leak: { ...DETECTORS.close_wait_leak, for: 5 } };

  test('does not begin "for" anew, and tells nobody again what was told', async () => {
    const { url, requests } = await serve(answers(200));
    const journal = memoryJournal();
    const clock = manualClock();
    const before = await given([webhook('team', url)], clock, { journal, detectors: FIVE_SECONDS });
    for (let i = 0; i < 4; i++) before.pass(LEAK);
    await before.alerting.close();

    const after = await given([webhook('team', url)], clock, { journal, detectors: FIVE_SECONDS });
    expect(after.alerting.alerts()).toMatchObject([{ state: 'pending' }]);
    for (let i = 0; i < 3; i++) after.pass(LEAK);
    expect(after.alerting.alerts()).toMatchObject([{ state: 'firing' }]);
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing']));
    await vi.waitFor(() => expect(after.outcomes).toEqual(['team delivered']));
    await after.alerting.close();

    const last = await given([webhook('team', url)], clock, { journal, detectors: FIVE_SECONDS });
    for (let i = 0; i < 3; i++) last.pass(LEAK);
    last.pass();
    last.pass();
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing', 'resolved: resolved']));
    expect(await last.alerting.resolved(10)).toMatchObject({
      alerts: [{ state: 'resolved', finding: LEAK }],
      next: null,
    });
  });

  test('resolves nothing because nobody was watching', async () => {
    const journal = memoryJournal();
    const before = await given([], manualClock(), { journal });
    before.pass(LEAK);
    const after = await given([], manualClock(), { journal });
    expect(after.alerting.alerts()).toMatchObject([{ state: 'firing' }]);
    after.alerting.publish(observation({ undecided: ['close_wait_leak'] }));
    expect(after.alerting.alerts()).toMatchObject([{ state: 'firing' }]);
  });

  test('keeps silences and acknowledgements', async () => {
    const journal = memoryJournal();
    const clock = manualClock();
    const before = await given([], clock, { journal });
    before.pass(LEAK);
    const [leak] = before.alerting.alerts();
    before.alerting.addSilence({ matchers: ['process="app"'], author: 'ada', duration: '1h' });
    before.alerting.acknowledge(leak!.id, 'ada', 'on it');
    await vi.waitFor(() => expect(journal.entries.size).toBeGreaterThan(2));

    const after = await given([], clock, { journal });
    const [kept] = after.alerting.alerts();
    expect(after.alerting.hush()(kept!)).toMatchObject({
      silencedBy: [expect.any(String)],
      acknowledgement: { author: 'ada', comment: 'on it' },
    });
    await clock.advance(3601);
    expect(after.alerting.hush()(kept!)).toMatchObject({ silencedBy: [] });
  });
});

describe('a store that fails', () => {
  test('keeps no alert from being told, and has it all once it works again', async () => {
    const { url, requests } = await serve(answers(200));
    const journal = memoryJournal();
    journal.fails = true;
    const log = memoryLog();
    const { pass } = await given([webhook('team', url)], systemClock, { journal, log });
    pass(LEAK);
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing']));
    expect(journal.entries.size).toBe(0);
    journal.fails = false;
    pass(LEAK);
    await vi.waitFor(() => expect(log.lines.at(-1)).toMatch(/^info alerts are stored again/));
    const after = await given([], systemClock, { journal });
    expect(after.alerting.alerts()).toMatchObject([{ state: 'firing' }]);
  });
});

describe.each([
  ['an hour on', 3600],
  ['an hour back', -3600],
  ['a year on', 365 * 86_400],
  ['a year back', -365 * 86_400],
])('a wall clock that is set %s', (_, seconds) => {
  test('neither fires, nor resolves, nor repeats anything early or late', async () => {
    const { url, requests } = await serve(answers(200));
    const clock = manualClock();
    const waiting = { ...DETECTORS, close_wait_leak: { ...DETECTORS.close_wait_leak, for: 5 } };
    const options = { detectors: waiting, alerts: { ...ALERTS, keepFiringFor: 5 } };
    const { alerting } = await given([webhook('team', url)], clock, options);
    const pass = async (...findings: Finding[]) => {
      await clock.advance(1);
      const monotonicSeconds = clock.monotonicSeconds();
      alerting.publish(observation({ at: clock.wallMs(), monotonicSeconds, findings }));
    };
    for (let i = 0; i < 3; i++) await pass(LEAK);
    clock.jump(seconds);
    for (let i = 0; i < 2; i++) await pass(LEAK);
    expect(alerting.alerts()).toMatchObject([{ state: 'pending' }]);
    await pass(LEAK);
    expect(alerting.alerts()).toMatchObject([{ state: 'firing' }]);
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing']));
    clock.jump(seconds);
    for (let i = 0; i < 60; i++) await pass(LEAK);
    expect(told(requests)).toHaveLength(1);
    for (let i = 0; i < 4; i++) await pass();
    expect(alerting.alerts()).toMatchObject([{ state: 'firing' }]);
    for (let i = 0; i < 2; i++) await pass();
    const [ended] = alerting.alerts();
    if (seconds > 0) expect(ended?.state).toBe('resolved');
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing', 'resolved: resolved']));
    const { alerts } = JSON.parse(requests[1]!.body) as { alerts: { startsAt: string; endsAt: string }[] };
    expect(Date.parse(alerts[0]!.endsAt)).toBeGreaterThanOrEqual(Date.parse(alerts[0]!.startsAt));
  });

  test('makes nobody wait for it after a restart', async () => {
    const { url, requests } = await serve(answers(200));
    const clock = manualClock();
    const journal = memoryJournal();
    const options = { journal, alerts: { ...ALERTS, keepFiringFor: 0, groupInterval: 60 } };
    const before = await given([webhook('team', url)], clock, options);
    before.pass(LEAK);
    await vi.waitFor(() => expect(before.outcomes).toEqual(['team delivered']));
    await before.alerting.close();
    clock.jump(seconds);
    const after = await given([webhook('team', url)], clock, options);
    after.pass(LEAK, finding('10.0.0.2'));
    await clock.advance(60);
    await vi.waitFor(() => expect(told(requests)).toEqual(['firing: firing', 'firing: firing, firing']));
  });
});

test('a receiver is told of what its matchers ask for, and of nothing else', async () => {
  const all = await serve(answers(200));
  const some = await serve(answers(200));
  const { pass } = await given(
    [webhook('all', all.url), { ...webhook('some', some.url), matchers: ['peer=~"10[.]0[.]0[.]2"'] }],
    systemClock,
  );
  pass(LEAK, finding('10.0.0.2'));
  await vi.waitFor(() => expect(told(all.requests)).toEqual(['firing: firing, firing']));
  await vi.waitFor(() => expect(told(some.requests)).toEqual(['firing: firing']));
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
