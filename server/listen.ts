import { createServer, type AddressInfo, type Server as NetServer } from 'node:net';
import type { Server } from 'node:http';
import type { ListenAddress } from './model/config.ts';

export interface Listening {
  /** As asked for, with the port that the kernel chose where 0 was. */
  readonly addresses: readonly ListenAddress[];
  close(): Promise<void>;
}

/**
 * Opens every address for one HTTP server: the first by the server itself, the others by listeners that hand their
 * connections to it, so that routes, upgrades and limits exist once.
 * Rejects with one line naming the address that cannot be had; nothing stays open then.
 */
export async function listenOn(server: Server, addresses: readonly ListenAddress[]): Promise<Listening> {
  const open: NetServer[] = [];
  const bound: ListenAddress[] = [];
  const close = async () => {
    await Promise.all(open.map((one) => new Promise<void>((resolve) => one.close(() => resolve()))));
  };
  for (const [i, address] of addresses.entries()) {
    const one = i === 0 ? server : createServer((socket) => server.emit('connection', socket));
    try {
      await opened(one, address);
      open.push(one);
      bound.push({ host: address.host, port: (one.address() as AddressInfo).port });
    } catch (error) {
      await close();
      throw error;
    }
  }
  return { addresses: bound, close };
}

function opened(server: NetServer, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use by another program' : error.message;
      reject(new Error(`--web.listen-address: cannot listen on ${host}:${port}: ${why}`));
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
