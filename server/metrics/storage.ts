import { Counter, Gauge, type Registry } from 'prom-client';
import type { StorageStatus } from '../model/storage.ts';
import { withhold } from './gauge.ts';

/** How the store does. */
export function createStorageMetrics(registry: Registry): (status: StorageStatus) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `halfclose_${name}`, help, registers: [registry] });
  const counter = (name: string, help: string) =>
    new Counter({ name: `halfclose_${name}`, help, registers: [registry] });
  const up = gauge('storage_up', '1 if history and alerts are stored; 0 if not, on purpose or by a failure.');
  const bytes = gauge('storage_bytes', 'Bytes that the databases of the store take on the disk.');
  const errors = counter('storage_write_errors_total', 'Writes to the store that failed.');
  const dropped = counter('history_samples_dropped_total', 'Samples of the history that were not stored.');

  return (status) => {
    up.set(status.state === 'ok' ? 1 : 0);
    bytes.set(status.bytes);
    withhold(errors);
    withhold(dropped);
    errors.inc(status.writeErrors);
    dropped.inc(status.samplesDropped);
  };
}
