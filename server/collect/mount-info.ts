/** A path that a network namespace is mounted on, which keeps it alive without any process. */
export interface NamespaceMount {
  /** Of the namespace in nsfs. */
  readonly inode: number;
  readonly path: string;
}

/** `42 40 0:4 net:[4026532315] /run/netns/blue rw shared:2 - nsfs nsfs rw`: root of the mount, mount point, file system. */
const NSFS_MOUNT = /^\d+ \d+ \S+ net:\[(\d{1,15})\] (\/\S*) (?:.* )?- nsfs /;

/**
 * The network namespaces in the text of /proc/PID/mountinfo. One that is mounted on several paths is there as often, each
 * path once. Lines of other mounts, and lines that make no sense, are passed over.
 * Source: proc_pid_mountinfo(5), ns_dname() in fs/nsfs.c.
 */
export function parseNamespaceMounts(text: string): NamespaceMount[] {
  const mounts = new Map<string, NamespaceMount>();
  for (const line of text.split('\n')) {
    const [, inode, escaped] = NSFS_MOUNT.exec(line) ?? [];
    if (inode === undefined || escaped === undefined) continue;
    const path = unescaped(escaped);
    // The last one that is mounted on a path hides the others.
    mounts.set(path, { inode: Number(inode), path });
  }
  return [...mounts.values()];
}

/** Space, tab, newline, backslash and `#` stand as three octal digits. Source: mangle_path() in fs/seq_file.c. */
function unescaped(path: string): string {
  return path.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
