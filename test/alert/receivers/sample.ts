import type { Notification } from '../../../server/model/alert.ts';
import { alert, finding, START_MS } from '../../given.ts';

/** Two alerts that fire, one of them critical, and one that has ended. */
export const NOTIFICATION: Notification = {
  receiver: 'team',
  groupLabels: { alertname: 'close_wait_leak' },
  status: 'firing',
  alerts: [
    alert('10.0.0.1', 'firing', {
      severity: 'critical',
      finding: finding('10.0.0.1', {
        severity: 'critical',
        count: 812,
        oldestAgeSeconds: 3725.4,
        ageExact: false,
        evidence: {
          neverAccepted: 0,
          unreadData: 0,
          finUnread: 0,
          drained: 812,
          younger: 3,
          minAgeSeconds: 60,
          ownerGap: null,
          descriptorsUsed: 900,
          descriptorLimit: 1024,
          growthPerMinute: 15,
          growthWindowSeconds: 300,
        },
        forecast: {
          limit: 'descriptors',
          used: 900,
          max: 1024,
          perSecond: 0.25,
          inSeconds: 496,
          soonestSeconds: 400,
          latestSeconds: 700,
        },
      }),
    }),
    alert('10.0.0.2', 'firing'),
    alert('2001:db8::1', 'resolved', { endsAt: new Date(START_MS + 600_000).toISOString() }),
  ],
  isTest: false,
  externalUrl: 'http://db1:10793',
  language: 'en',
};

/** One alert, as the test button sends it. */
export const TEST: Notification = { ...NOTIFICATION, alerts: NOTIFICATION.alerts.slice(0, 1), isTest: true };

/** The same for alerts whose process is called so. */
export function named(process: string, alerts = 1): Notification {
  const all = Array.from({ length: alerts }, (_, i) => {
    const labels = { process, pid: '42', role: 'client', peer: `10.0.0.${i}`, port: '5432' };
    return alert('', 'firing', { finding: finding('', { labels, filter: `process = "${process}"` }) });
  });
  return { ...NOTIFICATION, alerts: all, groupLabels: { alertname: 'close_wait_leak', process } };
}
