import type { Language } from './alert.ts';
import type { AlertsConfig, DetectorOptions } from './options.ts';
import type { ReceiverConfig } from './receiver-options.ts';

/** All settings, resolved and checked: flag > environment > file > default. Durations are seconds. */
export interface Config {
  readonly web: WebConfig;
  readonly observer: ObserverConfig;
  readonly alerts: AlertsConfig;
  readonly receivers: readonly ReceiverConfig[];
  readonly storage: StorageConfig;
  readonly log: LogConfig;
}

/** What outlives the process, where and how long. */
export interface StorageConfig {
  /** A folder; null: nothing is stored. */
  readonly path: string | null;
  /** Why `path` is null. */
  readonly offBecause: string | null;
  /** Of minutes, resolved alerts and evidence; quarter hours are kept twelve times as long. */
  readonly retentionSeconds: number;
  readonly maxBytes: number;
}

/** Of `halfclose doctor`. */
export interface DoctorConfig {
  readonly observer: ObserverConfig;
  readonly watchSeconds: number;
  readonly json: boolean;
  readonly language: Language;
  /** No colours, on a terminal either. */
  readonly plain: boolean;
}

/** Of `halfclose check`: it asks the server at `url` (without a slash at the end), or watches itself. */
export type CheckConfig = { readonly language: Language } & (
  { readonly url: string } | { readonly watchSeconds: number; readonly observer: ObserverConfig }
);

/** Of `halfclose silence`, which asks the server at `url`. */
export type SilenceCommand = Remote &
  (
    | { readonly action: 'list' }
    | {
        readonly action: 'add';
        readonly matchers: readonly string[];
        /** As it was written: the server reads it. */
        readonly duration: string;
        readonly author: string;
        readonly comment: string;
      }
    | { readonly action: 'expire'; readonly id: string }
  );

/** Of `halfclose receivers`. */
export type ReceiversCommand = Remote &
  ({ readonly action: 'list' } | { readonly action: 'test'; readonly name: string });

interface Remote {
  /** Without a slash at its end. */
  readonly url: string;
  readonly language: Language;
}

export interface WebConfig {
  readonly listen: readonly ListenAddress[];
  readonly telemetryPath: string;
  /** Without a trailing slash; the first listen address where none is given. */
  readonly externalUrl: string;
  /** Host names this server answers to besides localhost, IP literals and that of `externalUrl`; lower case, no port. */
  readonly allowedHosts: readonly string[];
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What the observer needs; it crosses the process boundary. */
export interface ObserverConfig {
  readonly procfs: string;
  readonly intervalSeconds: number;
  readonly source: 'auto' | 'sock_diag' | 'proc';
  /** `host`: only the network namespace that Halfclose runs in. */
  readonly namespaces: 'host' | 'all';
  /** Share of one core that passes may take: 0.05 is 5 %. */
  readonly cpuBudget: number;
  readonly detectors: DetectorOptions;
  readonly log: LogConfig;
}

export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'logfmt' | 'json';
}
