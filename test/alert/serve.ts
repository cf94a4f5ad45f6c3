import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Request {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const closing: (() => Promise<void>)[] = [];

/** A real HTTP server on a free port of loopback; `answer` is called once the request's body is in. */
export async function serve(
  answer: RequestListener,
): Promise<{ url: string; port: number; requests: Request[] }> {
  const requests: Request[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  closing.push(async () => {
    http.closeAllConnections();
    await once(http.close(), 'close');
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, requests };
}

/** Closes every server that was started, and their connections; for afterEach(). */
export async function closeServers(): Promise<void> {
  await Promise.all(closing.splice(0).map((close) => close()));
}

export function answers(status: number, body = '', headers: Record<string, string> = {}): RequestListener {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}
