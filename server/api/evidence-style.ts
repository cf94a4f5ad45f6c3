/**
 * The look of the evidence page, which is that of the dashboard in short: text keeps 4.5:1, lines and marks 3:1, in both
 * themes. Printed, it is always light.
 */
export const EVIDENCE_STYLE = `
:root {
  color-scheme: light;
  --page: #fff; --sunken: #eff2f1; --ink: #14201f; --ink-2: #46534f; --ink-3: #5f6d69; --rule: #d9dfdd; --strong: #b4bebb;
  --line: #9b2f8c; --band: #e9cfe5; --edge: #b478ab; --warning: #8f5500; --critical: #a80f2c; --info: #46534f;
  --sans: -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', 'Noto Sans CJK SC', monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --page: #0e1315; --sunken: #1a2225; --ink: #e7eceb; --ink-2: #b3bfbc; --ink-3: #8d9a97; --rule: #2a3437; --strong: #465256;
    --line: #e08fd2; --band: #52304c; --edge: #96608d; --warning: #f2b84b; --critical: #ff8e72; --info: #b3bfbc;
  }
}
* { box-sizing: border-box; }
body {
  max-width: 1200px; margin: 0 auto; padding: 24px 20px 40px; color: var(--ink); background: var(--page);
  font: 14px/1.5 var(--sans);
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
h1 { margin: 4px 0 16px; font-size: 22px; line-height: 1.3; font-weight: 600; text-wrap: balance; }
h2 { margin: 32px 0 8px; padding-top: 12px; border-top: 1px solid var(--rule); font-size: 16px; font-weight: 600; break-after: avoid; }
h3 { margin: 16px 0 4px; font-size: 13px; font-weight: 600; color: var(--ink-2); break-after: avoid; }
p { max-width: 76ch; margin: 4px 0 8px; }
.note { color: var(--ink-2); font-size: 13px; }
.faint { color: var(--ink-3); }
.kind { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; margin: 0; color: var(--ink-2); }
.kind strong { display: inline-flex; align-items: center; gap: 6px; }
.kind svg { flex: none; fill: currentColor; }
.critical { color: var(--critical); } .warning { color: var(--warning); } .info { color: var(--info); }
code, pre, .mono { font-family: var(--mono); font-size: 12px; }
pre { margin: 8px 0; padding: 8px 12px; border-radius: 6px; background: var(--sunken); white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px; margin: 4px 0; }
dt { color: var(--ink-2); } dd { margin: 0; }
dl.numbers { grid-template-columns: minmax(0, max-content) max-content; } dl.numbers dd { text-align: right; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 0 40px; }
.columns > * { break-inside: avoid; }
.evidence { columns: 3 300px; column-gap: 40px; }
.evidence div { display: flex; justify-content: space-between; gap: 16px; padding: 1px 0; break-inside: avoid; }
.evidence dt { min-width: 0; } .evidence dd { text-align: right; }
dl.evidence { display: block; }
.label { display: inline-block; margin: 0 10px 0 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 16px 32px; }
figure { margin: 0; break-inside: avoid; }
figcaption { line-height: 1.35; } figcaption .mono { display: block; font-size: 11px; color: var(--ink-3); }
figure svg { display: block; width: 100%; height: auto; margin-top: 4px; }
figure text { fill: var(--ink-3); font-size: 11px; }
.grid { stroke: var(--rule); } .first { stroke: var(--ink-3); stroke-dasharray: 3 3; }
.band { fill: var(--band); stroke: var(--edge); stroke-width: 0.75; }
.line { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
table { width: 100%; border-collapse: collapse; }
th { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--strong); color: var(--ink-2); font-weight: 600; text-align: left; vertical-align: bottom; }
td { padding: 4px 12px 4px 0; border-top: 1px solid var(--rule); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
td.state { white-space: nowrap; }
th.number, td.number { text-align: right; white-space: nowrap; }
tbody { break-inside: avoid; }
tr.details td { padding: 0 0 6px; border-top: 0; color: var(--ink-2); font-size: 12px; }
footer { margin-top: 40px; padding-top: 12px; border-top: 1px solid var(--rule); color: var(--ink-2); font-size: 13px; }
@media screen and (max-width: 640px) {
  body { padding: 16px; }
  dl { grid-template-columns: minmax(0, 1fr); } dl dt { margin-top: 6px; font-size: 12px; }
  dl.numbers { grid-template-columns: minmax(0, 1fr) max-content; } dl.numbers dt { margin: 0; font-size: inherit; }
  dl.evidence dt { margin: 0; font-size: inherit; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; width: 100%; }
  tbody { padding: 8px 0; border-top: 1px solid var(--rule); }
  td, td.number { display: flex; justify-content: space-between; gap: 16px; padding: 0; border: 0; text-align: right; white-space: normal; }
  td[data-label]::before { flex: none; color: var(--ink-2); font: 14px/1.5 var(--sans); content: attr(data-label); }
  tr.details td { display: block; padding: 4px 0 0; text-align: left; }
}
@media print {
  @page { margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 11px; }
  h1 { font-size: 18px; } h2 { margin-top: 20px; font-size: 14px; } h3, .note, footer { font-size: 11px; }
  code, pre, .mono, tr.details td { font-size: 10px; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .evidence { columns: 2; }
  .band { print-color-adjust: exact; }
}
`;
