import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createGuard } from '../server/guard.ts';

const guard = createGuard(
  {
    listen: [{ host: '127.0.0.1', port: 10793 }],
    telemetryPath: '/metrics',
    externalUrl: 'https://tcp.example.org/halfclose',
    allowedHosts: ['box.lan'],
  },
  ['http://127.0.0.1:10793', 'http://this-host:10794'],
);

const ask = (headers: Record<string, string>) => guard({ headers } as unknown as IncomingMessage);

describe('Host', () => {
  test.each([
    '127.0.0.1:10793',
    '127.0.0.1',
    'localhost:8080',
    'LOCALHOST',
    'localhost.',
    '[::1]:10793',
    '192.168.1.5:10793',
    'box.lan:10793',
    'tcp.example.org',
    'this-host:10794',
  ])('%s is answered', (host) => {
    expect(ask({ host })).toBeNull();
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:10793',
    'box.lan.evil.example',
    '0x7f000001',
    '127.1',
    'evil.example@127.0.0.1',
    '[::1',
    'a b',
    '',
  ])('%j is refused', (host) => {
    expect(ask({ host })).not.toBeNull();
  });

  test('a request without Host is refused', () => {
    expect(ask({})).toBe('a Host header is required');
  });

  test('what a stranger sent is short and printable in the refusal', () => {
    expect(ask({ host: 'a'.repeat(10_000) })?.length).toBeLessThan(400);
    const origin = `http://a\u009b31m\u202e${'b'.repeat(10_000)}`;
    expect(ask({ host: 'localhost', origin })).toMatch(
      /^requests from the origin "http:\/\/a\ufffd31m\ufffdb+…" are refused$/,
    );
  });

  test('the refusal says which flag would allow the name', () => {
    expect(ask({ host: 'other.lan:1' })).toContain('--web.allow-host=other.lan');
  });
});

describe('Origin', () => {
  test.each(['http://127.0.0.1:10793', 'https://127.0.0.1:10793', 'https://tcp.example.org'])(
    '%s may ask 127.0.0.1:10793',
    (origin) => {
      expect(ask({ host: '127.0.0.1:10793', origin, upgrade: 'websocket' })).toBeNull();
    },
  );

  test.each(['http://evil.example', 'http://127.0.0.1:8080', 'http://localhost:10793', 'null', ''])(
    '%j is refused at 127.0.0.1:10793',
    (origin) => {
      expect(ask({ host: '127.0.0.1:10793', origin })).toContain('origin');
      expect(ask({ host: '127.0.0.1:10793', origin, upgrade: 'websocket' })).toContain('origin');
    },
  );

  test('a WebSocket without Origin is refused, a plain request is not', () => {
    expect(ask({ host: '127.0.0.1:10793', upgrade: 'websocket' })).toBe(
      'an Origin header is required to open a WebSocket',
    );
    expect(ask({ host: '127.0.0.1:10793' })).toBeNull();
  });
});
