import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createEmail } from '../../../server/alert/receivers/email.ts';
import { createReceivers } from '../../../server/alert/receivers/index.ts';
import { parseConfigFile } from '../../../server/config/file.ts';
import type { Alert, Notification } from '../../../server/model/alert.ts';
import type { ReceiverOf } from '../../../server/model/receiver-options.ts';
import { alert, finding, manualClock, memoryLog } from '../../given.ts';
import { closeSmtpServers, selfSigned, smtpServer, type SmtpBehaviour } from '../smtp-server.ts';
import { NOTIFICATION } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfclose-email-'));
afterEach(closeSmtpServers);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Email = ReceiverOf<'email'>;

function emailTo(port: number, over: Partial<Email> = {}, log = memoryLog()) {
  const receiver = createEmail(
    'mail',
    {
      smarthost: `127.0.0.1:${port}`,
      from: 'Halfclose <halfclose@example.org>',
      to: ['ops@example.org'],
      security: 'none',
      timeout: 10,
      sendResolved: true,
      ...over,
    },
    manualClock(),
    log,
  );
  return (notification: Notification = NOTIFICATION, signal = new AbortController().signal) =>
    receiver.send(notification, signal);
}

async function given(behaviour: SmtpBehaviour = {}, over: Partial<Email> = {}) {
  const server = await smtpServer(behaviour);
  const log = memoryLog();
  return { ...server, log, send: emailTo(server.port, over, log) };
}

const of = (...alerts: Alert[]): Notification => ({ ...NOTIFICATION, alerts });

/** Headers by lower-case name, unfolded, and the parts by type, decoded: only as much of MIME as is needed to read ours. */
function read(mail: string | null | undefined) {
  const [head = '', ...rest] = (mail ?? '').split('\r\n\r\n');
  const headersOf = (text: string) =>
    new Map(
      text
        .replace(/\r\n[ \t]+/g, ' ')
        .split('\r\n')
        .map(
          (line) =>
            [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const,
        ),
    );
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1] ?? '';
  const parts = new Map(
    rest
      .join('\r\n\r\n')
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => {
        const [partHead = '', ...body] = part.replace(/^\r\n/, '').split('\r\n\r\n');
        const { encoding, type } = {
          encoding: headersOf(partHead).get('content-transfer-encoding'),
          type: headersOf(partHead).get('content-type')?.split(';')[0] ?? '',
        };
        return [type, decode(body.join('\r\n\r\n').replace(/\r\n$/, ''), encoding)] as const;
      }),
  );
  return { headers, text: parts.get('text/plain') ?? '', html: parts.get('text/html') ?? '' };
}

