import { readFileSync, readlinkSync } from 'node:fs';
import type { NamespaceKind } from '../model/observation.ts';
import { parseNamespaceMounts, type NamespaceMount } from './mount-info.ts';
import { inodeOf, procInodeOf, type NamespaceInodes } from './namespace-members.ts';
import { createNamespaceNames } from './namespace-names.ts';
import { listPids } from './process-walk.ts';

/** A network namespace that is alive. */
export interface Namespace extends NamespaceInodes {
  /**
   * Identifies it among those alive: its inode in nsfs, or `proc:` and `procInode` where no ns/net of its processes may be
   * read. When it is gone another one may get the same.
   */
  readonly key: string;
  /** The observer's own. */
  readonly isOwn: boolean;
  /** Unique in the list; `host` is the observer's own. */
  readonly name: string;
  readonly kind: NamespaceKind;
  /** Of those whose first thread is in it; ascending. */
  readonly pids: readonly number[];
  /** Paths that it is mounted on; they keep it alive, with or without a process. */
  readonly mounts: readonly string[];
}

export interface NamespaceList {
  /** The observer's own first. */
  readonly namespaces: readonly Namespace[];
  /** Processes that tell nothing of theirs: some namespaces may be missing. */
  readonly processesDenied: number;
  /** One line for each file that could not be read. */
  readonly errors: readonly string[];
}

export interface Namespaces {
  /** Throws where `procfs` cannot be listed. */
  list(): NamespaceList;
  /** What was seen from inside of a namespace: it tells which processes are in there to those who may not ask them. */
  learn(inodes: { readonly inode: number; readonly procInode: number }): void;
}

interface Group extends NamespaceInodes {
  readonly pids: number[];
  readonly mounts: string[];
}

/**
 * Finds the network namespaces by the processes in them, and those without a process by the paths they are mounted on.
 * A process of which both inodes are known joins what is found by the one and by the other; a mount tells only the first,
 * so a namespace whose processes may not be asked for it is listed twice, with its mount and with its processes, until
 * `learn` tells that both are the same.
 *
 * Not found are those that only a thread beside the first, an open descriptor, or a mount in a mount namespace other than
 * the observer's and that of process 1 keeps alive.
 */
export function createNamespaces(procfs: string): Namespaces {
  const names = createNamespaceNames(procfs);
  /** Asked for their net/tcp at once: a refusal costs more than an answer. */
  let denied = new Set<number>();
  /** `inode` by `procInode` as of the last list, and learned since: it holds on when the processes that told have ended. */
  let known = new Map<number, number>();

  return {
    list() {
      const visible = new Map<number, Group>();
      const hidden = new Map<number, Group>();
      const deniedNow = new Set<number>();
      let processesDenied = 0;

      const own = inodeOf(procfs, 'self');
      if (typeof own === 'number') groupOf(visible, own, { inode: own, procInode: null });
      for (const pid of listPids(procfs)) {
        const inode = denied.has(pid) ? 'denied' : inodeOf(procfs, pid);
        if (typeof inode === 'number') groupOf(visible, inode, { inode, procInode: null }).pids.push(pid);
        if (inode !== 'denied') continue;
        deniedNow.add(pid);
        const procInode = procInodeOf(procfs, pid);
        if (procInode === 'denied') processesDenied++;
        if (typeof procInode !== 'number') continue;
        groupOf(hidden, procInode, { inode: null, procInode }).pids.push(pid);
      }
      denied = deniedNow;

      const { mounts, errors } = readMounts(procfs);
      for (const { inode, path } of mounts) {
        groupOf(visible, inode, { inode, procInode: null }).mounts.push(path);
      }
      known = bothInodes(procfs, visible, hidden, known);

      const found = joined(visible, hidden, known).map((group) => ({
        ...group,
        key: group.inode === null ? `proc:${group.procInode}` : `${group.inode}`,
        inodeText: `${group.inode ?? group.procInode}`,
        isOwn: group.inode !== null && group.inode === own,
      }));
      const named = names.nameAll(found);
      const namespaces = found.map(({ key, inode, procInode, isOwn, pids, mounts }, i): Namespace => {
        return { key, inode, procInode, isOwn, ...named[i]!, pids, mounts };
      });
      return { namespaces, processesDenied, errors };
    },
    learn({ inode, procInode }) {
      for (const [before, its] of known) if (its === inode) known.delete(before);
      known.set(procInode, inode);
    },
  };
}

function groupOf(groups: Map<number, Group>, by: number, inodes: NamespaceInodes): Group {
  let group = groups.get(by);
  if (!group) {
    group = { ...inodes, pids: [], mounts: [] };
    groups.set(by, group);
  }
  return group;
}

/** `inode` by `procInode` where both are known, from a process that tells both, or from the last time. */
function bothInodes(
  procfs: string,
  visible: ReadonlyMap<number, Group>,
  hidden: ReadonlyMap<number, Group>,
  before: ReadonlyMap<number, number>,
): Map<number, number> {
  const known = new Map<number, number>();
  if (hidden.size === 0) return known;
  for (const [inode, { pids }] of visible) {
    for (const pid of pids) {
      const procInode = procInodeOf(procfs, pid);
      if (typeof procInode !== 'number') continue;
      known.set(procInode, inode);
      break;
    }
  }
  const told = new Set(known.values());
  for (const [procInode, inode] of before) {
    if (hidden.has(procInode) && !known.has(procInode) && !told.has(inode)) known.set(procInode, inode);
  }
  return known;
}

function joined(
  visible: ReadonlyMap<number, Group>,
  hidden: ReadonlyMap<number, Group>,
  known: ReadonlyMap<number, number>,
): Group[] {
  const groups = new Map(visible);
  const apart: Group[] = [];
  for (const [procInode, group] of hidden) {
    const inode = known.get(procInode);
    if (inode === undefined) {
      apart.push(group);
      continue;
    }
    const { pids, mounts } = groups.get(inode) ?? { pids: [], mounts: [] };
    groups.set(inode, { inode, procInode, pids: [...pids, ...group.pids].sort((a, b) => a - b), mounts });
  }
  return [...groups.values(), ...apart];
}

/** What is mounted where this process sees it, and where process 1 does: a container may see the host's by that. */
function readMounts(procfs: string): { mounts: NamespaceMount[]; errors: string[] } {
  const mounts: NamespaceMount[] = [];
  const errors: string[] = [];
  for (const { pid, root } of mountViews(procfs)) {
    const path = `${procfs}/${pid}/mountinfo`;
    try {
      const found = parseNamespaceMounts(readFileSync(path, 'utf8'));
      mounts.push(...found.map((mount) => ({ ...mount, path: root + mount.path })));
    } catch (error) {
      errors.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { mounts, errors };
}

function mountViews(procfs: string): { pid: 'self' | 1; root: string }[] {
  const own = { pid: 'self', root: '' } as const;
  try {
    const differs = readlinkSync(`${procfs}/1/ns/mnt`) !== readlinkSync(`${procfs}/self/ns/mnt`);
    return differs ? [own, { pid: 1, root: `${procfs}/1/root` }] : [own];
  } catch {
    // Who may not read that may not follow the paths either.
    return [own];
  }
}
