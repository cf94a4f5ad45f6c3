import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { listAlerts, NO_ALERTS, step } from '../../server/alert/lifecycle.ts';
import type { Alert } from '../../server/model/alert.ts';
import type { ObserverConfig } from '../../server/model/config.ts';
import type { Considered, Finding } from '../../server/model/finding.ts';
import type { FromObserver } from '../../server/model/ipc.ts';
import type { DetectorOptions } from '../../server/model/options.ts';
import { ALERTS } from '../given.ts';
import type { SourceName } from './scenario.ts';
import type { Host } from './scene.ts';

/** As built by `npm test`. */
const OBSERVER = fileURLToPath(new URL('../../dist/server/observer.js', import.meta.url));
const CLOCK = new URL('programs/clock.js', import.meta.url).href;

/** Of the kernel's clock: short, so that there are many passes in little time. */
const INTERVAL_SECONDS = 0.25;

/** What an observer has said since it began. */
export interface Said {
  /** Every alert that has ever fired, as it was last, by fingerprint. */
  readonly fired: ReadonlyMap<string, Alert>;
  /** Every finding there ever was, as it was last; by fingerprint. */
  readonly found: ReadonlyMap<string, Finding>;
  readonly considered: readonly Considered[];
  /** Detectors and collectors that failed, and how. */
  readonly failures: ReadonlySet<string>;
}

/** An observer process on a host, as the server starts it, with the alerts that the server would make of what it says. */
export class Watch {
  readonly #child;
  readonly #detectors: DetectorOptions;
  readonly #fired = new Map<string, Alert>();
  readonly #found = new Map<string, Finding>();
  readonly #considered = new Map<string, Considered>();
  readonly #failures = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #lifecycle = NO_ALERTS;
  #watchedSeconds = 0;

  constructor(host: Host, source: SourceName, speed: number, detectors: DetectorOptions) {
    this.#detectors = detectors;
    const [execPath, ...into] = host.prefix;
    this.#child = fork(OBSERVER, [], {
      execPath,
      execArgv: [...into, process.execPath, '--import', CLOCK],
      env: { ...process.env, SCENARIO_CLOCK: String(speed) },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#receive(message as FromObserver));
    const config: ObserverConfig = {
      procfs: '/proc',
      intervalSeconds: INTERVAL_SECONDS * speed,
      source,
      namespaces: 'host',
      cpuBudget: 1,
      detectors,
      log: { level: 'error', format: 'logfmt' },
    };
    this.#child.send({ type: 'configure', config });
  }

  /** Resolves when it has watched for so long, by its own clock, from now on. */
  async watched(seconds: number): Promise<Said> {
    const until = this.#watchedSeconds + seconds;
    while (this.#watchedSeconds < until) {
      await new Promise<void>((resolve, reject) => {
        const over = () => {
          this.#child.off('exit', ended);
          this.#waiting.delete(over);
          resolve();
        };
        const ended = (code: number | null) => reject(new Error(`the observer ended with ${code}`));
        this.#waiting.add(over);
        this.#child.once('exit', ended);
      });
    }
    return {
      fired: this.#fired,
      found: this.#found,
      considered: [...this.#considered.values()],
      failures: this.#failures,
    };
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #receive(message: FromObserver): void {
    if (message.type !== 'observation') return;
    const { observation } = message;
    const { lifecycle } = step(this.#lifecycle, observation, {
      detectors: this.#detectors,
      alerts: ALERTS,
      instance: 'here',
    });
    this.#lifecycle = lifecycle;
    for (const alert of listAlerts(lifecycle)) {
      if (alert.state === 'firing') this.#fired.set(alert.fingerprint, alert);
    }
    for (const finding of observation.findings) this.#found.set(finding.fingerprint, finding);
    for (const considered of observation.considered) {
      this.#considered.set(`${considered.detector} ${considered.reason}`, considered);
    }
    for (const { name, ok, error } of observation.units) if (!ok) this.#failures.add(`${name}: ${error}`);
    this.#watchedSeconds = observation.watchedSeconds;
    for (const resume of this.#waiting) resume();
  }
}
