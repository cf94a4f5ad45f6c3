import type { Alert } from '../model/alert.ts';
import type { SocketsAnswer } from '../model/api.ts';
import { MAX_EVIDENCE_SOCKETS, type AlertEvidence, type EvidenceTrend } from '../model/evidence.ts';
import { parseFilter } from '../model/filter-parser.ts';
import type { Finding } from '../model/finding.ts';
import type { SocketsQuery } from '../model/ipc.ts';
import type { Observation } from '../model/observation.ts';
import type { Journal, SampleStore } from '../model/storage.ts';
import type { Log } from '../model/units.ts';
import { systemClock, type Clock } from './clock.ts';
import { factsOf, keptSocket, ownersOf } from './evidence-facts.ts';
import { trendSeries } from './evidence-trend.ts';
import { withinSeconds } from './within.ts';

export interface EvidenceParts {
  readonly journal: Journal;
  readonly samples: Pick<SampleStore, 'query' | 'series'>;
  /** The newest Observation there is. */
  readonly latest: () => Observation | null;
  /** Asks the observer; rejects where it is down or too slow. */
  readonly query: (query: SocketsQuery) => Promise<SocketsAnswer>;
  readonly host: AlertEvidence['host'];
  readonly log: Log;
  readonly clock?: Clock;
}

export interface EvidenceKeeper {
  /**
   * Of an alert that has just begun to fire. Returns at once and never throws; what is found is written to the journal under
   * the alert's id, later.
   */
  capture(alert: Alert): void;
  /** null: none was kept, or no longer is. Rejects where the store cannot be read. */
  get(alertId: string): Promise<AlertEvidence | null>;
  /** Waits for what is under way, as long as that is short. */
  close(): Promise<void>;
}

/** Each asks the observer for up to 500 sockets, and the kernel about every one of them. */
const MAX_AT_ONCE = 2;
/** As many findings as an Observation has. */
const MAX_WAITING = 200;
const TREND_SECONDS = 600;
/** 120 steps, wide enough for a page; minimum and maximum keep the peaks. */
const TREND_STEP_SECONDS = 5;
/** Behind a store or an observer that hangs, the next alert's turn comes after as long. */
const MAX_ASK_SECONDS = 12;
const MAX_CLOSE_SECONDS = 2;
const FAILED = 'evidence of an alert cannot be gathered';

interface Begun {
  readonly alert: Alert;
  readonly capturedAt: string;
  readonly facts: ReturnType<typeof factsOf>;
  readonly processes: Observation['processes'];
}

/**
 * Keeps what there is to see of an alert when it begins to fire. Where the observer or the history cannot answer, the rest is
 * kept, with the reason. One entry has less than 1.5 MB, by the limits in model/evidence.ts; 500 sockets have about 0.6 MB.
 */
export function createEvidence(parts: EvidenceParts): EvidenceKeeper {
  const { journal, samples, log, clock = systemClock } = parts;
  const waiting: Begun[] = [];
  const running = new Set<Promise<void>>();
  let isOverflowing = false;
  let isFailing = false;

  function next(): void {
    while (running.size < MAX_AT_ONCE) {
      const begun = waiting.shift();
      if (!begun) return;
      const kept = keep(begun)
        .catch((err: unknown) => log.error({ err, alert: begun.alert.id }, FAILED))
        .finally(() => {
          running.delete(kept);
          next();
        });
      running.add(kept);
    }
  }

  async function keep({ alert, capturedAt, facts, processes }: Begun): Promise<void> {
    const { finding } = alert;
    const [sockets, trend] = await Promise.all([
      attempt(() => withinSeconds(clock, MAX_ASK_SECONDS, askSockets(finding))),
      attempt(() => withinSeconds(clock, MAX_ASK_SECONDS, askTrend(finding, Date.parse(capturedAt)))),
    ]);
    const rows = sockets.answer?.rows ?? [];
    const evidence: AlertEvidence = {
      alert,
      host: parts.host,
      capturedAt,
      sockets: sockets.answer && {
        at: sockets.answer.at,
        total: sockets.answer.total,
        rows: rows.map(keptSocket),
      },
      socketsError: sockets.error,
      ...ownersOf(rows, processes, finding),
      ...facts,
      trend: trend.answer,
      trendError: trend.error,
    };
    const change = { table: 'evidence', key: alert.id, at: clock.wallMs(), value: evidence } as const;
    const written = await attempt(() =>
      withinSeconds(clock, MAX_ASK_SECONDS, journal.write([change], false)),
    );
    if (written.error !== null && !isFailing) {
      log.warn({ alert: alert.id, reason: written.error }, 'evidence of alerts cannot be stored');
    }
    isFailing = written.error !== null;
  }

  async function askSockets(finding: Finding): Promise<SocketsAnswer> {
    const filter = parseFilter(finding.filter);
    const limit = MAX_EVIDENCE_SOCKETS;
    const answer = await parts.query({
      kind: 'sockets',
      filter,
      sort: 'age',
      descending: true,
      limit,
      offset: 0,
    });
    return { ...answer, rows: answer.rows.slice(0, limit) };
  }

  async function askTrend(finding: Finding, atMs: number): Promise<EvidenceTrend> {
    const names = trendSeries(await samples.series(), finding, atMs - TREND_SECONDS * 1000);
    if (names.length === 0) throw new Error('the history has no samples of that time');
    const { stepSeconds, at, series } = await samples.query({
      series: names,
      from: atMs - TREND_SECONDS * 1000,
      // The pass that it began to fire on counts.
      to: atMs + 1000,
      stepSeconds: TREND_STEP_SECONDS,
    });
    const byName = new Map(series.map((each) => [each.name, each]));
    return {
      stepSeconds,
      at: at.map((ms) => new Date(ms).toISOString()),
      series: names.flatMap((name) => {
        const found = byName.get(name);
        if (!found) return [];
        return [{ name, min: [...found.min], mean: [...found.mean], max: [...found.max] }];
      }),
    };
  }

  async function allKept(): Promise<void> {
    while (running.size > 0) await Promise.race(running);
  }

  return {
    capture(alert) {
      if (waiting.length >= MAX_WAITING) {
        if (!isOverflowing) {
          log.warn(
            { alert: alert.id, max: MAX_WAITING },
            'too many alerts at a time: no evidence is kept of some',
          );
        }
        isOverflowing = true;
        return;
      }
      isOverflowing = false;
      try {
        const observation = parts.latest();
        waiting.push({
          alert,
          capturedAt: new Date(clock.wallMs()).toISOString(),
          facts: factsOf(observation, alert.finding),
          processes: observation?.processes ?? [],
        });
      } catch (err) {
        log.error({ err, alert: alert.id }, FAILED);
      }
      next();
    },
    async get(alertId) {
      const entry = await journal.get('evidence', alertId);
      return entry && (entry.value as AlertEvidence);
    },
    async close() {
      await withinSeconds(clock, MAX_CLOSE_SECONDS, allKept()).catch(() => undefined);
    },
  };
}

/** What came of it, or one line that says why nothing did. */
async function attempt<T>(
  ask: () => Promise<T>,
): Promise<{ answer: T; error: null } | { answer: null; error: string }> {
  try {
    return { answer: await ask(), error: null };
  } catch (err) {
    return { answer: null, error: err instanceof Error ? err.message : String(err) };
  }
}
