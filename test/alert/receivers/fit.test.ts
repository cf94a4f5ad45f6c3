import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { cutBytes, cutChars } from '../../../server/alert/receivers/fit.ts';
import type { Notification } from '../../../server/model/alert.ts';
import { manualClock, memoryLog } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { HTTP_KINDS, receiverOf, type HttpKind } from './kinds.ts';
import { named, NOTIFICATION } from './sample.ts';

afterEach(closeServers);

describe('a text that is cut', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });

  test('by characters is no longer than the maximum, and loses nothing where it fits', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (given, max) => {
        const cut = cutChars(given, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut).not.toMatch(/\p{Cs}/u);
        if (given.length <= max) expect(cut).toBe(given);
        else expect(given.startsWith(cut.slice(0, -1)) && cut.endsWith('…')).toBe(true);
      }),
    );
  });

  test('by bytes is no longer than the maximum, and ends with a whole character', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 3, max: 40 }), (given, max) => {
        const cut = cutBytes(given, max);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
        expect(cut).not.toMatch(/\p{Cs}/u);
        if (Buffer.byteLength(given) > max) expect(given.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });
});

/** What is sent, as the service would count it. */
interface Sent {
  readonly body: string;
  readonly json: {
    text?: string;
    content?: string;
    message?: string;
    title?: string;
    attachments?: { text: string }[];
    embeds?: { title: string; description: string }[];
    markdown?: { content: string };
  };
}

const bytes = (text = '') => Buffer.byteLength(text);
const LIMITS: Partial<Record<HttpKind, (sent: Sent) => void>> = {
  slack: ({ json }) => {
    for (const { text } of json.attachments ?? []) expect(text.length).toBeLessThanOrEqual(3000);
    expect(json.text?.length).toBeLessThanOrEqual(40_000);
  },
  discord: ({ json: { content = '', embeds = [] } }) => {
    expect(content.length).toBeLessThanOrEqual(2000);
    expect(embeds.length).toBeLessThanOrEqual(10);
    for (const { title, description } of embeds) {
      expect(title.length).toBeLessThanOrEqual(256);
      expect(description.length).toBeLessThanOrEqual(4096);
    }
    const total = embeds.reduce((sum, each) => sum + each.title.length + each.description.length, 0);
    expect(total).toBeLessThanOrEqual(6000);
  },
  telegram: ({ json: { text = '' } }) => {
    const plain = text.replace(/<\/?(b|a)( href="[^"]*")?>/g, '').replace(/&(amp|lt|gt|quot);/g, '&');
    expect(plain).not.toMatch(/<|>/);
    expect(plain.length).toBeLessThanOrEqual(4096);
    expect(text.split('<b>').length).toBe(text.split('</b>').length);
    expect(text.split('<a ').length).toBe(text.split('</a>').length);
  },
  ntfy: ({ json }) => {
    expect(bytes(json.message)).toBeLessThanOrEqual(4096);
    expect(bytes(json.title)).toBeLessThanOrEqual(250);
  },
  dingtalk: ({ body }) => {
    expect(bytes(body)).toBeLessThanOrEqual(20_000);
  },
  feishu: ({ body }) => {
    expect(bytes(body)).toBeLessThanOrEqual(20_000);
  },
  wecom: ({ json }) => {
    expect(bytes(json.markdown?.content)).toBeLessThanOrEqual(4096);
  },
};

describe.each(Object.keys(LIMITS) as HttpKind[])('%s', (kind) => {
  const { status, answer } = HTTP_KINDS[kind];

  async function given(more: object = {}) {
    const { url, requests } = await serve(answers(status, answer));
    const receiver = receiverOf(kind, url, manualClock(), memoryLog(), more);
    return async (notification: Notification): Promise<Sent> => {
      const delivery = await receiver.send(notification, new AbortController().signal);
      expect(delivery.outcome).toBe('delivered');
      const body = requests.at(-1)?.body ?? '';
      return { body, json: JSON.parse(body) as Sent['json'] };
    };
  }

  test('is sent no more than it takes, however many alerts there are and whatever names they have', async () => {
    const send = await given();
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...'<>&"\'\\*_~`|[]()#@\n', '数', '\u{1f600}', '\u202e', '\ud800'),
        fc.string(),
      ),
      maxLength: 300,
    });
    const language = fc.constantFrom('en' as const, 'zh-CN' as const);
    await fc.assert(
      fc.asyncProperty(
        hostile,
        fc.integer({ min: 1, max: 30 }),
        language,
        async (name, count, inLanguage) => {
          LIMITS[kind]?.(await send({ ...named(name, count), language: inLanguage }));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('says how many alerts are not shown', async () => {
    const send = await given();
    const { body } = await send(named('app', 30));
    expect(body).toMatch(/… and \d+ more/);
  });

  test('calls nobody by the name of a process', async () => {
    const send = await given();
    for (const name of ['@everyone', '@all', '<!channel>', '<@U123>', '<at user_id="all">x</at>', '<@all>']) {
      const { body, json } = await send(named(name));
      // Discord is told below to call nobody; the others here have no markup.
      const isHarmless = ['discord', 'ntfy', 'feishu'].includes(kind);
      if (!isHarmless) expect(body).not.toContain(JSON.stringify(name).slice(1, -1));
      if (kind === 'discord') expect(json).toMatchObject({ allowed_mentions: { parse: [] } });
      if (kind === 'feishu') expect(body).not.toMatch(/lark_md|"tag":"markdown"/);
    }
  });

  test('is sent what a template gives, cut to what it takes', async () => {
    const send = await given({ message: '{% for alert in alerts %}{{ alert.summary }}\n{% endfor %}' });
    expect((await send(NOTIFICATION)).body).toContain('does not close 812 connections to 10.0.0.1\\n');
    LIMITS[kind]?.(await send(named('x'.repeat(200), 300)));
  });
});
