import { absenceCounts } from '../model/absence.ts';
import { severityRank, type Finding } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import {
  MAX_OPEN_EPISODES,
  type Episode,
  type EpisodeChange,
  type EpisodeStore,
  type FindingForm,
} from '../model/storage.ts';
import type { Sink } from '../model/units.ts';

/** An episode in which nothing remarkable happens is written again so much later. */
const WRITE_EVERY_MS = 60_000;
/**
 * A form is kept of each minute at first, then at such a part of the age that it has reached; of a change of cause or
 * severity at once, then within the smaller part. So there are some dozens of it, however long a finding lasts or sways.
 */
const FORM_PART = 1 / 4;
const CHANGE_PART = 1 / 16;
const MAX_EXAMPLES = 3;
/** What waits while the store does not work: forms of one episode, and episodes that have ended. */
const MAX_FORMS_WAITING = 8;
const MAX_ENDED = 1000;
const CLOSE_WITHIN_MS = 1000;

interface Followed {
  readonly id: string;
  readonly startsAt: number;
  seenAt: number;
  endsAt: number | null;
  worst: Finding;
  /** As it was last seen; null after a restart. */
  last: Finding | null;
  /** The last form that was made. */
  form: FindingForm | null;
  /** Not written yet. */
  forms: FindingForm[];
  /** Nobody has looked since it was last seen, for a while at least. */
  isUnwatched: boolean;
  /** Began, ended or changed since it was written. */
  isNews: boolean;
  writtenAt: number;
}

/**
 * Keeps every finding from its beginning to its end, so that a moment that is past can be shown. What stood when the server
 * ended goes on where it is found again; what is found to be over has ended when it was last seen. Passes before the store
 * has told what stood then are let pass: findings know when they began.
 */
export function createEpisodes(store: EpisodeStore): Sink {
  let open: Map<string, Followed> | null = null;
  /** Ended and not written, or so lately that they may be found to go on. */
  let ended: Followed[] = [];
  let restoring: Promise<void> | null = null;
  let writing: Promise<void> | null = null;
  let epoch: string | null = null;
  let hasBegun = false;

  function restore(): void {
    restoring ??= store
      .open()
      .then((stored) => {
        open = new Map();
        for (const each of stored) open.set(each.worst.fingerprint, followedOf(each));
      })
      // It is tried again with the next pass.
      .catch(() => undefined)
      .finally(() => (restoring = null));
  }

  function see(following: Map<string, Followed>, finding: Finding, at: number): void {
    const { fingerprint } = finding;
    const begunAt = Math.min(Date.parse(finding.firstSeenAt), at);
    const known = following.get(fingerprint) ?? takeUpAgain(fingerprint, begunAt) ?? begin(finding, begunAt);
    following.set(fingerprint, known);
    if (isWorse(finding, known.worst)) known.worst = { ...finding, examples: [] };
    known.last = finding;
    known.seenAt = at;
    known.isUnwatched = false;
    if (isFormDue(known, finding, at)) addForm(known, finding, at);
  }

  /** A finding that comes back soon has the beginning that it had: then it has not ended. */
  function takeUpAgain(fingerprint: string, begunAt: number): Followed | undefined {
    const before = ended.find(
      ({ worst, endsAt }) => worst.fingerprint === fingerprint && endsAt !== null && begunAt < endsAt,
    );
    if (!before) return undefined;
    ended = ended.filter((each) => each !== before);
    return Object.assign(before, { endsAt: null, isNews: true });
  }

  function end(following: Map<string, Followed>, each: Followed, at: number): void {
    following.delete(each.worst.fingerprint);
    if (each.last && each.form && each.seenAt > each.form.at) addForm(each, each.last, each.seenAt);
    each.endsAt = Math.max(each.isUnwatched ? each.seenAt : at, each.startsAt);
    each.isNews = true;
    ended = [...ended, each].slice(-MAX_ENDED);
  }

  /**
   * Where absence does not count for long, as while the list of findings is cut, all that ever stood would be followed:
   * of too many, those not seen for longest end when they were last seen.
   */
  function endExcess(following: Map<string, Followed>, present: ReadonlySet<string>, at: number): void {
    const excess = following.size - MAX_OPEN_EPISODES;
    if (excess <= 0) return;
    const absent = [...following.values()].filter(({ worst }) => !present.has(worst.fingerprint));
    for (const each of absent.sort((a, b) => a.seenAt - b.seenAt).slice(0, excess)) {
      each.isUnwatched = true;
      end(following, each, at);
    }
  }

  function write(due: readonly Followed[], at: number): void {
    const changes = due.map(changeOf);
    for (const each of due) {
      each.isNews = false;
      each.writtenAt = at;
    }
    writing = store
      .write(changes, at)
      .then(
        () => {
          hasBegun = true;
          for (const [i, { forms }] of changes.entries()) {
            due[i]!.forms = due[i]!.forms.filter((form) => !forms.includes(form));
          }
        },
        () => {
          for (const each of due) each.isNews = true;
        },
      )
      .finally(() => (writing = null));
  }

  return {
    name: 'episodes',
    publish(observation: Observation) {
      if (observation.kind === 'counts' || !observation.complete) return;
      if (!open) return restore();
      const { at, findings } = observation;
      if (observation.epoch !== epoch || observation.gapSeconds !== null) {
        for (const each of open.values()) each.isUnwatched = true;
      }
      epoch = observation.epoch;
      const present = new Set(findings.map(({ fingerprint }) => fingerprint));
      for (const finding of findings) see(open, finding, at);
      const counts = absenceCounts(observation);
      for (const [fingerprint, each] of open) {
        const { detector, labels } = each.worst;
        if (!present.has(fingerprint) && counts(detector, labels)) end(open, each, at);
      }
      endExcess(open, present, at);

      if (writing) return;
      ended = ended.filter(({ isNews, endsAt }) => isNews || Math.abs(at - endsAt!) < WRITE_EVERY_MS);
      const due = [...open.values(), ...ended].filter(
        ({ isNews, endsAt, writtenAt }) =>
          isNews || (endsAt === null && Math.abs(at - writtenAt) >= WRITE_EVERY_MS),
      );
      // The first time also where there is nothing: from then on that is known.
      if (due.length > 0 || !hasBegun) write(due, at);
    },
    async close() {
      await within(CLOSE_WITHIN_MS, writing);
      const standing = [...(open?.values() ?? []), ...ended.filter(({ isNews }) => isNews)];
      if (standing.length === 0) return;
      write(standing, Math.max(...standing.map(({ seenAt }) => seenAt)));
      await within(CLOSE_WITHIN_MS, writing);
    },
  };
}

