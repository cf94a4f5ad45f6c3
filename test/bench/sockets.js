import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOAD = fileURLToPath(new URL('load.js', import.meta.url));

/** Both ends of a connection are descriptors of one process, which in many sandboxes may have 20,000. */
const CONNECTIONS_A_PROCESS = 9_000;

/**
 * Opens that many sockets in this network namespace, two a connection, and returns what closes them. The sockets
 * themselves are left alone meanwhile.
 * @param {number} count
 * @returns {Promise<() => Promise<void>>}
 */
export async function openSockets(count) {
  // Each process connects to a port of its own, so that the range is not shared; the default one is too small even so.
  writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '1024 65535');
  const programs = [];
  for (let left = count / 2; left > 0; left -= CONNECTIONS_A_PROCESS) {
    const connections = String(Math.ceil(Math.min(left, CONNECTIONS_A_PROCESS)));
    const program = spawn(process.execPath, [LOAD, connections], { stdio: ['pipe', 'pipe', 'inherit'] });
    programs.push(program);
    await Promise.race([
      once(program.stdout, 'data'),
      once(program, 'exit').then(([code]) => Promise.reject(new Error(`load.js ended with ${code}`))),
    ]);
  }
  return async () => {
    for (const program of programs) {
      const ended = once(program, 'exit');
      program.stdin.end();
      await ended;
    }
  };
}
