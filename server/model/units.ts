import type { Delivery, Notification } from './alert.ts';
import type { TcpInfo } from './api.ts';
import type { Consideration, Detection, DetectorName } from './finding.ts';
import type { DetectorOptions } from './options.ts';
import type { Observation } from './observation.ts';
import type { View } from './snapshot.ts';
import type { SocketRead, SocketTable } from './socket-table.ts';

/** Reads the sockets. Reading is impure; the parser behind it is a pure function over bytes. */
export interface Source {
  readonly name: string;
  /**
   * Rejects where nothing could be read; a partial read is `complete: false`. The rows replace those of `into`, or are those
   * of a new table.
   */
  read(signal: AbortSignal, into?: SocketTable): SocketRead | Promise<SocketRead>;
  /** The same without the sockets in ESTABLISHED, where leaving them out is cheaper. */
  readUnestablished?(signal: AbortSignal, into?: SocketTable): SocketRead | Promise<SocketRead>;
  /** What the kernel tells of one row's socket at this moment; null where it is gone. Some microseconds each. */
  inspect?(table: SocketTable, row: number): TcpInfo | null;
  close?(): void;
}

/** What a detector says of a view. */
export interface Detected {
  readonly detections: readonly Detection[];
  /** What it looked at and let pass: the nearest to its threshold first, a few of each kind. */
  readonly considered: readonly Consideration[];
}

/** Whether a finding with these labels stands since the pass before: it is let go a little later than it was raised. */
export type Stands = (labels: Detection['labels']) => boolean;

/** Pure: no clock, no input or output, no memory; the same view gives the same detections. */
export interface Detector<N extends DetectorName = DetectorName> {
  readonly name: N;
  readonly defaults: DetectorOptions[N];
  detect(view: View, options: DetectorOptions[N], stands: Stands): Detected;
  /** Seconds of watching after which silence means that nothing is there. */
  settleSeconds(options: DetectorOptions[N]): number;
}

/** Takes each Observation further. Must return at once; slow work is queued behind it. */
export interface Sink {
  readonly name: string;
  publish(observation: Observation): void;
  close?(): void | Promise<void>;
}

/** Sends one notification once; whether and when to try again is not its business. */
export interface Receiver {
  readonly name: string;
  readonly kind: string;
  /** Firing alerts are sent again this often even if nothing changed, where the other side forgets them (Alertmanager). */
  readonly resendSeconds?: number;
  /** False: it is not told when an alert ends. */
  readonly sendResolved?: boolean;
  send(notification: Notification, signal: AbortSignal): Promise<Delivery>;
  /** Lets connections go. */
  close?(): void | Promise<void>;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
