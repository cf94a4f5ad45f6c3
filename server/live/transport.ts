import type { Socket } from 'socket.io';

/** What lies below socket.io's own types: the `ws` socket of engine.io's WebSocket transport. */
interface WebSocketTransport {
  readonly writable: boolean;
  readonly socket?: { readonly bufferedAmount: number };
}

/** Bytes that this process holds for a client because the client does not take them. */
export function bufferedBytes(client: Pick<Socket, 'conn'>): number {
  return (client.conn.transport as unknown as WebSocketTransport).socket?.bufferedAmount ?? 0;
}

/** False while the last message to a client has not been handed to the kernel whole. */
export function isWritable(client: Pick<Socket, 'conn'>): boolean {
  return (client.conn.transport as unknown as WebSocketTransport).writable;
}
