import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { manualClock, memoryLog } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { HTTP_KIND_NAMES, HTTP_KINDS, receiverOf, SECRET } from './kinds.ts';
import { NOTIFICATION } from './sample.ts';

afterEach(closeServers);

/** Tells of errors in the body too: what breaks off before it has told is in doubt. */
const READS_BODIES: readonly string[] = ['telegram', 'dingtalk', 'feishu', 'wecom'];

describe.each(HTTP_KIND_NAMES)('%s', (kind) => {
  const { status, answer } = HTTP_KINDS[kind];

  async function given(listener: RequestListener, more: object = {}) {
    const server = await serve(listener);
    const log = memoryLog();
    const receiver = receiverOf(kind, server.url, manualClock(), log, more);
    return {
      ...server,
      receiver,
      send: (signal = new AbortController().signal) => receiver.send(NOTIFICATION, signal),
    };
  }

  test('delivers, and shows what it sent without a secret', async () => {
    const { send, requests, receiver } = await given(answers(status, answer));
    const delivery = await send();
    expect(delivery).toMatchObject({ outcome: 'delivered', exchange: { status, answer } });
    expect(JSON.stringify(delivery)).not.toContain(SECRET);
    expect(requests[0]).toMatchObject({ method: 'POST', headers: { 'user-agent': 'halfclose' } });
    expect(receiver).toMatchObject({ name: 'team', kind });
    await receiver.close?.();
  });

  test.each([500, 502, 503, 504, 429])('tries again after %i, as late as it is told', async (code) => {
    const { send } = await given(answers(code, 'busy', { 'retry-after': '7' }));
    expect(await send()).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(new RegExp(`: ${code}: busy$`)),
      afterSeconds: 7,
    });
  });

  test.each([400, 401, 403, 404])('is refused by %i', async (code) => {
    const { send } = await given(answers(code, 'no'));
    expect(await send()).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(new RegExp(`: ${code}: no$`)),
    });
  });

  test('follows no redirect', async () => {
    const elsewhere = await serve(answers(status, answer));
    const { send } = await given(answers(307, '', { location: elsewhere.url }));
    expect(await send()).toMatchObject({ outcome: 'refused', exchange: { status: 307 } });
    expect(elsewhere.requests).toEqual([]);
  });

  test('gives up on a server that hangs, in doubt', async () => {
    const { send } = await given(() => undefined, { timeout: '200ms' });
    expect(await send()).toMatchObject({ outcome: 'retry', inDoubt: true, exchange: { status: null } });
  });

  test('gives up on a server whose headers drip, in doubt', async () => {
    const { send } = await given(
      (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\nX-Drip: ');
        drip(request.socket, 'x');
      },
      { timeout: '200ms' },
    );
    expect(await send()).toMatchObject({ outcome: 'retry', inDoubt: true });
  });

  test('judges by its status an answer whose body drips, where the status tells all', async () => {
    const { send } = await given(
      (request, response) => {
        response.writeHead(status).flushHeaders();
        drip(request.socket, '1\r\nx\r\n');
      },
      { timeout: '200ms' },
    );
    const expected = READS_BODIES.includes(kind)
      ? { outcome: 'retry', inDoubt: true }
      : { outcome: 'delivered' };
    expect(await send()).toMatchObject(expected);
  });

  test('reads an answer without end to a maximum', async () => {
    const { send } = await given((_, response) => {
      response.writeHead(400);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    expect(await send()).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/: x{200}$/) });
  });

  test('tries again where the connection is reset, in doubt', async () => {
    const { send } = await given((request) => {
      request.socket.resetAndDestroy();
    });
    expect(await send()).toMatchObject({ outcome: 'retry', inDoubt: true });
  });

  test('tries again where nobody listens, without doubt', async () => {
    const { send } = await given(answers(status, answer));
    await closeServers();
    const delivery = await send();
    expect(delivery).toMatchObject({
      outcome: 'retry',
      inDoubt: false,
      reason: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED$/),
    });
    expect(JSON.stringify(delivery)).not.toContain(SECRET);
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const { send } = await given(() => {
      controller.abort();
    });
    expect(await send(controller.signal)).toMatchObject({ outcome: 'retry' });
  });
});

function drip(socket: Socket, drop: string): void {
  const timer = setInterval(() => socket.write(drop), 20);
  socket
    .on('error', () => undefined)
    .on('close', () => {
      clearInterval(timer);
    });
}
