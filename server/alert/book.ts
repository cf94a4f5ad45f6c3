import type { Alert } from '../model/alert.ts';
import type { Acknowledgement, Silence } from '../model/silence.ts';
import type { Journal, JournalChange, JournalEntry } from '../model/storage.ts';
import { MAX_REMEMBERED } from './events.ts';
import type { StoredGroup } from './group.ts';
import {
  MAX_ACTIVE,
  MAX_RESOLVED,
  NO_ALERTS,
  resumed,
  type ActiveAlert,
  type Lifecycle,
} from './lifecycle.ts';
import type { StoredDelivery } from './notifier.ts';

/** What the journal has of alerts. */
export interface Restored {
  readonly lifecycle: Lifecycle;
  readonly silences: readonly Silence[];
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>;
  /** Of each alert what happened to it, newest first. */
  readonly events: readonly JournalEntry[];
  readonly groups: (receiver: string) => StoredGroup[];
  /** Entries of receivers that are no longer there. */
  readonly orphans: (receivers: ReadonlySet<string>) => JournalChange[];
}

export const NOTHING_STORED: Restored = {
  lifecycle: NO_ALERTS,
  silences: [],
  acknowledgements: new Map(),
  events: [],
  groups: () => [],
  orphans: () => [],
};

/** Groups of a receiver, times receivers: no more than this is read, and nobody has that many. */
const MAX_ENTRIES = 10_000;

/** Rejects where the journal cannot be read. */
export async function restore(journal: Journal): Promise<Restored> {
  const [alerts, progress, resolved, silences, acknowledgements, events, deliveries] = await Promise.all([
    journal.list('alert', MAX_ACTIVE),
    journal.get('progress', PROGRESS_KEY),
    journal.list('resolved', MAX_RESOLVED),
    journal.list('silence', MAX_ENTRIES),
    journal.list('acknowledgement', MAX_ENTRIES),
    journal.list('events', MAX_REMEMBERED),
    journal.list('delivery', MAX_ENTRIES),
  ]);
  const counted = (progress?.value ?? {}) as Progress;
  const active = alerts.map(({ value }) => {
    const stored = value as ActiveAlert;
    const newer = counted[stored.alert.fingerprint];
    return newer?.id === stored.alert.id ? { ...stored, ...newer.counted } : stored;
  });
  const stored = deliveries.map(({ key, value }) => ({ key, ...(value as StoredDelivery) }));
  return {
    lifecycle: resumed(
      active,
      resolved.map(({ value }) => value as Alert),
    ),
    silences: silences.map(({ value }) => value as Silence),
    acknowledgements: new Map(acknowledgements.map(({ key, value }) => [key, value as Acknowledgement])),
    events,
    groups: (name) => stored.filter(({ receiver }) => receiver === name).map(({ group }) => group),
    orphans: (receivers) =>
      stored
        .filter(({ receiver }) => !receivers.has(receiver))
        .map(({ key }) => ({ table: 'delivery', key, value: undefined })),
  };
}

/** Seconds that were counted since an alert was written; by fingerprint. */
type Progress = Readonly<Record<string, { readonly id: string; readonly counted: Counted }>>;
type Counted = Pick<ActiveAlert, 'presentSeconds' | 'absentSeconds' | 'milderSeconds'>;

const PROGRESS_KEY = 'progress';

/** Keeps account of what was written of the alerts, and says what is to be written next. */
export class Book {
  readonly #written = new Map<string, string>();
  #progress = '{}';
  #resolved: Alert[] = [];

  constructor(restored: Lifecycle) {
    for (const { alert } of restored.active) this.#written.set(alert.fingerprint, versionOf(alert));
  }

  /**
   * `durable`: alerts began, changed or ended, which must not be forgotten. The rest is how long something has lasted, which
   * is written on every pass on which it runs, so that it goes on after the end of this process.
   */
  unsaved(
    { active }: Lifecycle,
    ended: readonly Alert[],
    atMs: number,
  ): { durable: JournalChange[]; rest: JournalChange[] } {
    this.#resolved = [...this.#resolved, ...ended].slice(-MAX_RESOLVED);
    const durable: JournalChange[] = this.#resolved.map((alert) => ({
      table: 'resolved',
      key: alert.id,
      at: Date.parse(alert.endsAt ?? alert.pendingSince),
      value: alert,
    }));
    this.#resolved = [];
    const present = new Set<string>();
    const progress: Record<string, Progress[string]> = {};
    for (const each of active) {
      const { fingerprint, id } = each.alert;
      present.add(fingerprint);
      if (this.#written.get(fingerprint) !== versionOf(each.alert)) {
        this.#written.set(fingerprint, versionOf(each.alert));
        durable.push({ table: 'alert', key: fingerprint, at: atMs, value: each });
      } else if (isCounting(each)) {
        const { presentSeconds, absentSeconds, milderSeconds } = each;
        progress[fingerprint] = { id, counted: { presentSeconds, absentSeconds, milderSeconds } };
      }
    }
    for (const fingerprint of this.#written.keys()) {
      if (present.has(fingerprint)) continue;
      this.#written.delete(fingerprint);
      durable.push({ table: 'alert', key: fingerprint, value: undefined });
    }
    const text = JSON.stringify(progress);
    const rest: JournalChange[] =
      text === this.#progress ? [] : [{ table: 'progress', key: PROGRESS_KEY, at: atMs, value: progress }];
    this.#progress = text;
    return { durable, rest };
  }

  /** What was given out to be written was not: it is given out again. */
  notSaved(changes: readonly JournalChange[]): void {
    for (const change of changes) {
      if (change.table === 'alert') this.#written.set(change.key, NOT_WRITTEN);
      if (change.table === 'resolved' && change.value) this.#resolved.push(change.value as Alert);
      if (change.table === 'progress') this.#progress = '';
    }
  }
}

/** Of no version: what is there is written, what is not is deleted. */
const NOT_WRITTEN = '';

function versionOf({ id, state, severity }: Alert): string {
  return `${id} ${state} ${severity}`;
}

function isCounting({ alert, absentSeconds, milderSeconds }: ActiveAlert): boolean {
  return alert.state === 'pending' || absentSeconds > 0 || milderSeconds !== null;
}
