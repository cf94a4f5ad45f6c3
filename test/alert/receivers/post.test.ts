import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_ANSWER_BYTES, MAX_RETRY_AFTER_SECONDS } from '../../../server/alert/receivers/answer.ts';
import { createPost } from '../../../server/alert/receivers/post.ts';
import { START_MS } from '../../given.ts';
import { answers, closeServers, serve } from '../serve.ts';

afterEach(closeServers);

const open = (url: string, over: Partial<Parameters<typeof createPost>[1]> = {}) =>
  createPost(url, { timeoutSeconds: 10, wallMs: () => START_MS, ...over });
/** Without the exchange, which has tests of its own. */
async function post(url: string, over: Partial<Parameters<typeof createPost>[1]> = {}) {
  const { exchange, ...delivery } = await open(url, over).post('{"a":1}', new AbortController().signal);
  void exchange;
  return delivery;
}

describe('what is sent', () => {
  test('is a POST of JSON with the headers of the configuration', async () => {
    const { url, requests } = await serve(answers(200));
    await post(`${url}/hook?token=x`, { headers: { 'X-Team': 'db', 'User-Agent': 'other' } });
    expect(requests).toMatchObject([
      {
        method: 'POST',
        url: '/hook?token=x',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json', 'x-team': 'db', 'user-agent': 'other' },
      },
    ]);
  });

  test('cannot hold a header that HTTP does not take, and the error does not say its value', () => {
    const headers = { 'X-Token': 'secret\nvalue' };
    expect(() => open('http://host/', { headers })).toThrow(/^http:\/\/host: "X-Token" is no header/);
    expect(() => open('http://host/', { headers })).not.toThrow(/secret/);
  });
});

describe('the answer', () => {
  test.each([200, 201, 202, 204])('%i is a delivery', async (status) => {
    const { url } = await serve(answers(status));
    expect(await post(url)).toEqual({ outcome: 'delivered' });
  });

  test.each([500, 502, 503, 504, 429])('%i is worth another attempt', async (status) => {
    const { url } = await serve(answers(status, 'busy\n'));
    expect(await post(url)).toEqual({ outcome: 'retry', reason: `${url}: ${status}: busy` });
  });

  test.each([400, 401, 403, 404, 413])('%i is a refusal', async (status) => {
    const { url } = await serve(answers(status, '\n  no such hook \u0007\nmore'));
    expect(await post(url)).toEqual({ outcome: 'refused', reason: `${url}: ${status}: no such hook` });
  });

  test.each([301, 302, 303, 307, 308])('%i is a refusal: no redirect is followed', async (status) => {
    const elsewhere = await serve(answers(200));
    const { url } = await serve(answers(status, '', { location: elsewhere.url }));
    expect(await post(url)).toEqual({
      outcome: 'refused',
      reason: `${url}: ${status}; redirects are not followed`,
    });
    expect(elsewhere.requests).toEqual([]);
  });

  test('500 once and then 200 is a failure once and then a delivery', async () => {
    let calls = 0;
    const { url } = await serve((request, response) => {
      answers(calls++ === 0 ? 500 : 200)(request, response);
    });
    const target = open(url);
    const { signal } = new AbortController();
    expect(await target.post('1', signal)).toMatchObject({ outcome: 'retry' });
    expect(await target.post('1', signal)).toMatchObject({ outcome: 'delivered' });
  });

  test.each([
    ['seconds', '120', 120],
    ['a date', new Date(START_MS + 30_000).toUTCString(), 30],
    ['a date that is past', new Date(START_MS - 30_000).toUTCString(), 0],
    ['more than is reasonable', '86400', MAX_RETRY_AFTER_SECONDS],
  ])('is waited for as long as Retry-After says: %s', async (_, header, afterSeconds) => {
    const { url } = await serve(answers(429, '', { 'retry-after': header }));
    expect(await post(url)).toEqual({ outcome: 'retry', reason: `${url}: 429`, afterSeconds });
  });

  test('with a Retry-After that cannot be read is a failure like others', async () => {
    const { url } = await serve(answers(503, '', { 'retry-after': 'soon' }));
    expect(await post(url)).toEqual({ outcome: 'retry', reason: `${url}: 503` });
  });

  test('with any Retry-After gives a wait between 0 and the maximum, or none', async () => {
    let header = '';
    const { url } = await serve((request, response) => {
      answers(503, '', { 'retry-after': header })(request, response);
    });
    const target = open(url);
    const printable = fc.string({ unit: fc.constantFrom(...'0123456789 -+.:,eGMTJanSun'), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(printable, async (text) => {
        header = text;
        const delivery = await target.post('1', new AbortController().signal);
        const { afterSeconds = 0 } = delivery as { afterSeconds?: number };
        expect(delivery.outcome).toBe('retry');
        expect(afterSeconds).toBeGreaterThanOrEqual(0);
        expect(afterSeconds).toBeLessThanOrEqual(MAX_RETRY_AFTER_SECONDS);
      }),
    );
  });

  test('without end is read to a maximum, and the connection is dropped', async () => {
    let written = 0;
    let closed: Promise<unknown> = Promise.resolve();
    const { url } = await serve((request, response) => {
      closed = new Promise((resolve) => request.socket.on('error', () => undefined).on('close', resolve));
      response.writeHead(400);
      flood(response, (bytes) => (written += bytes));
    });
    expect(await post(url)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/: 400: x{200}$/),
    });
    await closed;
    // What lies in the socket buffers between the two is beyond what was read, but it is not without end.
    expect(written).toBeGreaterThanOrEqual(MAX_ANSWER_BYTES);
  });
});

