import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * A script of this folder in a process of its own, which answers each line with a line and ends with its standard input.
 * Not fork(): the observer's entry takes a process that has a channel for its server's child.
 * @param {string} script
 * @param {...(string | number)} args
 */
export function startScript(script, ...args) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // As the server starts its observer: what is freed is given back.
    env: { MALLOC_MMAP_THRESHOLD_: String(128 * 1024), ...process.env },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = once(child, 'exit');
  // One that has ended does not read; `ask` tells of its end.
  child.stdin.on('error', () => undefined);
  return {
    pid: child.pid,
    /** @param {string} line */
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const answer = await lines.next();
      if (answer.done) throw new Error(`${script} ${args.join(' ')}: ended with ${(await exit)[0]}`);
      return answer.value;
    },
    async end() {
      child.stdin.end();
      await exit;
    },
  };
}
