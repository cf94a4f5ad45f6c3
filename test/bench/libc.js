import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/**
 * TCP sockets by the system calls themselves. Node's own take ten times the CPU and memory of a socket that only has to
 * be there. All of it throws an error with the name of the call and of the error: `connect: EADDRNOTAVAIL`.
 */
const libc = koffi.load(null);
const calls = {
  socket: libc.func('int socket(int, int, int)'),
  bind: libc.func('int bind(int, const void *, uint32_t)'),
  listen: libc.func('int listen(int, int)'),
  connect: libc.func('int connect(int, const void *, uint32_t)'),
  accept: libc.func('int accept(int, void *, void *)'),
  shutdown: libc.func('int shutdown(int, int)'),
  close: libc.func('int close(int)'),
  getrusage: libc.func('int getrusage(int, void *)'),
};

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SHUT_WR = 1;
const RUSAGE_CHILDREN = -1;
/** sizeof(struct rusage) where longs have 64 bits: two timevals and 14 longs. */
const RUSAGE_BYTES = 144;
const BACKLOG = 128;

function call(name, ...args) {
  const result = calls[name](...args);
  if (result < 0) throw new Error(`${name}: ${getSystemErrorName(-koffi.errno())}`);
  return result;
}

/** @typedef {{ family: number, bytes: Buffer }} Address */

/**
 * The loopback address of a family, as a struct sockaddr_in or sockaddr_in6.
 * @param {'ipv4' | 'ipv6'} family
 * @param {number} port
 * @returns {Address}
 */
export function loopback(family, port) {
  const bytes = Buffer.alloc(family === 'ipv4' ? 16 : 28);
  const code = family === 'ipv4' ? AF_INET : AF_INET6;
  new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = code;
  bytes.writeUInt16BE(port, 2);
  if (family === 'ipv4') bytes.writeUInt32BE(0x7f000001, 4);
  else bytes[23] = 1;
  return { family: code, bytes };
}

/** @param {Address} address The descriptor of a socket that listens there. */
export function listenAt({ family, bytes }) {
  const listener = call('socket', family, SOCK_STREAM, 0);
  call('bind', listener, bytes, bytes.length);
  call('listen', listener, BACKLOG);
  return listener;
}

/**
 * The descriptors of both ends of a new connection.
 * @param {Address} address
 * @param {number} listener
 */
export function openPair({ family, bytes }, listener) {
  const client = call('socket', family, SOCK_STREAM, 0);
  call('connect', client, bytes, bytes.length);
  return { client, server: call('accept', listener, null, null) };
}

/** Says goodbye and stays: FIN_WAIT2 here, CLOSE_WAIT at the other end. */
export function halfClose(descriptor) {
  call('shutdown', descriptor, SHUT_WR);
}

export function close(descriptor) {
  call('close', descriptor);
}

/** What all children that have ended have cost so far, in seconds; the kernel counts it in microseconds. */
export function endedChildrenCpu() {
  const usage = Buffer.alloc(RUSAGE_BYTES);
  call('getrusage', RUSAGE_CHILDREN, usage);
  const [userSeconds, userMicros, systemSeconds, systemMicros] = new BigInt64Array(
    usage.buffer,
    usage.byteOffset,
    4,
  );
  return {
    user: Number(userSeconds) + Number(userMicros) / 1e6,
    system: Number(systemSeconds) + Number(systemMicros) / 1e6,
  };
}
