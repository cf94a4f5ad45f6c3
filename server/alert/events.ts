import { MAX_EVENTS, type AlertEvent } from '../model/alert-api.ts';
import type { JournalChange, JournalEntry } from '../model/storage.ts';

/** As many as may be followed, and as many again that have ended: a receiver may be told of that much later. */
export const MAX_REMEMBERED = 2000;

/**
 * What happened to each alert, by its id: so that whoever comes later sees who was told, and who was at it. The alerts that
 * something happened to last are in memory; all are in the journal.
 */
export class Events {
  /** The one that changed last is the last. */
  readonly #byAlert = new Map<string, AlertEvent[]>();
  readonly #unsaved = new Set<string>();
  /** Of these only what is new is here: what was before is in the journal, and must not be written over. */
  readonly #partial = new Set<string>();
  /** The journal has nothing that is not here. */
  #isWhole: boolean;

  /** `stored`: newest first, as the journal lists them; null: it could not be read. */
  constructor(stored: readonly JournalEntry[] | null) {
    this.#isWhole = stored !== null && stored.length < MAX_REMEMBERED;
    for (const { key, value } of (stored ?? []).toReversed()) this.#byAlert.set(key, value as AlertEvent[]);
  }

  add(alertId: string, event: AlertEvent): void {
    const before = this.#byAlert.get(alertId);
    if (!before && !this.#isWhole) this.#partial.add(alertId);
    const { events, isRepeated } = withEvent(before ?? [], event);
    this.#byAlert.delete(alertId);
    this.#byAlert.set(alertId, events);
    // How often a thing was said again is not worth a write each time.
    if (!isRepeated) this.#unsaved.add(alertId);
    for (const id of this.#byAlert.keys()) {
      if (this.#byAlert.size <= MAX_REMEMBERED) break;
      if (this.#unsaved.has(id)) continue;
      this.#byAlert.delete(id);
      this.#isWhole = false;
    }
  }

  /** Alerts of which the journal is to be asked for what was before, for `join`. */
  partial(): string[] {
    return [...this.#partial];
  }

  /** `earlier`: what the journal has of that alert. What is new comes after it. */
  join(alertId: string, earlier: readonly AlertEvent[]): void {
    const added = this.#byAlert.get(alertId);
    if (!this.#partial.delete(alertId) || !added) return;
    this.#byAlert.set(
      alertId,
      added.reduce((events, event) => withEvent(events, event).events, [...earlier]),
    );
  }

  /** undefined: nothing is known here of that alert. */
  of(alertId: string): readonly AlertEvent[] | undefined {
    return this.#byAlert.get(alertId);
  }

  /** What is to be written, which counts as written; of the partial ones nothing yet. */
  changes(atMs: number): JournalChange[] {
    const ids = [...this.#unsaved].filter((id) => !this.#partial.has(id));
    for (const id of ids) this.#unsaved.delete(id);
    return ids.map((key) => ({ table: 'events', key, at: atMs, value: this.#byAlert.get(key) ?? [] }));
  }

  /** What was given out to be written was not: it is given out again. */
  notSaved(changes: readonly JournalChange[]): void {
    for (const { table, key } of changes) {
      if (table === 'events' && this.#byAlert.has(key)) this.#unsaved.add(key);
    }
  }
}

/** What happened, with one thing more; `isRepeated`: it was the last that is known of its kind, again. */
function withEvent(
  before: readonly AlertEvent[],
  event: AlertEvent,
): { events: AlertEvent[]; isRepeated: boolean } {
  const known = before.findLastIndex((each) => concerns(each, event));
  const same = known < 0 ? undefined : before[known];
  const isRepeated = same?.kind === 'told' && event.kind === 'told' && isAlike(same, event);
  const events = isRepeated
    ? before.with(known, {
        ...same,
        lastAt: event.lastAt,
        times: same.times + event.times,
        reason: event.reason,
      })
    : [...before, event];
  // Of too many, those in the middle say least: how it began, and how it stands.
  if (events.length > MAX_EVENTS) events.splice(MAX_EVENTS / 2, events.length - MAX_EVENTS);
  return { events, isRepeated };
}

/** Of the same receiver: between two of its messages there may be those of others. */
function concerns(one: AlertEvent, other: AlertEvent): boolean {
  return one.kind === other.kind && (one.kind !== 'told' || one.receiver === (other as typeof one).receiver);
}

type Told = Extract<AlertEvent, { kind: 'told' }>;

function isAlike(one: Told, other: Told): boolean {
  return one.status === other.status && one.outcome === other.outcome;
}
