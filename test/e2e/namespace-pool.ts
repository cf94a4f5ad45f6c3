import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ForksPoolWorker, type PoolRunnerInitializer } from 'vitest/node';

const NODE_IN_NAMESPACE = fileURLToPath(new URL('in-namespace.sh', import.meta.url));

/**
 * Runs each test file in a process in a network namespace of its own, so that a test, the programs it starts, the
 * browser and Prometheus all share a loopback that nothing else on the host is on. The namespace ends with its last
 * process. Null where one cannot be made: the files then run as any other, and skip what needs it.
 */
export function namespacePool(): PoolRunnerInitializer | null {
  if (spawnSync(NODE_IN_NAMESPACE, ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  return { name: 'namespace', createPoolWorker: (options) => new NamespaceWorker(options) };
}

class NamespaceWorker extends ForksPoolWorker {
  override name = 'namespace';

  override start(): Promise<void> {
    // fork() takes the program to run from here, and the pool gives it no other.
    const node = process.execPath;
    process.execPath = NODE_IN_NAMESPACE;
    try {
      return super.start();
    } finally {
      process.execPath = node;
    }
  }
}