describe('a receiver that misbehaves', () => {
  test('by not answering is given up after the timeout, in doubt whether it has taken the request', async () => {
    const { url } = await serve(() => undefined);
    expect(await post(url, { timeoutSeconds: 0.2 })).toEqual({
      outcome: 'retry',
      reason: `${url}: no answer within 0.2s`,
      inDoubt: true,
    });
  });

  test('by sending its headers drop by drop is given up after the timeout', async () => {
    const { url } = await serve((request) => {
      request.socket.write('HTTP/1.1 200 OK\r\nX-Drip: ');
      drip(request.socket);
    });
    expect(await post(url, { timeoutSeconds: 0.3 })).toMatchObject({ outcome: 'retry', inDoubt: true });
  });

  test('by sending its body drop by drop is judged by its status', async () => {
    const dripping = (status: number): RequestListener => {
      return (request, response) => {
        response.writeHead(status).flushHeaders();
        drip(request.socket, '1\r\nx\r\n');
      };
    };
    const taken = await serve(dripping(200));
    expect(await post(taken.url, { timeoutSeconds: 0.3 })).toEqual({ outcome: 'delivered' });
    const refused = await serve(dripping(404));
    expect(await post(refused.url, { timeoutSeconds: 0.3 })).toEqual({
      outcome: 'refused',
      reason: `${refused.url}: 404`,
    });
  });

  test('by resetting the connection is tried again, in doubt', async () => {
    const { url } = await serve((request) => {
      request.socket.resetAndDestroy();
    });
    expect(await post(url)).toMatchObject({ outcome: 'retry', inDoubt: true });
  });

  test('by closing the connection without an answer is tried again, in doubt', async () => {
    const { url } = await serve((request) => {
      request.socket.end();
    });
    expect(await post(url)).toMatchObject({ outcome: 'retry', inDoubt: true });
  });

  test('by not speaking HTTP is tried again', async () => {
    const { url } = await serve((request) => {
      request.socket.end('220 mail ready\r\n');
    });
    expect(await post(url)).toMatchObject({ outcome: 'retry' });
  });

  test.each(['127.0.0.1', 'localhost'])(
    'by not listening on %s is tried again, without doubt',
    async (host) => {
      const { port } = await serve(answers(200));
      await closeServers();
      expect(await post(`http://${host}:${port}`)).toEqual({
        outcome: 'retry',
        reason: `http://${host}:${port}: ECONNREFUSED`,
        inDoubt: false,
      });
    },
  );
});