function followedOf({ id, startsAt, seenAt, worst }: Episode): Followed {
  return {
    ...{ id, startsAt, seenAt, worst },
    endsAt: null,
    last: null,
    form: null,
    forms: [],
    isUnwatched: true,
    isNews: false,
    writtenAt: seenAt,
  };
}

function begin(finding: Finding, startsAt: number): Followed {
  const id = `${finding.fingerprint}-${startsAt.toString(36)}`;
  const worst = { ...finding, examples: [] };
  return { ...followedOf({ id, startsAt, seenAt: startsAt, endsAt: null, worst }), isNews: true };
}

function isWorse(finding: Finding, than: Finding): boolean {
  const more = severityRank(finding.severity) - severityRank(than.severity);
  return more > 0 || (more === 0 && finding.count >= than.count);
}

function isFormDue({ form, startsAt }: Followed, finding: Finding, at: number): boolean {
  // A clock that was set back makes what was before incomparable.
  if (!form || at < form.at) return true;
  const age = at - startsAt;
  const changed = form.finding.cause !== finding.cause || form.finding.severity !== finding.severity;
  const spacing = changed ? age * CHANGE_PART : Math.max(WRITE_EVERY_MS, age * FORM_PART);
  return at - form.at >= spacing;
}

function addForm(each: Followed, finding: Finding, at: number): void {
  each.form = { at, finding: { ...finding, examples: finding.examples.slice(0, MAX_EXAMPLES) } };
  each.forms = [...each.forms, each.form].slice(-MAX_FORMS_WAITING);
  each.isNews = true;
}

function changeOf({ id, startsAt, seenAt, endsAt, worst, forms }: Followed): EpisodeChange {
  return { episode: { id, startsAt, seenAt, endsAt, worst }, forms };
}

async function within(milliseconds: number, done: Promise<void> | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([done, new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
  clearTimeout(timer);
}
