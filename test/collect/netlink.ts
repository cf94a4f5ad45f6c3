import { closeSync, openSync, readFileSync } from 'node:fs';
import koffi from 'koffi';
import { loadSockDiagNetlink, type NetlinkSocket, type OpenNetlink } from '../../server/collect/netlink.ts';

/** CLONE_NEWNET of include/uapi/linux/sched.h. */
const CLONE_NEWNET = 0x4000_0000;

/** Opens netlink sockets in the network namespace of a process; they stay there. Needs root. */
export async function netlinkIn(pid: number): Promise<OpenNetlink> {
  const open = await loadSockDiagNetlink();
  const setns = koffi.load(null).func('int setns(int, int)');
  const enter = (path: string) => {
    const namespace = openSync(path, 'r');
    try {
      if (setns(namespace, CLONE_NEWNET) !== 0) throw new Error(`setns to ${path} failed`);
    } finally {
      closeSync(namespace);
    }
  };
  return () => {
    enter(`/proc/${pid}/ns/net`);
    try {
      return open();
    } finally {
      enter(`/proc/${process.pid}/ns/net`);
    }
  };
}

/** What a real kernel answered to the first request, of sequence 1, of the socket with this port id. */
export const CAPTURED_DUMP = new Uint8Array(
  readFileSync(new URL('../fixtures/proc/sock_diag/dump', import.meta.url)),
);
export const CAPTURED_PORT = 7000;

/** One message, with the header of a reply to the request of sequence `sequence`. */
export function message(
  type: number,
  payload: Uint8Array = new Uint8Array(0),
  { sequence = 1, portId = CAPTURED_PORT, flags = 2 } = {},
): Uint8Array {
  const bytes = new Uint8Array((16 + payload.length + 3) & ~3);
  new Uint32Array(bytes.buffer, 0, 1)[0] = 16 + payload.length;
  new Uint16Array(bytes.buffer, 4, 2).set([type, flags]);
  new Uint32Array(bytes.buffer, 8, 2).set([sequence, portId]);
  bytes.set(payload, 16);
  return bytes;
}

/** The payload of a message that begins with a 32-bit number. */
export function number(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** Puts messages one behind the other, as they are in a datagram. */
export function datagram(...messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(messages));
}

/** What `receive` does next: fills the buffer, fails with the error, or reports a datagram of that length, cut. */
export type Received = Uint8Array | Error | { readonly cutAt: number };

/**
 * Stands in for the kernel, which cannot be made to fail at will: the nth socket that is opened answers with the nth
 * script, whose sequence numbers are patched to those of the request.
 */
export function scripted(
  ...scripts: readonly (readonly Received[])[]
): OpenNetlink & { opened: number; closed: number } {
  const counters = { opened: 0, closed: 0 };
  let sequence = 0;
  const open = (): NetlinkSocket => {
    const script = [...(scripts[counters.opened++] ?? [])];
    const offset = sequence;
    return {
      portId: CAPTURED_PORT,
      send(request) {
        sequence = new Uint32Array(request.slice(8, 12).buffer)[0]!;
      },
      receive(buffer) {
        const next = script.shift() ?? new Error('recv: EAGAIN');
        if (next instanceof Error) throw next;
        if ('cutAt' in next) return next.cutAt;
        buffer.set(shifted(next, offset));
        return next.length;
      },
      close() {
        counters.closed++;
      },
    };
  };
  return Object.defineProperties(open, {
    opened: { get: () => counters.opened },
    closed: { get: () => counters.closed },
  }) as ReturnType<typeof scripted>;
}

/** The same messages, with this much added to their sequence numbers. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 16 <= copy.length;) {
    const length = new Uint32Array(copy.slice(at, at + 4).buffer)[0]!;
    if (length < 16) break;
    const sequence = new Uint32Array(copy.slice(at + 8, at + 12).buffer)[0]! + by;
    copy.set(new Uint8Array(Uint32Array.of(sequence).buffer), at + 8);
    at += (length + 3) & ~3;
  }
  return new Uint8Array(view.buffer);
}
