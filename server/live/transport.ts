import type { Socket } from 'socket.io';

type Connected = Pick<Socket, 'conn'>;

/** What lies below socket.io's own types: the `ws` socket of engine.io's WebSocket transport. */
interface WebSocketTransport {
  readonly writable: boolean;
  readonly socket?: { readonly bufferedAmount: number };
}

/** Bytes that this process holds for a client because the client does not take them. */
export function bufferedBytes(client: Connected): number {
  return (client.conn.transport as unknown as WebSocketTransport).socket?.bufferedAmount ?? 0;
}

/** False while the last message to a client has not been handed to the kernel whole. */
export function isWritable(client: Connected): boolean {
  return (client.conn.transport as unknown as WebSocketTransport).writable;
}

/**
 * Ends a connection at once, with a reset. A close in good order would wait for a client that reads nothing, its messages
 * kept in this process and then in the kernel's FIN_WAIT1.
 */
export function cutOff(client: Connected): void {
  client.conn.request.socket.resetAndDestroy();
}
