import { printable } from '../model/printable.ts';

/** What the control group of a process says about who runs it. Paths are chosen by users: all text is made printable. */
export interface Cgroup {
  /** The innermost systemd service or scope, such as `nginx.service`; in a container only one that is inside it. */
  readonly unit: string | null;
  readonly container: Container | null;
  /** Of the Kubernetes pod, as the API server has it; a static pod's is 32 digits without dashes. */
  readonly podUid: string | null;
}

interface Container {
  /** 64 hexadecimal digits; of LXC the container's name. */
  readonly id: string;
  readonly runtime: ContainerRuntime;
}

type ContainerRuntime = 'docker' | 'containerd' | 'cri-o' | 'podman' | 'lxc' | 'unknown';

/** No file of the kernel's is longer; the rest of a longer text is left out. */
const MAX_TEXT_LENGTH = 64 * 1024;
const MAX_NAME_LENGTH = 128;

/** Of a path whose last link was removed while the process was in it. Source: proc_cgroup_show() in kernel/cgroup/cgroup.c. */
const DELETED = ' (deleted)';

/** `docker-<id>.scope` by the systemd driver, `crio-<id>` and `<id>` by the cgroupfs driver, `…:cri-containerd:<id>` by both mixed. */
const CONTAINER = /^(?:(.*)[-:])?([0-9a-f]{64})(?:\.scope)?$/;
const RUNTIMES: Readonly<Record<string, ContainerRuntime>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
  'libpod-payload': 'podman',
};
/** The process that watches over a container from outside, not in it. */
const MONITOR = /(?:^|-)conmon$/;
/** What a container of Podman has inside the service that it was started by (`--cgroups=split`): the service is its unit. */
const OF_A_SERVICE = 'libpod-payload';
const LXC = /^lxc\.payload\.(.+)$/;
const LXC_PARENTS = ['lxc', 'lxc.payload'];

/** `pod<uid>` by the cgroupfs driver, `kubepods-burstable-pod<uid>.slice` with underscores by systemd's. */
const POD = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:$|\.slice(?:$|:))/;

const UNIT = /.\.(?:service|scope)$/;
/** The service manager itself: of a user it is better known as `user@1000.service`. */
const MANAGER = 'init.scope';

/**
 * What /proc/PID/cgroup says: lines of `hierarchy:controllers:path`, of cgroup v1, v2 or both.
 * Never throws; what is not known is null.
 * Source: cgroups(7); https://systemd.io/CGROUP_DELEGATION/; the cgroup paths of each runtime's own documentation.
 */
export function parseCgroup(text: string): Cgroup {
  let container: Container | null = null;
  let unit: string | null = null;
  let podUid: string | null = null;
  let parent = '';
  for (const name of pathOf(text.slice(0, MAX_TEXT_LENGTH)).split('/')) {
    if (name === '' || name === '..') continue;
    podUid = POD.exec(name)?.[1]?.replaceAll('_', '-') ?? podUid;
    const [, prefix, id] = CONTAINER.exec(name) ?? [];
    const lxcName = LXC.exec(name)?.[1] ?? (LXC_PARENTS.includes(parent) ? name : undefined);
    if (id !== undefined && !MONITOR.test(prefix ?? '')) {
      container = { id, runtime: runtimeOf(prefix, parent) };
      // The units further out are those of the runtime.
      if (prefix !== OF_A_SERVICE) unit = null;
    } else if (lxcName !== undefined) {
      container = { id: printable(lxcName, MAX_NAME_LENGTH), runtime: 'lxc' };
      unit = null;
    } else if (id === undefined && UNIT.test(name) && (name !== MANAGER || unit === null)) {
      unit = printable(unescaped(name), MAX_NAME_LENGTH);
    }
    parent = name;
  }
  return { unit, container, podUid };
}

/** The path in the hierarchy that tells most: of v2, then systemd's own, then any. The root says nothing. */
function pathOf(text: string): string {
  let systemd: string | undefined;
  let other: string | undefined;
  for (const line of text.split('\n')) {
    const [, hierarchy, controllers, whole] = /^(\d+):([^:]*):(\/.*)$/s.exec(line) ?? [];
    const path = whole?.endsWith(DELETED) ? whole.slice(0, -DELETED.length) : whole;
    if (path === undefined || path === '/') continue;
    if (hierarchy === '0' && controllers === '') return path;
    if (controllers === 'name=systemd') systemd ??= path;
    else other ??= path;
  }
  return systemd ?? other ?? '';
}

/** Kubernetes' cgroupfs driver names no runtime: its parent is the pod. */
function runtimeOf(prefix: string | undefined, parent: string): ContainerRuntime {
  const words = prefix?.split(':').at(-1) ?? parent;
  return Object.hasOwn(RUNTIMES, words) ? (RUNTIMES[words] ?? 'unknown') : 'unknown';
}

/**
 * systemd writes bytes that a unit's name may not have as `\x2d`, and puts `_` before names that the kernel's own files
 * in a cgroup may have. Source: unit_name_escape() in src/basic/unit-name.c, cg_escape() in src/basic/cgroup-util.c.
 */
function unescaped(name: string): string {
  const unit = name.startsWith('_') ? name.slice(1) : name;
  return unit.replace(/(?:\\x[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('\\x', ''), 'hex').toString('utf8'),
  );
}
