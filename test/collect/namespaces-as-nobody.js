/**
 * Prints what a user without any right sees of network namespaces, and of those that are named (by an inode, or the pid
 * of one of their processes) and not its own, what a read gave.
 */
import { createNamespaceReader } from '../../dist/server/collect/namespace-reader.js';
import { createNamespaces } from '../../dist/server/collect/namespaces.js';
import { SocketTable } from '../../dist/server/model/socket-table.js';

const wanted = process.argv.slice(2).map(Number);
const reader = createNamespaceReader('/proc', { source: 'auto' });
const { namespaces, processesDenied, errors } = createNamespaces('/proc').list();
const reads = [];
for (const namespace of namespaces) {
  const { pids, mounts, inode, isOwn } = namespace;
  if (!wanted.some((each) => pids.includes(each) || each === inode)) continue;
  if (isOwn) {
    reads.push({ namespace });
    continue;
  }
  const table = new SocketTable();
  try {
    const read = await reader.read(namespace, table, new AbortController().signal);
    reads.push({ namespace, rows: table.count, read: read && { ...read, sockets: read.sockets.complete } });
  } catch (error) {
    reads.push({ namespace, mounts, error: error.message });
  }
}
const { missingCapabilities } = reader;
reader.close();
process.stdout.write(JSON.stringify({ processesDenied, errors, missingCapabilities, reads }));
