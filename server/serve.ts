import { createAccessLog } from './access-log.ts';
import { createEvidence } from './alert/evidence.ts';
import { createAlerting } from './alert/index.ts';
import { buildApp } from './app.ts';
import { urlOf } from './config/listen.ts';
import { createGuard } from './guard.ts';
import { createEpisodes } from './history/episodes.ts';
import { createHistory, type History } from './history/index.ts';
import { createRecorder } from './history/recorder.ts';
import { createHub } from './hub.ts';
import { listenOn } from './listen.ts';
import { live } from './live/index.ts';
import { createMetrics } from './metrics/index.ts';
import { OUTCOMES, type Alert } from './model/alert.ts';
import type { Config } from './model/config.ts';
import type { LiveState } from './model/live.ts';
import type { SampleStore, Storage } from './model/storage.ts';
import type { Log } from './model/units.ts';
import { createStorage } from './storage/index.ts';
import { createSupervisor } from './supervisor.ts';

export interface Surroundings {
  readonly host: LiveState['host'];
  /** Path of the observer's compiled entry. */
  readonly observerEntry: string;
  /** Folder of the built dashboard. */
  readonly dashboard: string;
}

export interface Served {
  /** Where the dashboard is, one for each listen address. */
  readonly urls: readonly string[];
  /** Ends the observer, tells nobody anything further, and closes every connection. */
  stop(): Promise<void>;
}

const REFILL_WITHIN_MS = 1000;

/**
 * Wires the server: observer → hub → metrics, history, alerts, live; and the routes that read from them.
 * Rejects with one line, nothing left running, where a receiver cannot be built or an address cannot be had.
 */
export async function serve(config: Config, surroundings: Surroundings, log: Log): Promise<Served> {
  const storage = createStorage(config.storage, log);
  try {
    return await serveWith(storage, config, surroundings, log);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function serveWith(
  storage: Storage,
  config: Config,
  { host, observerEntry, dashboard }: Surroundings,
  log: Log,
): Promise<Served> {
  const guard = createGuard(
    config.web,
    config.web.listen.map((address) => urlOf(address, host.name)),
  );
  const supervisor = createSupervisor(
    observerEntry,
    config.observer,
    { onObservation: (observation) => hub.publish(observation), onStatus: () => stream.statusChanged() },
    log,
  );
  const { status, latest, query } = supervisor;
  const alerts = (): readonly Alert[] => alerting.alerts();
  const metrics = createMetrics({
    version: host.version,
    status,
    storage: storage.status,
    alerts,
    receivers: () => alerting.receivers().map(({ receiver }) => receiver),
    outcomes: OUTCOMES,
  });
  const evidence = createEvidence({
    journal: storage.journal,
    samples: storage.samples,
    latest,
    query,
    host,
    log,
  });
  const alerting = await createAlerting({
    detectors: config.observer.detectors,
    alerts: config.alerts,
    receivers: config.receivers,
    externalUrl: config.web.externalUrl,
    instance: host.name,
    journal: storage.journal,
    log,
    onOutcome: metrics.countNotification,
    onFiring: evidence.capture,
  });
  const history = createHistory();
  await refill(history, storage.samples);
  const app = await buildApp({
    guard,
    dashboard,
    telemetry: { path: config.web.telemetryPath, metrics },
    api: {
      version: host.version,
      status,
      latest,
      query,
      detectors: config.observer.detectors,
      alerting,
      evidence: evidence.get,
      storage,
      log,
    },
    log,
  });
  await app.ready();
  const stream = live(app.server, { guard, host, status, alerts, history: history.columns, log });
  // Alerts and history first: what the dashboards are told contains both.
  const hub = createHub(
    [
      createAccessLog(log),
      metrics,
      history,
      createRecorder(storage.samples),
      createEpisodes(storage.episodes),
      alerting,
      stream,
    ],
    log,
  );

  const listening = await listenOn(app.server, config.web.listen);
  supervisor.start();
  return {
    urls: listening.addresses.map((address) => urlOf(address, host.name)),
    async stop() {
      await supervisor.stop();
      await hub.close();
      app.server.closeAllConnections();
      await listening.close();
      await app.close();
      await evidence.close();
      await storage.close();
    },
  };
}

/** The chart goes on where the server before has left it; where the store takes long, it begins anew. */
async function refill(history: History, samples: SampleStore): Promise<void> {
  const now = Date.now();
  const query = { series: ['tcp_sockets'], from: now - 3_600_000, to: now, stepSeconds: 1 };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), REFILL_WITHIN_MS)));
  const stored = await Promise.race([samples.query(query).catch(() => null), late]);
  clearTimeout(timer);
  if (stored) history.refill(stored);
}
