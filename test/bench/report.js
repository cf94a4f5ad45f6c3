/**
 * What a run has measured, made where it ran and printed by another process.
 * @typedef {{
 *   title: string, notes: string[], columns: string[], rows: string[][], targets: Target[],
 *   missing: string[], failures: string[],
 * }} Report `missing`: programs that are not installed. `failures`: what should have given figures, and why it did not.
 * @typedef {{ what: string, limit: string, figure: number, unit?: string, met: boolean, askedFrom?: number }} Target
 *   `askedFrom`: so many sockets are needed for it to be asked, and there were fewer.
 */

/** @param {Report} report Ends a measuring script: what it has to say, on standard output. */
export function tell(report) {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** A figure that is not to be had, for want of a contender to compare with, is not a number and shown as a dash. */
const dash = (value, text) => (Number.isFinite(value) ? text(value) : '–');

export function decimal(value) {
  return dash(value, () => value.toFixed(2));
}

export function percent(share) {
  return dash(share, () => `${(100 * share).toFixed(2)} %`);
}

export function milliseconds(seconds) {
  return dash(seconds, () => (1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0));
}

export function megabytes(bytes) {
  return dash(bytes, () => (bytes / 1e6).toFixed(0));
}

/**
 * @param {Report} report
 * @returns {string} Markdown.
 */
export function markdownOf({ title, notes, columns, rows, targets, missing, failures }) {
  const said = [
    ...notes,
    ...missing.map((program) => `Skipped: ${program} is not installed.`),
    ...failures.map((failure) => `**Failed**: ${failure.replaceAll('\n', ' ').trim()}`),
  ];
  const asked = targets.map(({ what, limit, figure, unit = '', met, askedFrom }) => [
    what,
    limit,
    dash(figure, () => `${figure.toPrecision(3)}${unit}`),
    verdict(figure, met, askedFrom),
  ]);
  return [
    `### ${title}`,
    said.join('\n'),
    ...(rows.length > 0 ? [table(columns, rows)] : []),
    ...(asked.length > 0 ? [table(['Target', 'limit', 'measured', 'met'], asked)] : []),
  ].join('\n\n');
}

function verdict(figure, met, askedFrom) {
  if (!Number.isFinite(figure)) return 'not measured';
  if (askedFrom !== undefined) return `asked from ${askedFrom.toLocaleString('en')} sockets on`;
  return met ? 'yes' : '**no**';
}

/** The first column is text, and what follows are figures. */
function table(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [columns, rule, ...rows].map(line).join('\n');
}
