import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestError } from './errors.ts';

/** Of all large answers together, what is held for readers that have not taken it yet. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Who takes nothing of an answer for so long is cut off. */
const STALLED_MS = 30_000;

/** Bounds what slow readers of large answers make this process hold: each answer counts in full until it is taken or cut off. */
export class Untaken {
  #bytes = 0;
  readonly #maxBytes;
  readonly #stalledMs;

  constructor(maxBytes = MAX_BYTES, stalledMs = STALLED_MS) {
    this.#maxBytes = maxBytes;
    this.#stalledMs = stalledMs;
  }

  /** Refuses an answer for which there is no room. */
  check(bytes = 0): void {
    if (this.#bytes > 0 && this.#bytes + bytes >= this.#maxBytes) {
      const held = Math.round(this.#bytes / 2 ** 20);
      const why = `${held} MB of answers wait for readers that are slow to take them; try again soon`;
      throw new RequestError(503, 'busy', why);
    }
  }

  /** To be called just before it is sent. */
  hold(bytes: number, { socket }: IncomingMessage, response: ServerResponse): void {
    if (response.destroyed || socket.destroyed) return;
    this.check(bytes);
    this.#bytes += bytes;
    let isHeld = true;
    const release = () => {
      if (isHeld) this.#bytes -= bytes;
      isHeld = false;
      response.off('close', release);
      socket.off('close', release);
    };
    // Of several answers that wait for one another on a connection, only the first is told that it has ended.
    response.on('close', release);
    socket.on('close', release);
    // Node counts from the last byte that the socket took, not from the last call.
    response.setTimeout(this.#stalledMs);
  }
}
