/**
 * The thread that enters network namespaces, one after the other, so that no other thread of the process ever leaves its
 * own. What it opens in there it passes on by number. It runs until it is told to end, or cannot find its way back.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { NO_LIMITS } from '../model/snapshot.ts';
import { mayHaveSockets, readCounters } from './counters.ts';
import { readLimits } from './limits.ts';
import type { Entry, EntryAnswer, EntryQuestion } from './namespace-entry.ts';
import { procInodeOf } from './namespace-members.ts';
import { loadNetlink, type NetlinkNumbers } from './netlink.ts';

/** Source: include/uapi/linux/sched.h. */
const CLONE_NEWNET = 0x4000_0000;

const { procfs } = workerData as { procfs: string };
const netlink = await loadNetlink();
const { default: koffi } = await import('koffi');
const setns = koffi.load(null).func('int setns(int, int)');
const home = openSync(`${procfs}/thread-self/ns/net`, 'r');
let isHome = true;

parentPort?.on('message', (question: EntryQuestion | null) => {
  if (question === null) return void parentPort?.close();
  const entry = enterAny(question);
  goHome();
  parentPort?.postMessage({ id: question.id, entry } satisfies EntryAnswer);
});

/** By the first path that still leads to the namespace. */
function enterAny(question: EntryQuestion): Entry {
  let failure: string | undefined;
  for (const path of question.paths) {
    try {
      if (enter(path, question.inode)) return question.read ? readInside() : openInside();
    } catch (error) {
      failure ??= error instanceof Error ? error.message : String(error);
    }
  }
  return failure === undefined ? { outcome: 'gone' } : { outcome: 'failed', reason: failure };
}

/** False where the path leads to it no more. */
function enter(path: string, inode: number): boolean {
  let target: number;
  try {
    // A path may have become anything since it was found: to open a pipe would wait for its writer.
    target = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return false;
    }
    throw error;
  }
  try {
    if (fstatSync(target).ino !== inode) return false;
    if (setns(target, CLONE_NEWNET) === 0) {
      isHome = false;
      return true;
    }
    const code = getSystemErrorName(-koffi.errno());
    if (code === 'EINVAL') return false;
    throw new Error(`${path}: setns: ${code}`);
  } finally {
    closeSync(target);
  }
}

/** Where there is no way back the error ends this thread: what it was asked for fails, and the next one begins at home. */
function goHome(): void {
  if (isHome) return;
  if (setns(home, CLONE_NEWNET) !== 0) {
    throw new Error(`setns to the observer's own namespace: ${getSystemErrorName(-koffi.errno())}`);
  }
  isHome = true;
}

function readInside(): Entry {
  // net is that of the process; thread-self/net is that of this thread, and so is sys/net.
  const counted = readCounters(`${procfs}/thread-self`);
  const limited = readLimits(procfs);
  const procInode = procInodeOf(procfs, 'thread-self');
  return {
    outcome: 'entered',
    socket: mayHaveSockets(counted.counters) ? openSocket() : null,
    counters: counted.counters,
    limits: limited.limits,
    errors: [...counted.errors, ...limited.errors],
    procInode: typeof procInode === 'number' ? procInode : null,
  };
}

function openInside(): Entry {
  return {
    outcome: 'entered',
    socket: openSocket(),
    counters: {},
    limits: NO_LIMITS,
    errors: [],
    procInode: null,
  };
}

function openSocket(): NetlinkNumbers {
  const { descriptor, portId } = netlink.open();
  return { descriptor, portId };
}
