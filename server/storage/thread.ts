/** The thread that waits for the disk, so that the server never does: it owns the store's files, and answers one call at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './database-file.ts';
import type { Call, Reply, ThreadData, ThreadStatus } from './protocol.ts';
import { loadSqlite } from './sqlite.ts';
import { FreshThread } from './store-file.ts';
import { Store } from './store.ts';

const { options, pending } = workerData as ThreadData;

/** null, and why, where there is no SQLite. */
const { store, without } = await loadSqlite().then(
  (open) => ({ store: new Store(open, options, pending), without: '' }),
  (error: unknown) => ({
    store: null,
    without: `no SQLite: this Node has none built in, and @photostructure/sqlite does not load: ${messageOf(error)}`,
  }),
);

function replyTo(call: Call): Reply {
  if (!store) {
    const status: ThreadStatus = { state: 'off', reason: without, bytes: 0, setAside: [] };
    return { outcome: { ok: false, message: without }, status };
  }
  try {
    const answer = store.answer(call);
    return { outcome: { ok: true, answer }, status: store.status() };
  } catch (error) {
    if (error instanceof FreshThread) return { startAgain: true, pending: error.aside };
    return { outcome: { ok: false, message: messageOf(error) }, status: store.status() };
  }
}

parentPort?.on('message', (call: Call) => {
  const reply = replyTo(call);
  parentPort?.postMessage(reply);
  // The end of the thread closes whatever is open.
  if (call.kind === 'close' || 'startAgain' in reply) parentPort?.close();
});
