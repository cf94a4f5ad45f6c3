import { afterEach, describe, expect, test } from 'vitest';
import { createTemplate } from '../../../server/alert/receivers/template.ts';
import { manualClock, memoryLog } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { receiverOf } from './kinds.ts';
import { NOTIFICATION, TEST } from './sample.ts';

afterEach(closeServers);

const render = (source: string, notification = NOTIFICATION) => createTemplate(source).render(notification);

describe('a template', () => {
  test.each([
    ['{{ status }} {{ receiver }} {{ externalUrl }} {{ language }}', 'firing team http://db1:10793 en'],
    ['{{ title }} {{ test }}', '2 firing, 1 resolved: close_wait_leak, db1 false'],
    ['{{ groupLabels.alertname }} {{ alerts.size }}', 'close_wait_leak 3'],
    [
      '{% for alert in alerts %}{{ alert.status }} {{ alert.severity }} {{ alert.labels.peer }}\n{% endfor %}',
      'firing critical 10.0.0.1\nfiring warning 10.0.0.2\nresolved warning 2001:db8::1\n',
    ],
    ['{{ alerts[0].startsAt }} {{ alerts[0].endsAt }}.', '2026-01-02T03:04:05.000Z .'],
    ['{{ alerts[2].startsAt | date: "%H:%M" }} {{ alerts[2].endsAt | date: "%H:%M" }}', '03:04 03:14'],
    ['{{ alerts[0].summary }}', 'app (pid 42) does not close 812 connections to 10.0.0.1'],
    ['{{ alerts[0].annotations.count }} {{ alerts[0].fingerprint }}', '812 cd6aad465dc37c6a'],
    ['{{ alerts[0].url }}', 'http://db1:10793/findings/cd6aad465dc37c6a'],
    ['{% if alerts[0].labels.team %}yes{% else %}no{% endif %}', 'no'],
    ['{{ alerts[0].labels.team | default: "nobody" }}', 'nobody'],
    [
      '{"text": {{ alerts[0].summary | json }}}',
      '{"text": "app (pid 42) does not close 812 connections to 10.0.0.1"}',
    ],
  ])('%j gives %j', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  test('knows a test', () => {
    expect(
      render('{{ test }} {{ title }} {{ alerts[0].labels.test }} {{ alerts[0].summary }}', TEST),
    ).toMatch(/^true \[TEST\] .* true \[TEST\] /);
  });

  test.each([
    ['{{ alerts[0].constructor }}', /undefined variable/],
    ['{{ alerts[0].__proto__ }}', /undefined variable/],
    ['{{ title.constructor }}', /undefined variable/],
    ['{{ nosuch }}', /undefined variable: nosuch/],
    ['{% for i in (1..100000000) %}x{% endfor %}', /limit exceeded/],
    [
      '{% assign a = "0123456789" %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
      /limit exceeded/,
    ],
    ['{% for i in (1..2000) %}{{ alerts | json }}{% endfor %}', /limit exceeded|expected at most/],
  ])('%j fails, and does no harm', (source, message) => {
    expect(() => render(source)).toThrow(message);
  });

  test.each([
    '{% include "/etc/passwd" %}',
    '{% render "/etc/passwd" %}',
    '{% layout "/etc/passwd" %}',
    '{% block a %}{% endblock %}',
    '{{ title | nosuch }}',
    '{% if %}',
    '{{ title',
    'x'.repeat(70_000),
  ])('%.40j is none', (source) => {
    expect(() => createTemplate(source)).toThrow();
  });
});

describe('a template of the body of a webhook', () => {
  async function posted(body: string, more: object = {}) {
    const { url, requests } = await serve(answers(200));
    const log = memoryLog();
    const receiver = receiverOf('webhook', url, manualClock(), log, { body, ...more });
    expect(await receiver.send(NOTIFICATION, new AbortController().signal)).toMatchObject({
      outcome: 'delivered',
    });
    return { request: requests[0], log };
  }

  test('is sent as JSON where it is', async () => {
    const { request } = await posted('{"text": {{ title | json }}}');
    expect(request).toMatchObject({
      headers: { 'content-type': 'application/json' },
      body: '{"text": "2 firing, 1 resolved: close_wait_leak, db1"}',
    });
  });

  test('is sent as text where it is no JSON, unless a header says what it is', async () => {
    const text = await posted('{{ title }}');
    expect(text.request?.headers['content-type']).toBe('text/plain; charset=utf-8');
    const form = await posted('text={{ title | url_encode }}', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(form.request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(form.request?.body).toBe('text=2+firing%2C+1+resolved%3A+close_wait_leak%2C+db1');
  });

  test("that fails loses no alert: Alertmanager's body is sent, and the log says why", async () => {
    const { request, log } = await posted('{{ alerts[7].summary }}');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ version: '4', status: 'firing' });
    expect(log.lines).toEqual([expect.stringMatching(/^warn .*template failed.*undefined variable/)]);
  });
});
