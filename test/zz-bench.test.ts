import { sortOut, connectionsOf } from '../server/detect/stuck-groups.ts';
import { test } from 'vitest';
import { watch, told, type Row } from './track/given.ts';
import { runDetectors } from '../server/detect/index.ts';
import { DetectorsSchema, defaultsOf } from '../server/model/options.ts';
import { parseDuration } from '../server/model/duration.ts';
const OPTIONS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);
test.each([100_000, 1_000_000])('bench %i', (n) => {
  const rows: Row[] = Array.from({ length: n }, (_, i) => {
    const k = i % 20;
    const base = { localPort: 8080 + (i % 5), remote: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, remotePort: 1024 + (i % 60000), inode: 1000 + i };
    if (k === 0) return { ...base, timer: 'retransmit', retransmits: 6, sendQueueBytes: 500 };
    if (k === 1) return { ...base, timer: 'probe', sendQueueBytes: 500, state: 'FIN_WAIT1' };
    if (k === 2) return { ...base, state: 'FIN_WAIT2' };
    return base;
  });
  const { pass } = watch(10);
  const over = { inspect: () => told() };
  pass(rows, over);
  const seen0 = pass(rows, { after: 1000, ...over }); 
  const stuck = seen0.view.stalls.map(({ row, seconds }) => ({ row, seconds, cause: 'x', exact: false }));
  for (let j = 0; j < 3; j++) { const c = process.cpuUsage().user; const r = sortOut(seen0.view, stuck, () => ({ apart: 1, together: 1 }), () => false); console.log(n, 'all sortOut', stuck.length, (process.cpuUsage().user - c) / 1000, r.found.length); }
  for (let j = 0; j < 3; j++) { const c = process.cpuUsage().user; const r = connectionsOf(seen0.view, sortOut(seen0.view, stuck, () => ({ apart: 1, together: 1 }), () => false).found); console.log(n, 'all connections', (process.cpuUsage().user - c) / 1000, r.size); }

  for (let j = 0; j < 3; j++) {
    const t = performance.now();
    const { units, findings } = runDetectors(seen0.view, OPTIONS, () => process.cpuUsage().user / 1000);
    console.log(n, 'all', (performance.now() - t).toFixed(1), findings.length, units.filter((u) => u.durationSeconds > 1).map((u) => `${u.name} ${u.durationSeconds.toFixed(1)}`).join(', '));
  }
}, 200_000);
