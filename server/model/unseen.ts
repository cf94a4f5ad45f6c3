import type { Observation, OwnerCapability } from './observation.ts';

/** What an observation does not show, and why. */
export type Unseen =
  | {
      readonly what: 'processes';
      /** Sockets whose process is unknown for it. */
      readonly sockets: number;
      readonly missing: readonly { readonly capability: OwnerCapability; readonly processes: number }[];
    }
  | { readonly what: 'denied_processes'; readonly processes: number }
  | { readonly what: 'hidden_processes' }
  | { readonly what: 'kernel_details'; readonly why: string }
  | { readonly what: 'namespace'; readonly name: string; readonly why: string }
  | { readonly what: 'other_namespaces' }
  | { readonly what: 'unit'; readonly name: string; readonly why: string };

/** Namespaces and units named one by one; more would hide the rest. */
const MOST = 10;

/** `watchesAll`: other network namespaces were asked for. */
export function unseenOf(observation: Observation, watchesAll: boolean): Unseen[] {
  const { ownership, source, namespaces, units } = observation;
  const unseen: Unseen[] = [];
  const { missingCapabilities, processesDeniedAlthoughHeld, processesHidden } = ownership;
  if (missingCapabilities.length > 0) {
    const sockets = ownership.sockets.permission;
    unseen.push({ what: 'processes', sockets, missing: missingCapabilities });
  }
  if (processesDeniedAlthoughHeld > 0) {
    unseen.push({ what: 'denied_processes', processes: processesDeniedAlthoughHeld });
  }
  if (processesHidden) unseen.push({ what: 'hidden_processes' });
  if (source.name === 'proc') unseen.push({ what: 'kernel_details', why: source.why });
  for (const { name, error, readAt } of namespaces.slice(1)) {
    if (error !== null || readAt === null) unseen.push({ what: 'namespace', name, why: error ?? '' });
  }
  if (!watchesAll) unseen.push({ what: 'other_namespaces' });
  for (const { name, ok, error } of units) {
    if (!ok) unseen.push({ what: 'unit', name, why: error ?? '' });
  }
  return capped(unseen);
}

function capped(unseen: readonly Unseen[]): Unseen[] {
  const left = { namespace: MOST, unit: MOST };
  return unseen.filter(({ what }) => (what === 'namespace' || what === 'unit' ? left[what]-- > 0 : true));
}
