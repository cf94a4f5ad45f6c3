import type { Alert } from '../model/alert.ts';
import type { Finding } from '../model/finding.ts';

/** An alert as a real one would be, to see whether it arrives; whoever sends it says that it is a sample. */
export function sampleAlert(instance: string, nowMs: number): Alert {
  const at = new Date(nowMs).toISOString();
  const labels = { process: 'orders-api', pid: '4242', role: 'client', peer: '192.0.2.10', port: '5432' };
  const finding: Finding = {
    fingerprint: 'sample',
    detector: 'close_wait_leak',
    severity: 'warning',
    cause: 'drained',
    labels,
    count: 12,
    oldestAgeSeconds: 125,
    ageExact: true,
    certainty: 'certain',
    examples: [],
    evidence: {},
    filter: 'state close-wait and process = "orders-api"',
    firstSeenAt: at,
  };
  return {
    id: `sample-${nowMs.toString(36)}`,
    fingerprint: finding.fingerprint,
    alertname: finding.detector,
    state: 'firing',
    severity: finding.severity,
    labels: { ...labels, alertname: finding.detector, severity: finding.severity, instance },
    pendingSince: at,
    startsAt: at,
    endsAt: null,
    finding,
  };
}
