import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { HttpOptions, TlsOptions } from '../../model/receiver-options.ts';
import { readSmallFile } from './secret.ts';

/** What requests of one receiver go through. */
export interface Connection {
  /** Rejects where a certificate or key cannot be read. */
  dispatcher(): Promise<Dispatcher>;
  close(): Promise<void>;
}

export type ConnectionOptions = Partial<Pick<HttpOptions, 'proxyUrl' | 'tls'>> & {
  readonly timeoutSeconds: number;
};

/**
 * A connection that was kept open is often dead by the next message, which is then in doubt: messages are rare, and another
 * handshake costs nothing.
 */
const KEEP_ALIVE_MS = 1000;

/** Certificates and keys are read for each message, and connections made anew where they have changed. */
export function createConnection(options: ConnectionOptions): Connection {
  let current: { readonly pems: string; readonly dispatcher: Dispatcher } | null = null;
  return {
    async dispatcher() {
      const tls = await tlsOf(options.tls);
      const pems = JSON.stringify(tls);
      if (current?.pems !== pems) {
        void current?.dispatcher.close().catch(() => undefined);
        current = { pems, dispatcher: dispatcherOf(options, tls) };
      }
      return current.dispatcher;
    },
    async close() {
      await current?.dispatcher.destroy();
      current = null;
    },
  };
}

function dispatcherOf({ proxyUrl, timeoutSeconds }: ConnectionOptions, tls: object): Dispatcher {
  // Half of the time, so that who cannot be reached is told from who does not answer.
  const connect = { ...tls, timeout: timeoutSeconds * 500 };
  const limits = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // One timer of our own is over all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxyUrl === undefined) return new Agent({ ...limits, connect });
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: connect });
}

export async function tlsOf(tls: TlsOptions | undefined): Promise<object> {
  if (!tls) return {};
  const [ca, cert, key] = await Promise.all(
    [tls.caFile, tls.certFile, tls.keyFile].map((path) =>
      path === undefined ? undefined : readSmallFile(path),
    ),
  );
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    rejectUnauthorized: !tls.insecureSkipVerify,
  };
}
