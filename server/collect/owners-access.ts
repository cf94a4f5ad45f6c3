import { OWNER_CAPABILITIES, type Access, type OwnerCapability } from '../model/observation.ts';
import { hasCapability, readStat } from './process-files.ts';

/** The processes whose descriptors may not be read, and what would be needed for each. */
export class Denials {
  private readonly procfs: string;
  private readonly byPid = new Map<number, readonly OwnerCapability[]>();

  constructor(procfs: string) {
    this.procfs = procfs;
  }

  /** `needed`: the capabilities that the process is read with; null where it could be. */
  note(pid: number, needed: readonly OwnerCapability[] | null): void {
    if (needed) this.byPid.set(pid, needed);
    else this.byPid.delete(pid);
  }

  forgetAllBut(listed: ReadonlySet<number>): void {
    for (const pid of this.byPid.keys()) if (!listed.has(pid)) this.byPid.delete(pid);
  }

  /** As of now; capabilities may be dropped at any time. */
  access(): Access {
    const held = new Set(OWNER_CAPABILITIES.filter((capability) => hasCapability(this.procfs, capability)));
    const lacking = new Map<OwnerCapability, number>();
    let processesDeniedAlthoughHeld = 0;
    for (const needed of this.byPid.values()) {
      const missing = needed.filter((capability) => !held.has(capability));
      if (missing.length === 0) processesDeniedAlthoughHeld++;
      for (const each of missing) lacking.set(each, (lacking.get(each) ?? 0) + 1);
    }
    return {
      processesDenied: this.byPid.size,
      processesDeniedAlthoughHeld,
      missingCapabilities: OWNER_CAPABILITIES.flatMap((capability) => {
        const processes = lacking.get(capability);
        return processes === undefined ? [] : [{ capability, processes }];
      }),
      processesHidden: !this.isFirstVisible(),
    };
  }

  /** Under hidepid pid 1 is not listed, or cannot be read. */
  private isFirstVisible(): boolean {
    try {
      readStat(this.procfs, 1);
      return true;
    } catch {
      return false;
    }
  }
}