function decode(text: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  if (encoding !== 'quoted-printable') return text.replaceAll('\r\n', '\n');
  const bytes = text
    .replace(/=\r\n/g, '')
    .replaceAll('\r\n', '\n')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

describe('the mail', () => {
  test.each(['en', 'zh-CN'] as const)('says the same as text and as HTML, in %s', async (language) => {
    const { send, sessions } = await given();
    expect(await send({ ...NOTIFICATION, language })).toMatchObject({
      outcome: 'delivered',
      exchange: {
        status: 250,
        answer: '250 2.0.0 queued',
        body: expect.stringMatching(/^To: ops@example.org\n/),
      },
    });
    const { headers, text, html } = read(sessions[0]?.mail);
    const kept = ['from', 'to', 'subject', 'date', 'auto-submitted', 'mime-version'];
    const shown = kept.map((name) => `${name}: ${headers.get(name)}`).join('\n');
    const golden = `../../golden/receivers/email.${language.toLowerCase()}.txt`;
    await expect(`${shown}\n\n${text}\n${html}`).toMatchFileSnapshot(golden);
    expect(sessions[0]?.mail).toMatch(/^[\x20-\x7e\r\n]*$/);
  });

  test('goes to everybody, by the addresses without the names', async () => {
    const to = ['Operations <ops@example.org>', 'dba@example.org', 'ops@example.org'];
    const { send, sessions } = await given({}, { to });
    await send();
    expect(sessions[0]).toMatchObject({
      from: 'halfclose@example.org',
      to: ['ops@example.org', 'dba@example.org'],
    });
  });

  test('of a test says that it is one', async () => {
    const { send, sessions } = await given();
    await send({ ...of(alert('a', 'firing')), isTest: true });
    const { headers, text } = read(sessions[0]?.mail);
    expect(headers.get('subject')).toMatch(/^\[TEST\]/);
    expect(text).toContain('made up');
  });

  test('of a test says so in the words of templates too', async () => {
    const { send, sessions } = await given({}, { subject: 'leak', message: 'own words' });
    await send({ ...of(alert('a', 'firing')), isTest: true });
    const { headers, text } = read(sessions[0]?.mail);
    expect(headers.get('subject')).toBe('[TEST] leak');
    expect(text).toMatch(/^\[TEST\].*\n\nown words/);
  });

  test('of the end refers to that of the beginning, and that of another alert does not', async () => {
    const { send, sessions } = await given();
    const later = { startsAt: '2026-01-02T04:00:00.000Z' };
    await send(of(alert('a', 'firing')));
    await send(of(alert('b', 'firing', later), alert('a', 'resolved')));
    await send(of(alert('b', 'resolved', later)));
    await send(of(alert('c', 'firing')));
    const mails = sessions.map(({ mail }) => read(mail).headers);
    const references = mails.map((headers) => headers.get('references')?.split(' ') ?? []);
    expect(references[1]).toHaveLength(2);
    expect(references[1]?.[0]).toBe(references[0]?.[0]);
    expect(references[2]?.[0]).toBe(references[1]?.[1]);
    expect(references.slice(0, 3).flat()).not.toContain(references[3]?.[0]);
    expect(mails.map((headers) => headers.get('in-reply-to'))).toEqual(references.map((all) => all.at(-1)));
    expect(new Set(mails.map((headers) => headers.get('message-id'))).size).toBe(4);
  });

  test('has the subject and the text of the templates', async () => {
    const { send, sessions } = await given(
      {},
      { subject: '{{ status | upcase }}\n{{ alerts.size }}', message: '<{{ alerts[0].labels.process }}>' },
    );
    await send();
    const { headers, text, html } = read(sessions[0]?.mail);
    expect(headers.get('subject')).toBe('FIRING 3');
    expect(text.trim()).toBe('<app>');
    expect(html).toContain('&lt;app&gt;');
  });

  test('is the usual one where a template fails on an alert, and the log says why', async () => {
    const { send, sessions, log } = await given({}, { message: '{{ alerts[0].nothing.at.all }}' });
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    const { headers, text } = read(sessions[0]?.mail);
    expect(headers.get('subject')).toContain('close_wait_leak');
    expect(text).toContain('What to do');
    expect(log.lines).toEqual([expect.stringMatching(/^warn the receiver's template failed.*nothing/)]);
  });

  test('takes no header from a name, and no markup, whatever the name is', async () => {
    const { send, sessions } = await given();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.constantFrom(
            'a\r\nBcc: evil@example.org',
            'a\r\n\r\n.\r\nMAIL FROM:<x@y>',
            '<script>"\'&',
            '\n.\n',
          ),
        ),
        async (process) => {
          const labels = { process, pid: '1', role: 'client', peer: '10.0.0.1', port: '1' };
          expect(await send(of(alert('', 'firing', { finding: finding('', { labels }) })))).toMatchObject({
            outcome: 'delivered',
          });
          const session = sessions.at(-1);
          const { headers, text, html } = read(session?.mail);
          expect(session?.to).toEqual(['ops@example.org']);
          expect([...headers.keys()].sort()).toEqual(HEADERS);
          expect(html).not.toContain('<script>');
          expect(text.length * html.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});

const HEADERS = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'mime-version',
  'references',
  'subject',
  'to',
  'x-mailer',
];

test('a receiver is built from the configuration file, and asks for STARTTLS by itself', async () => {
  const { port, sessions } = await given();
  const email = `{ smarthost: '127.0.0.1:${port}', from: h@example.org, to: [ops@example.org] }`;
  const text = `receivers: [{ name: mail, email: ${email} }]`;
  const [config] = parseConfigFile(text, 'halfclose.yml').receivers;
  const [receiver] = createReceivers(config!, manualClock(), memoryLog());
  expect(receiver).toMatchObject({ name: 'mail', kind: 'email', sendResolved: true });
  await receiver?.send(NOTIFICATION, new AbortController().signal);
  expect(sessions[0]?.commands.at(-1)).toBe('STARTTLS');
});

describe('what the server says', () => {
  test.each([
    ['greeting', { greeting: '554 5.3.2 no service here' }, 'refused', 554],
    ['greeting', { greeting: '421 4.3.2 too busy' }, 'retry', 421],
    ['sender', { mailFrom: '550 5.7.1 not you' }, 'refused', 550],
    ['sender', { mailFrom: '451 4.3.0 later' }, 'retry', 451],
    ['only recipient', { rcptTo: (): string => '550 5.1.1 no such user' }, 'refused', 550],
    ['only recipient', { rcptTo: (): string => '450 4.7.1 greylisted' }, 'retry', 450],
    ['begin of the mail', { data: '552 5.3.4 too big' }, 'refused', 552],
    ['mail', { end: '554 5.6.0 spam' }, 'refused', 554],
    ['mail', { end: '452 4.3.1 disk full' }, 'retry', 452],
  ] as const)('of the %s counts: %o', async (_, behaviour, outcome, status) => {
    const { send, port } = await given(behaviour);
    const answer = Object.values(behaviour).map((said) => (typeof said === 'string' ? said : said()))[0];
    expect(await send()).toMatchObject({
      outcome,
      reason: `127.0.0.1:${port}: ${answer}`,
      exchange: { status, answer: expect.stringContaining(answer ?? '') },
      ...(outcome === 'retry' && { inDoubt: false }),
    });
  });

  test('of one recipient keeps the mail from no other, and who was put off gets it alone', async () => {
    const to = ['a@example.org', 'b@example.org', 'c@example.org'];
    const { send, sessions, behave, port } = await given(
      {
        rcptTo: (address) =>
          ({ b: '450 4.7.1 greylisted', c: '550 5.1.1 unknown' })[address[0] ?? ''] ?? '250 ok',
      },
      { to },
    );
    expect(await send()).toMatchObject({
      outcome: 'retry',
      reason: `127.0.0.1:${port}: b@example.org: 450 4.7.1 greylisted`,
      inDoubt: true,
      exchange: { answer: expect.stringContaining('c@example.org: 550 5.1.1 unknown') },
    });
    behave({});
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    expect(sessions.map((session) => session.to)).toEqual([['a@example.org'], ['b@example.org'], to]);
    const [first, second, third] = sessions.map(({ mail }) => read(mail).headers.get('message-id'));
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('of one recipient for good is no failure while another takes it', async () => {
    const rcptTo = (address: string) => (address.startsWith('a') ? '550 5.1.1 unknown' : '250 ok');
    const { send } = await given({ rcptTo, pipelining: true }, { to: ['a@example.org', 'b@example.org'] });
    expect(await send()).toMatchObject({
      outcome: 'delivered',
      exchange: { answer: '250 2.0.0 queued\na@example.org: 550 5.1.1 unknown' },
    });
  });
});

describe('a connection', () => {
  test('that is dropped after the mail leaves it in doubt; the same mail is known by its identifier', async () => {
    const { send, sessions, behave } = await given({ end: 'drop' });
    expect(await send()).toMatchObject({ outcome: 'retry', inDoubt: true, exchange: { status: null } });
    behave({});
    await send();
    const [first, second] = sessions.map(({ mail }) => read(mail).headers.get('message-id'));
    expect(second).toBe(first);
  });

  test('that was in doubt does not lend its identifier to a mail that says something else', async () => {
    const { send, sessions, behave } = await given({ end: 'drop' });
    await send(of(alert('a', 'firing')));
    behave({});
    await send(of(alert('a', 'resolved')));
    const [first, second] = sessions.map(({ mail }) => read(mail).headers.get('message-id'));
    expect(second).not.toBe(first);
  });

  test.each([
    ['after the mail', { end: 'hang' }, true],
    ['before a word is said', { greeting: null }, false],
  ] as const)('that hangs %s is given up when the time is over', async (_, behaviour, inDoubt) => {
    const { send, port } = await given(behaviour, { timeout: 0.3 });
    expect(await send()).toMatchObject({
      outcome: 'retry',
      reason: `127.0.0.1:${port}: no answer within 0.3s`,
      inDoubt,
    });
  });

  test('that is not to be had is tried again', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await once(server.close(), 'close');
    expect(await emailTo(port)()).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/ECONNREFUSED/),
      inDoubt: false,
    });
  });

  test('is given up at once when Halfclose stops', async () => {
    const { send, sessions } = await given({ greeting: null }, { timeout: 600 });
    const stop = new AbortController();
    const sending = send(NOTIFICATION, stop.signal);
    await vi.waitFor(() => expect(sessions).toHaveLength(1));
    stop.abort();
    expect(await sending).toMatchObject({ outcome: 'retry', inDoubt: false });
  });

  test('to what answers without end is not read without end', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      const more = () => {
        while (socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', more);
      more();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await emailTo(port)()).toMatchObject({ outcome: 'retry', reason: expect.stringMatching(/size/) });
    await once(server.close(), 'close');
  });
});

describe('TLS and passwords', () => {
  const certificate = selfSigned('mail.example.org');
  const why = certificate ? null : 'needs openssl';
  const caFile = join(folder, 'ca.pem');
  const login = { user: 'halfclose', pass: 'correct horse' };
  const tls = { caFile, insecureSkipVerify: false };
  const behaviour: SmtpBehaviour = { ...(certificate && { certificate }), login };

  beforeAll(() => {
    if (certificate) writeFileSync(caFile, certificate.cert);
  });

  test.for(['starttls', 'tls'] as const)(
    '%s keeps mail and password from the network',
    async (security, ctx) => {
      if (why) return ctx.skip(why);
      const { send, sessions } = await given(
        { ...behaviour, implicitTls: security === 'tls' },
        { security, tls, username: login.user, password: login.pass },
      );
      expect(await send()).toMatchObject({ outcome: 'delivered' });
      expect(sessions).toMatchObject([
        { isEncrypted: true, isAuthenticated: true, mail: expect.any(String) },
      ]);
    },
  );

  test('without STARTTLS there is no mail where it is asked for', async () => {
    const { send, sessions } = await given({}, { security: 'starttls' });
    expect(await send()).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/502/) });
    expect(sessions).toMatchObject([{ mail: null, from: null }]);
  });

  test.for([
    ['that nobody vouches for', {}, /self.signed|DEPTH_ZERO/i],
    [
      'for another name',
      { tls: { ...tls, serverName: 'other.example.org' } },
      /ERR_TLS_CERT_ALTNAME_INVALID|altnames/,
    ],
  ] as const)('a certificate %s gets neither mail nor password', async ([, over, reason], ctx) => {
    if (why) return ctx.skip(why);
    const { send, sessions } = await given(behaviour, {
      security: 'starttls',
      username: login.user,
      password: login.pass,
      ...over,
    });
    expect(await send()).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(reason),
      inDoubt: false,
    });
    expect(sessions).toMatchObject([{ isAuthenticated: false, mail: null }]);
  });

  test('any certificate will do where that is asked for, and a name of its own where one is given', async (ctx) => {
    if (why) return ctx.skip(why);
    for (const own of [{ insecureSkipVerify: true }, { ...tls, serverName: 'mail.example.org' }]) {
      const { send } = await given(
        { ...behaviour, implicitTls: true },
        {
          security: 'tls',
          tls: own,
          username: login.user,
          password: login.pass,
        },
      );
      expect(await send()).toMatchObject({ outcome: 'delivered' });
    }
  });

  test('a password that is wrong is refused, and shown to nobody', async (ctx) => {
    if (why) return ctx.skip(why);
    const { send } = await given(behaviour, {
      security: 'starttls',
      tls,
      username: login.user,
      password: 'hunter22',
    });
    const delivery = await send();
    expect(delivery).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/535/) });
    expect(JSON.stringify(delivery)).not.toContain('hunter22');
  });

  test('a password from a file is read for each mail', async (ctx) => {
    if (why) return ctx.skip(why);
    const passwordFile = join(folder, 'password');
    const { send, sessions } = await given(behaviour, {
      security: 'starttls',
      tls,
      username: login.user,
      passwordFile,
    });
    expect(await send()).toMatchObject({ outcome: 'retry', reason: expect.stringContaining(passwordFile) });
    writeFileSync(passwordFile, `${login.pass}\n`);
    expect(await send()).toMatchObject({ outcome: 'delivered' });
    expect(sessions).toMatchObject([{ isAuthenticated: true }]);
  });

  test('a password is not sent in the clear, but to this host', () => {
    const login = { username: 'a', password: 'b', security: 'none' } as const;
    expect(() => emailTo(25, { ...login, smarthost: 'mail.example.org:25' })).toThrow(/without TLS/);
    expect(() => emailTo(25, { ...login, smarthost: '[::1]:25' })).not.toThrow();
  });
});

test.each(['nobody', 'a@b\r\nBcc: c@d', 'a@b, c', ''])('%j is no address, and said to be none', (address) => {
  expect(() => emailTo(25, { to: [address] })).toThrow(/expected one address/);
  expect(() => emailTo(25, { from: address })).toThrow(/expected one address/);
});

test('a text that is no template is said to be none when Halfclose starts', () => {
  expect(() => emailTo(25, { subject: '{{ status' })).toThrow();
});
