/** What netfilter's connection tracking tells of this process's network namespace. */

/** Columns of the file that are kept. `entries` is the number of the whole table, the same in every row. */
const SUMMED = ['drop', 'early_drop', 'insert_failed'];

/** nf_conntrack_count of /proc/sys/net/netfilter: a decimal number. */
export function parseConntrackCount(text: string): [name: string, value: number][] {
  const count = text.trim();
  return /^\d+$/.test(count) ? [['conntrack.count', Number(count)]] : [];
}

/**
 * `conntrack.count`, and `conntrack.drop` and so on, from /proc/net/stat/nf_conntrack: a line of names, then one of
 * hexadecimal numbers for each CPU. A line that does not match the names is left out, and so is a column that is not there.
 * Source: ct_cpu_seq_show() in net/netfilter/nf_conntrack_standalone.c.
 */
export function parseConntrackStat(text: string): [name: string, value: number][] {
  const [names = [], ...rows] = text.split('\n').map((line) => line.trim().split(/\s+/));
  const cpus = rows
    .filter((row) => row.length === names.length && row.every((cell) => /^[0-9a-f]{1,8}$/i.test(cell)))
    .map((row) => row.map((cell) => parseInt(cell, 16)));
  const counters: [string, number][] = [];
  const [first] = cpus;
  if (first === undefined) return counters;
  for (const [column, name] of names.entries()) {
    if (name === 'entries') counters.push(['conntrack.count', first[column]!]);
    if (SUMMED.includes(name)) {
      counters.push([`conntrack.${name}`, cpus.reduce((sum, row) => sum + row[column]!, 0)]);
    }
  }
  return counters;
}
