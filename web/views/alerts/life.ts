import type { AlertAnswer, AlertEvent } from '../../../server/model/alert-api.ts';

/** One station in the life of an alert. */
export interface Station {
  readonly at: string;
  readonly what: { readonly kind: 'pending' | 'fired' | 'resolved' } | AlertEvent;
  /** Since the station before; null: of the first. */
  readonly afterSeconds: number | null;
}

type Life = Pick<AlertAnswer, 'pendingSince' | 'startsAt' | 'endsAt' | 'events'>;

/** All stations in order of time; of the same moment, what caused the other comes first. */
export function lifeOf({ pendingSince, startsAt, endsAt, events }: Life): Station[] {
  const stations: Omit<Station, 'afterSeconds'>[] = [
    { at: pendingSince, what: { kind: 'pending' } },
    ...(startsAt === null ? [] : [{ at: startsAt, what: { kind: 'fired' } as const }]),
    ...(endsAt === null ? [] : [{ at: endsAt, what: { kind: 'resolved' } as const }]),
    ...events.map((event) => ({ at: event.at, what: event })),
  ];
  const ordered = stations.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return ordered.map((station, i) => {
    const before = ordered[i - 1];
    return {
      ...station,
      afterSeconds: before ? (Date.parse(station.at) - Date.parse(before.at)) / 1000 : null,
    };
  });
}

/** How long it was pending, and how long it has been firing: until it ended, or until now. Null: it has not fired. */
export function phasesOf(
  { pendingSince, startsAt, endsAt }: Omit<Life, 'events'>,
  nowMs: number,
): { readonly pendingSeconds: number; readonly firingSeconds: number | null } {
  const end = endsAt === null ? nowMs : Date.parse(endsAt);
  const seconds = (from: string, toMs: number) => Math.max(0, (toMs - Date.parse(from)) / 1000);
  return {
    pendingSeconds: seconds(pendingSince, startsAt === null ? end : Date.parse(startsAt)),
    firingSeconds: startsAt === null ? null : seconds(startsAt, end),
  };
}