describe('the exchange', () => {
  const SECRET = 'tok"en/1234';
  const shown = async (url: string, body: string, secrets: string[] = []) =>
    (await open(url, { timeoutSeconds: 0.5 }).post(body, new AbortController().signal, secrets)).exchange;

  test('holds what was sent and answered, whatever came of it', async () => {
    const taken = await serve(answers(200, 'ok'));
    expect(await shown(taken.url, '1')).toEqual({ body: '1', status: 200, answer: 'ok' });
    const refused = await serve(answers(400, 'no'));
    expect(await shown(refused.url, '1')).toEqual({ body: '1', status: 400, answer: 'no' });
    const moved = await serve(answers(302, 'there'));
    expect(await shown(moved.url, '1')).toEqual({ body: '1', status: 302, answer: 'there' });
    const silent = await serve(() => undefined);
    expect(await shown(silent.url, '1')).toEqual({ body: '1', status: null, answer: '' });
  });

  test('holds no secret, in none of the forms it can have', async () => {
    const { port } = await serve((request, response) => {
      answers(403, `${request.url ?? ''} ${JSON.stringify({ key: SECRET })} ${SECRET}`)(request, response);
    });
    const url = `http://127.0.0.1:${port}/hook?key=${encodeURIComponent(SECRET)}`;
    const exchange = await shown(url, JSON.stringify({ key: SECRET, a: 1 }), [SECRET]);
    expect(exchange).toEqual({ body: '{"key":"…","a":1}', status: 403, answer: '… {"key":"…"} …' });
  });

  test('is cut', async () => {
    const { url } = await serve(answers(200, 'x'.repeat(100_000)));
    const exchange = await shown(url, 'y'.repeat(100_000));
    expect(exchange).toEqual({
      body: 'y'.repeat(MAX_ANSWER_BYTES),
      status: 200,
      answer: 'x'.repeat(MAX_ANSWER_BYTES),
    });
  });
});

describe('stopping', () => {
  test('ends an attempt that is under way', async () => {
    const controller = new AbortController();
    const { url } = await serve(() => {
      controller.abort();
    });
    expect(await open(url).post('1', controller.signal)).toMatchObject({ outcome: 'retry' });
  });

  test('before the attempt sends nothing', async () => {
    const { url, requests } = await serve(answers(200));
    expect(await open(url).post('1', AbortSignal.abort())).toMatchObject({ outcome: 'retry' });
    expect(requests).toEqual([]);
  });
});

describe('secrets', () => {
  const SECRET = 's3cr3t';

  test('of the URL are in no reason, not even where the server repeats them', async () => {
    const { port } = await serve((request, response) => {
      answers(404, `Cannot POST ${request.url ?? ''} (${request.url?.split('?')[0] ?? ''})`)(
        request,
        response,
      );
    });
    const delivery = await post(`http://127.0.0.1:${port}/services/${SECRET}?key=${SECRET}`);
    expect(delivery).toEqual({
      outcome: 'refused',
      reason: `http://127.0.0.1:${port}: 404: Cannot POST … (…)`,
    });
  });

  test('are in no reason of a network error', async () => {
    const { port } = await serve(answers(200));
    await closeServers();
    const delivery = await post(`http://127.0.0.1:${port}/${SECRET}`);
    expect(JSON.stringify(delivery)).not.toContain(SECRET);
  });
});

/** Writes as fast as it is read, until the connection is gone. */
function flood(response: ServerResponse, count: (bytes: number) => void): void {
  const chunk = 'x'.repeat(16_384);
  const more = () => {
    while (!response.destroyed) {
      count(chunk.length);
      if (!response.write(chunk)) return;
    }
  };
  response.on('drain', more);
  more();
}

function drip(socket: Socket, drop = 'x'): void {
  const timer = setInterval(() => socket.write(drop), 20);
  socket
    .on('error', () => undefined)
    .on('close', () => {
      clearInterval(timer);
    });
}
