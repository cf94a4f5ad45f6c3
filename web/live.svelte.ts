import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, LiveState, ObserverStatus, ServerEvents } from '../server/model/live.ts';
import { advance, pictureOf, type History, type Picture } from './stream.ts';

/**
 * The live picture of the host. It owns the WebSocket; the messages are put together in stream.ts. The picture is replaced
 * whole with each message (`$state.raw`): deep proxies over hundreds of numbers a second would cost more than they save.
 */
class Live {
  #picture = $state.raw<Picture | null>(null);
  #connected = $state(false);
  /** On the clock of performance.now(): the server's wall clock may differ from this machine's. */
  #receivedAt = $state(0);
  #now = $state(0);
  #awaitingSnapshot = true;

  connect(): void {
    const socket: Socket<ServerEvents, ClientEvents> = io({
      transports: ['websocket'],
      reconnectionDelayMax: 5000,
    });
    socket.on('disconnect', (reason) => {
      this.#connected = false;
      // Whom the server sent away the library does not bring back; it may have been slow for a moment.
      if (reason === 'io server disconnect') socket.connect();
    });
    socket.on('snapshot', (snapshot) => {
      this.#awaitingSnapshot = false;
      this.#connected = true;
      this.#take(pictureOf(snapshot), true);
    });
    socket.on('delta', (delta) => {
      if (!this.#picture || this.#awaitingSnapshot) return;
      const next = advance(this.#picture, delta);
      if (next) this.#take(next, delta.set.at !== undefined || delta.set.status !== undefined);
      else {
        this.#awaitingSnapshot = true;
        socket.emit('resync');
      }
    });
    socket.on('connect', () => (this.#awaitingSnapshot = true));
    setInterval(() => (this.#now = performance.now()), 1000);
  }

  #take(picture: Picture, tellsAge: boolean): void {
    this.#picture = picture;
    this.#now = performance.now();
    if (tellsAge) this.#receivedAt = this.#now;
  }

  get connected(): boolean {
    return this.#connected;
  }

  get state(): LiveState | null {
    return this.#picture?.state ?? null;
  }

  get status(): ObserverStatus | null {
    return this.#picture?.status ?? null;
  }

  get history(): History | null {
    return this.#picture?.history ?? null;
  }

  /** Counts observations: it changes when there is a new one, and only then. */
  readonly pass = $derived(this.#picture?.state?.at ?? 0);

  /** Seconds since the newest observation was made; null where there is none. */
  readonly ageSeconds = $derived.by(() => {
    const told = this.#picture?.status.observationAgeSeconds;
    if (told === null || told === undefined || !this.state) return null;
    return told + Math.max(0, this.#now - this.#receivedAt) / 1000;
  });

  /** True where what is shown may no longer be so: told by the server, or three intervals without a word. */
  readonly stale = $derived.by(() => {
    if (!this.state) return false;
    if (!this.#connected || this.status?.state === 'down') return true;
    return (this.ageSeconds ?? 0) > this.state.intervalSeconds * 3 + 2;
  });
}

export const live = new Live();
