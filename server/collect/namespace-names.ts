import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { NamespaceKind } from '../model/observation.ts';
import { printable } from '../model/printable.ts';
import { parseCgroup, type Cgroup } from './cgroup.ts';

/** What a name is made of. */
export interface Nameable {
  /** Identifies the namespace among those alive. */
  readonly key: string;
  /** What it is called where nothing better is known. */
  readonly inodeText: string;
  readonly isOwn: boolean;
  /** Ascending. */
  readonly pids: readonly number[];
  readonly mounts: readonly string[];
}

interface Named {
  readonly name: string;
  readonly kind: NamespaceKind;
}

interface NamespaceNames {
  /** A name for each, none twice; one that a namespace had on the last call it keeps while the reason for it stands. */
  nameAll(namespaces: readonly Nameable[]): Named[];
}

const MAX_NAME_LENGTH = 64;
/** So many processes have to agree on what they are, or all if there are fewer. */
const MAX_WITNESSES = 16;
/** As docker(1) and crictl(1) show an id. */
const SHORT_ID_LENGTH = 12;

/** Where ip-netns(8) keeps its names, here or below the root that process 1 has. */
const NETNS_FOLDER = /(?:^|\/root)(?:\/var)?\/run\/netns$/;
/** Made up by container runtimes; nobody calls a namespace by it. */
const NAME_OF_A_RUNTIME = /^(?:cni-|netns-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the processes agree on, and what the first of them was when they were asked. */
interface Agreement {
  readonly firstPid: number;
  readonly firstCgroup: string;
  readonly named: Named;
}

export function createNamespaceNames(procfs: string): NamespaceNames {
  let agreements = new Map<string, Agreement>();
  let assigned = new Map<string, { readonly wanted: string; readonly name: string }>();

  /** null: they are nothing that has a name, or not the same. Some 10 µs where nothing has changed. */
  function ofProcesses(key: string, pids: readonly number[], kept: Map<string, Agreement>): Named | null {
    const firstPid = pids[0];
    const firstCgroup = firstPid === undefined ? null : cgroupText(procfs, firstPid);
    if (firstPid === undefined || firstCgroup === null) return null;
    let agreement = agreements.get(key);
    if (agreement?.firstPid !== firstPid || agreement.firstCgroup !== firstCgroup) {
      if (!agreedName([parseCgroup(firstCgroup)])) return null;
      const others = pids.slice(1, MAX_WITNESSES).flatMap((pid) => cgroupText(procfs, pid) ?? []);
      const named = agreedName([firstCgroup, ...others].map(parseCgroup));
      // One that is just being started has not found its place yet: they are asked again.
      if (!named) return null;
      agreement = { firstPid, firstCgroup, named };
    }
    kept.set(key, agreement);
    return agreement.named;
  }

  return {
    nameAll(namespaces) {
      const kept = new Map<string, Agreement>();
      const wanted = namespaces.map(({ key, inodeText, isOwn, pids, mounts }): Named => {
        if (isOwn) return { name: 'host', kind: 'host' };
        const mounted = nameOfMounts(mounts);
        if (mounted !== undefined) return { name: mounted, kind: 'named' };
        return ofProcesses(key, pids, kept) ?? { name: inodeText, kind: 'unnamed' };
      });
      agreements = kept;

      const names = new Map<string, { readonly wanted: string; readonly name: string }>();
      const taken = new Set<string>();
      const assign = (key: string, wanted: string, name: string) => {
        taken.add(name);
        names.set(key, { wanted, name });
      };
      for (const [i, { key, isOwn }] of namespaces.entries()) {
        const { name } = wanted[i]!;
        const before = assigned.get(key);
        if (isOwn) assign(key, name, name);
        else if (before?.wanted === name && !taken.has(before.name)) assign(key, name, before.name);
      }
      for (const [i, { key, inodeText }] of namespaces.entries()) {
        const { name } = wanted[i]!;
        if (names.has(key)) continue;
        const candidates = [name, `${name} (${inodeText})`];
        assign(key, name, candidates.find((candidate) => !taken.has(candidate)) ?? key);
      }
      assigned = names;
      return namespaces.map(({ key }, i) => ({ name: names.get(key)?.name ?? key, kind: wanted[i]!.kind }));
    },
  };
}

function nameOfMounts(mounts: readonly string[]): string | undefined {
  const names = mounts.filter((path) => NETNS_FOLDER.test(dirname(path))).map((path) => basename(path));
  const name = names.find((name) => !NAME_OF_A_RUNTIME.test(name));
  return name === undefined ? undefined : printable(name, MAX_NAME_LENGTH);
}

/** The containers of a pod share its namespace, so the pod comes first. */
function agreedName(cgroups: readonly Cgroup[]): Named | null {
  const podUid = agreed(cgroups.map((cgroup) => cgroup.podUid));
  if (podUid !== null) return { name: podUid, kind: 'pod' };
  const id = agreed(cgroups.map(({ container }) => container?.id ?? null));
  if (id !== null) {
    const short = /^[0-9a-f]{64}$/.test(id) ? id.slice(0, SHORT_ID_LENGTH) : printable(id, MAX_NAME_LENGTH);
    return { name: short, kind: 'container' };
  }
  const unit = agreed(cgroups.map((cgroup) => cgroup.unit));
  return unit === null ? null : { name: printable(unit, MAX_NAME_LENGTH), kind: 'unit' };
}

function agreed(values: readonly (string | null)[]): string | null {
  const first = values[0] ?? null;
  return values.every((value) => value === first) ? first : null;
}

/** null where it has ended or may not be read. */
function cgroupText(procfs: string, pid: number): string | null {
  try {
    return readFileSync(`${procfs}/${pid}/cgroup`, 'utf8');
  } catch {
    return null;
  }
}
