import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createPost, type PostOptions } from '../../../server/alert/receivers/post.ts';
import { answers, closeServers, serve } from '../serve.ts';
import { selfSigned } from '../smtp-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfclose-'));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await closeServers();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return (server.address() as AddressInfo).port;
}

async function post(url: string, over: Partial<PostOptions>) {
  const target = createPost(url, { timeoutSeconds: 5, wallMs: () => 0, ...over });
  const delivery = await target.post('1', new AbortController().signal);
  await target.close();
  return delivery;
}

function pem(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('TLS', () => {
  const certificate = selfSigned('hook.example.org');
  const other = selfSigned('hook.example.org');
  const why = certificate && other ? null : 'needs openssl';
  const caFile = pem('ca.pem', certificate?.cert ?? '');
  const strict = { insecureSkipVerify: false };

  /** Answers with the name of the certificate that it is shown. */
  async function https(more: ServerOptions = {}): Promise<string> {
    const server = createHttpsServer({ ...certificate, ...more }, (request, response) => {
      const socket = request.socket as TLSSocket;
      response.end(String(socket.getPeerCertificate().subject?.CN ?? 'nobody'));
    });
    return `https://127.0.0.1:${await listening(server)}`;
  }

  test('takes a certificate of an authority that is given, and no other', async (ctx) => {
    if (why) ctx.skip(why);
    const url = await https();
    expect(await post(url, { tls: { ...strict, caFile } })).toMatchObject({ outcome: 'delivered' });
    expect(await post(url, {})).toMatchObject({
      outcome: 'retry',
      inDoubt: false,
      reason: `${url}: DEPTH_ZERO_SELF_SIGNED_CERT`,
    });
    const otherCa = pem('other.pem', other?.cert ?? '');
    expect(await post(url, { tls: { ...strict, caFile: otherCa } })).toMatchObject({ outcome: 'retry' });
  });

  test('takes any certificate where that is asked for', async (ctx) => {
    if (why) ctx.skip(why);
    expect(await post(await https(), { tls: { insecureSkipVerify: true } })).toMatchObject({
      outcome: 'delivered',
    });
  });

  test('asks for the name that is given, in place of that of the URL', async (ctx) => {
    if (why) ctx.skip(why);
    const url = await https();
    const tls = { ...strict, caFile, serverName: 'hook.example.org' };
    expect(await post(url, { tls })).toMatchObject({ outcome: 'delivered' });
    expect(await post(url, { tls: { ...tls, serverName: 'other.example.org' } })).toMatchObject({
      outcome: 'retry',
      inDoubt: false,
      reason: `${url}: ERR_TLS_CERT_ALTNAME_INVALID`,
    });
  });

  test('shows a certificate, which may be renewed between two messages', async (ctx) => {
    if (why) ctx.skip(why);
    const url = await https({ requestCert: true, rejectUnauthorized: true, ca: [other?.cert ?? ''] });
    const certFile = pem('client.pem', certificate?.cert ?? '');
    const keyFile = pem('client.key', certificate?.key ?? '');
    const tls = { ...strict, caFile, certFile, keyFile };
    const target = createPost(url, { timeoutSeconds: 5, wallMs: () => 0, tls });
    const { signal } = new AbortController();
    expect(await target.post('1', signal)).toMatchObject({ outcome: 'retry' });
    pem('client.pem', other?.cert ?? '');
    pem('client.key', other?.key ?? '');
    expect(await target.post('1', signal)).toMatchObject({
      outcome: 'delivered',
      exchange: { answer: 'hook.example.org' },
    });
    rmSync(certFile);
    expect(await target.post('1', signal)).toEqual({
      outcome: 'retry',
      reason: `cannot read ${certFile}: ENOENT`,
    });
    await target.close();
  });
});

describe('a proxy', () => {
  /** Counts what goes through it. */
  async function proxy(status = 200) {
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(status).end();
    });
    server.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url ?? ''}`);
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
      const [host = '', port] = (request.url ?? '').split(':');
      const through = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      for (const each of [through, socket]) each.on('error', () => undefined);
    });
    return { proxyUrl: `http://127.0.0.1:${await listening(server)}`, seen };
  }

  test('is gone through', async () => {
    const { proxyUrl, seen } = await proxy();
    const hook = await serve(answers(200));
    expect(await post(`${hook.url}/hook`, { proxyUrl })).toMatchObject({ outcome: 'delivered' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/^(CONNECT 127\.0\.0\.1:\d+|POST http:\/\/127\.0\.0\.1:\d+\/hook)$/);
  });

  test('carries TLS through from end to end', async (ctx) => {
    const certificate = selfSigned('hook.example.org');
    if (!certificate) ctx.skip('needs openssl');
    const { proxyUrl, seen } = await proxy();
    const port = await listening(createHttpsServer({ ...certificate }, (_, response) => response.end('ok')));
    const tls = { insecureSkipVerify: false, caFile: pem('end.pem', certificate?.cert ?? '') };
    expect(await post(`https://127.0.0.1:${port}`, { proxyUrl, tls })).toMatchObject({
      outcome: 'delivered',
    });
    expect(seen).toEqual([`CONNECT 127.0.0.1:${port}`]);
  });

  test('that lets nobody through, or is not there, is tried again', async () => {
    const hook = await serve(answers(200));
    const closed = await proxy(503);
    expect(await post(hook.url, { proxyUrl: closed.proxyUrl })).toMatchObject({ outcome: 'retry' });
    expect(hook.requests).toEqual([]);
    const { port } = await serve(answers(200));
    await closeServers();
    expect(await post('http://127.0.0.1:9', { proxyUrl: `http://127.0.0.1:${port}` })).toMatchObject({
      outcome: 'retry',
      reason: 'http://127.0.0.1:9: ECONNREFUSED',
    });
  });
});
