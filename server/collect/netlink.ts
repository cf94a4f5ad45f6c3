import { getSystemErrorName } from 'node:util';

/** A datagram socket to one family of the kernel's netlink; see netlink(7). */
export interface NetlinkSocket {
  /** This end's address: replies to it carry it. */
  readonly portId: number;
  send(message: Uint8Array): void;
  /**
   * Fills `buffer` with the next datagram, and returns that one's length: more than the buffer's where it was cut. Never
   * waits: a dump is made while it is received, so there is always more of it until its end.
   */
  receive(buffer: Uint8Array): number;
  close(): void;
}

/** Throws, as all of it does, an error with the name of the system call and of the error: `recv: ENOBUFS`. */
export type OpenNetlink = () => NetlinkSocket;

// The values of x86, ARM, POWER, RISC-V, LoongArch and s390. Source: include/linux/socket.h, include/linux/net.h,
// include/uapi/linux/netlink.h.
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** struct sockaddr_nl: u16 family, u16 padding, u32 port id, u32 groups. */
const ADDRESS_BYTES = 12;
const PORT_ID_WORD = 1;

/** Signals come while the kernel works; more than so many in a row do not. */
const MAX_INTERRUPTIONS = 100;

/** An open socket by its numbers, which another thread of this process can pass on. */
export interface NetlinkNumbers {
  readonly descriptor: number;
  readonly portId: number;
}

export interface Netlink {
  /** In the network namespace of the calling thread; there the socket stays. */
  open(): NetlinkSocket & NetlinkNumbers;
  /** Takes over a socket that another thread has opened, and closes it in the end. */
  adopt(numbers: NetlinkNumbers): NetlinkSocket;
}

/** What opens sockets to NETLINK_SOCK_DIAG in this process's network namespace; see `loadNetlink`. */
export async function loadSockDiagNetlink(): Promise<OpenNetlink> {
  return (await loadNetlink()).open;
}

/**
 * Netlink by the C library that Node.js itself runs on (glibc or musl). Rejects where koffi is not installed or not made
 * for this machine. No privilege is needed.
 */
export async function loadNetlink(): Promise<Netlink> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const calls = {
    socket: libc.func('int socket(int, int, int)'),
    connect: libc.func('int connect(int, const void *, uint32_t)'),
    getsockname: libc.func('int getsockname(int, void *, void *)'),
    send: libc.func('intptr_t send(int, const void *, size_t, int)'),
    recv: libc.func('intptr_t recv(int, void *, size_t, int)'),
    close: libc.func('int close(int)'),
  };

  /** Calls until no signal interrupts. The result is not negative. */
  function call(name: keyof typeof calls, ...args: unknown[]): number {
    for (let interruptions = 0; ; interruptions++) {
      const result = Number(calls[name](...args));
      if (result >= 0) return result;
      const code = getSystemErrorName(-koffi.errno());
      if (code !== 'EINTR' || interruptions >= MAX_INTERRUPTIONS) throw new Error(`${name}: ${code}`);
    }
  }

  function adopt({ descriptor, portId }: NetlinkNumbers): NetlinkSocket & NetlinkNumbers {
    let isOpen = true;
    // Once it is closed its number may be another file's.
    const checked = () => {
      if (!isOpen) throw new Error('the socket is closed');
      return descriptor;
    };
    return {
      descriptor,
      portId,
      send: (message) => void call('send', checked(), message, message.length, 0),
      receive: (buffer) => call('recv', checked(), buffer, buffer.length, MSG_TRUNC | MSG_DONTWAIT),
      close() {
        if (isOpen) calls.close(descriptor);
        isOpen = false;
      },
    };
  }

  return {
    adopt,
    open() {
      const descriptor = call('socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
      try {
        const address = new Uint32Array(ADDRESS_BYTES / 4);
        new Uint16Array(address.buffer)[0] = AF_NETLINK;
        // Connected to port 0, the kernel, it takes nothing from anybody else.
        call('connect', descriptor, address, ADDRESS_BYTES);
        call('getsockname', descriptor, address, Uint32Array.of(ADDRESS_BYTES));
        return adopt({ descriptor, portId: address[PORT_ID_WORD]! });
      } catch (error) {
        calls.close(descriptor);
        throw error;
      }
    },
  };
}
