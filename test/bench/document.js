import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { markdownOf } from './report.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Each is one measured run, in this order; a run leaves the sections of the others as they are. */
const SECTIONS = {
  passes: 'What a pass costs',
  steady: 'A quiet host',
  million: 'A million sockets within the CPU budget',
  owners: 'Who holds each socket',
  dashboards: 'A thousand dashboards',
  page: 'The page in a browser',
};
export const SECTION_NAMES = Object.keys(SECTIONS);

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`, which builds a world of real TCP connections on loopback, in a network namespace of its own, and measures in it. It needs root, and the programs that it compares with: those that are not installed are named and left out. Targets that are missed are said to be.

\`\`\`sh
npm run bench                                    # what a pass costs, at 10,000 and 100,000 sockets
npm run bench -- --sockets=1000000               # the same at a million: 8 GB of memory, ten minutes
npm run bench -- steady million owners dashboards page  # the other sections
npm run bench -- --write docs/benchmarks.md      # and into this document
\`\`\`

How to read it:

- **A pass** is what the observer does each interval. A full one reads all sockets, finds their owners and their ages, and runs the detectors; a counts-only one takes the number of established sockets from the kernel's counters and lists the others. Each kind runs in a process of its own, so that its peak memory (\`VmHWM\`, Node itself included) is its own. The first pass, which looks for the owners of all sockets, stands on its own, and how long it took until they were known; what follows is counted once they are.
- **Contenders take turns** within each round. Figures are medians over the rounds; ratios are made within a round, and are the medians of these. So a disturbance of the machine shifts both sides of a ratio. On a shared machine expect 10 % of noise in ratios, and more in milliseconds.
- **CPU time** is that of the process: \`getrusage\`, to the microsecond, for Halfclose, \`ss\` and \`cat\`; \`/proc/PID/stat\`, to 10 ms, for node_exporter. Many kernels divide it into user and system by what runs at each timer tick, some milliseconds apart: the sum is exact, the two parts are estimates. What node_exporter spends on HTTP is in it; with the collector \`tcpstat\` alone that is little.
- **\`cat\`** of \`/proc/net/tcp\` and \`tcp6\` is nothing but the kernel's part in any program that reads them.
- **Latencies** are those of one request after the other to each route, a few a second, in the same machine's spare time: beside them stands what a Node server that does nothing needs to answer.
- **The worlds**: \`established\` is connections, both ends here; \`time_wait\` is what is left of connections, and made anew while it expires; \`mix\` is 60 % ESTABLISHED, 10 % each CLOSE_WAIT and FIN_WAIT2, 19.5 % TIME_WAIT and 0.5 % listeners, half of them IPv6.
`;

/**
 * @param {string} section
 * @param {readonly import('./report.js').Report[]} reports
 * @returns {Promise<string>} Markdown.
 */
export function sectionOf(section, reports) {
  return formatted([`## ${SECTIONS[section]}`, machine(), ...reports.map(markdownOf)].join('\n\n'));
}

/**
 * Puts sections into the document, in place of those of that name.
 * @param {string} path
 * @param {ReadonlyMap<string, string>} sections
 */
export async function writeDocument(path, sections) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const old = before.split(/^(?=## )/m).slice(1);
  const all = SECTION_NAMES.map(
    (name) => sections.get(name) ?? old.find((text) => text.startsWith(`## ${SECTIONS[name]}\n`)),
  );
  const parts = [INTRODUCTION, ...all.filter((text) => text !== undefined)];
  writeFileSync(path, await formatted(parts.join('\n')));
}

async function formatted(markdown) {
  return format(markdown, { ...(await resolveConfig(HERE)), parser: 'markdown' });
}

function machine() {
  const [cpu] = cpus();
  const processor = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}`;
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, commit ${commit()}; ${processor}, ${memory}, Linux ${release()}, Node ${process.version}.`;
}

function commit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: HERE, encoding: 'utf8', stdio: 'pipe' }).trim();
    const changed = git('status', '--porcelain', '--', '../../server', '.') === '' ? '' : ' with changes';
    return git('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'unknown';
  }
}
