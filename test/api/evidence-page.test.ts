import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { evidencePage } from '../../server/api/evidence-page.ts';
import { LANGUAGES } from '../../server/model/alert.ts';
import type { AlertEvidence } from '../../server/model/evidence.ts';
import { CAUSES, DETECTOR_NAMES, type Finding } from '../../server/model/finding.ts';
import { describeFinding } from '../../server/model/texts/describe.ts';
import { evidencePageEn } from '../../server/model/texts/evidence-page.en.ts';
import { evidencePageZhCn } from '../../server/model/texts/evidence-page.zh-cn.ts';
import { answering, keeper } from '../alert/evidence-given.ts';
import { alert, finding } from '../given.ts';
import { busy } from './given.ts';

const VOID = ['meta', 'path', 'circle'];

/** Elements with the names of their attributes, in order; throws where one is not closed in its place. */
function skeleton(html: string): string[] {
  const open: string[] = [];
  const found: string[] = [];
  // Of the style, `>` is a combinator.
  const text = html.replace(/<style>.*?<\/style>/s, '').replace('<!doctype html>', '');
  for (const [whole, slash, name = '', rest = ''] of text.matchAll(/<(\/?)([^\s>]*)([^>]*)>/g)) {
    if (slash === '/') {
      if (open.pop() !== name) throw new Error(`${whole} closes nothing`);
      continue;
    }
    const attributes = [...rest.matchAll(/\s([\w:-]+)(?:="[^"<]*")?/g)].map(([, attribute]) => attribute);
    found.push([name, ...attributes].join(' '));
    if (!VOID.includes(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return found;
}

/** What a person reads. */
function wordsOf(html: string): string {
  const body = html.replace(/^.*<body>/s, '').replace(/<[^>]*>/g, ' ');
  return body
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');
}

async function evidenceOf(over: Partial<Finding> = {}): Promise<AlertEvidence> {
  const leak = finding('10.0.0.1:5432', {
    certainty: 'strong',
    evidence: { drained: 731, growing: true, recvQueueBytes: 24_000, ownerGap: 'permission', usedRatio: 0.5 },
    forecast: {
      limit: 'descriptors',
      used: 900,
      max: 1024,
      perSecond: 0.2,
      inSeconds: 620,
      soonestSeconds: 500,
      latestSeconds: null,
    },
    ...over,
  });
  const firing = alert('', 'firing', { finding: leak });
  const { evidence } = keeper({
    latest: () => busy(),
    query: answering(743, (number) =>
      number === 1
        ? {
            timer: { kind: 'retransmit', expiresSeconds: 0.25, retransmits: 5, probes: 2 },
            processesTotal: 4,
          }
        : {},
    ),
  });
  evidence.capture(firing);
  await evidence.close();
  return (await evidence.get(firing.id))!;
}

/** The same with this text wherever a name can be: of the process, its unit, labels, namespaces, and what the system says. */
function named(evidence: AlertEvidence, name: string): AlertEvidence {
  const { alert: firing, sockets, owners, trend } = evidence;
  return {
    ...evidence,
    host: { name, version: name, kernel: name },
    alert: { ...firing, labels: { ...firing.labels, process: name } },
    sockets: sockets && {
      ...sockets,
      rows: sockets.rows.slice(0, 2).map((row) => ({
        ...row,
        netns: `x${name}`,
        process: { pid: 42, name },
        tcpInfo: row.tcpInfo && { ...row.tcpInfo, congestionControl: name },
      })),
    },
    owners: owners.map((owner) => ({ ...owner, name, unit: name })),
    listeners: [
      {
        netns: name,
        address: '::',
        port: 1,
        process: { pid: 1, name, unit: name, container: null },
        acceptQueue: 0,
        acceptQueueMax: null,
      },
    ],
    command: name,
    trend: trend && { ...trend, series: trend.series.map((series) => ({ ...series, name })) },
  };
}

describe('the page of evidence', () => {
  let evidence: AlertEvidence;
  beforeAll(async () => {
    evidence = await evidenceOf();
  });

  test.each(LANGUAGES)('is well-formed, runs nothing and loads nothing: %s', async (language) => {
    const html = await evidencePage(evidence, language);
    const elements = skeleton(html);
    expect(html.startsWith('<!doctype html>')).toBe(true);
    expect(elements[0]).toBe('html lang');
    expect(elements.join('\n')).not.toMatch(
      /script|link|iframe|img|object|\b(src|href|srcset|style|on\w+)\b/i,
    );
    expect(html).not.toMatch(/https?:|url\(|@import|\/\//);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/undefined|NaN|\[object/);
  });

  test.each(LANGUAGES)(
    'says what the finding is and what to do, in the words of that language: %s',
    async (language) => {
      const words = wordsOf(await evidencePage(evidence, language));
      const { title, explanation, advice } = describeFinding(evidence.alert.finding, language);
      for (const sentence of [title, explanation, advice]) expect(words).toContain(sentence);
      expect(words).toContain(evidence.command);
    },
  );

  test('tells times in words of the zone, and as ISO 8601', async () => {
    const english = wordsOf(await evidencePage(evidence, 'en', 'Asia/Shanghai'));
    expect(english).toContain('January 2, 2026 at 11:04:05 GMT+8 2026-01-02T03:04:05.000Z');
    const chinese = wordsOf(await evidencePage(evidence, 'zh-CN', 'Asia/Shanghai'));
    expect(chinese).toContain('2026年1月2日');
  });

  test('lists sockets with lower bounds, timers, and what the kernel says', async () => {
    const words = wordsOf(await evidencePage(evidence, 'en'));
    expect(words).toContain('500 of 743');
    expect(words).toContain('CLOSE_WAIT 10.0.0.2:32768 10.0.0.1:5432 app 42 ≥ 2 h 5 min 0 0 –');
    expect(words).toContain('retransmit in 250 ms, retransmissions unanswered: 5, probes unanswered: 2');
    expect(words).toContain('+3 that hold it too');
    expect(words).toContain('last data received 1 h 12 min ago');
    expect(words).toContain('round trip 0.41 ms ± 0.097 ms');
  });

  test('names every number of the evidence, and why a process is not known', async () => {
    const words = wordsOf(await evidencePage(evidence, 'en'));
    for (const text of ['Read to the end, not closed 731', 'Growing yes', 'Share used 50%']) {
      expect(words).toContain(text);
    }
    expect(words).toContain('Halfclose may not read the descriptors of every process');
    expect(words).toContain('Descriptors 900 of 1,024 full in about 10 min 20 s');
  });

  test('draws each series that moved, and leaves holes where nothing was seen', async () => {
    const html = await evidencePage(evidence, 'en');
    const lines = [...html.matchAll(/class="line" d="([^"]*)"/g)].map(([, d]) => d!);
    expect(lines).toHaveLength(4);
    for (const d of lines) expect(d.match(/M/g)).toHaveLength(2);
    expect(wordsOf(html)).toContain('At 0 all the time: LAST_ACK.');
    expect(html).toMatch(/aria-label="CLOSE_WAIT · of the process: between 0 and \d+, at the end \d+"/);
  });

  test('says what could not be had', async () => {
    const bare: AlertEvidence = {
      ...evidence,
      sockets: null,
      socketsError: 'the observer is starting',
      owners: [],
      ownersTotal: 0,
      counters: null,
      trend: null,
      trendError: 'there is no store',
      command: null,
    };
    const words = wordsOf(await evidencePage(bare, 'en'));
    expect(words).toContain('The sockets could not be asked for: the observer is starting.');
    expect(words).toContain('The history did not tell: there is no store.');
    expect(words).toContain('No process is known to hold them.');
    expect(words).toContain('Nothing had been observed yet.');
    const none = { ...evidence, sockets: { ...evidence.sockets!, total: 0, rows: [] } };
    expect(wordsOf(await evidencePage(none, 'en'))).toContain('None matched any more.');
  });

  test('has the network namespace with its own counts, where it is another', async () => {
    const namespace = { ...busy().namespaces[1]!, readAt: null, sockets: 17 };
    const words = wordsOf(await evidencePage({ ...evidence, namespace }, 'en'));
    expect(words).toContain('Network namespace web');
    expect(words).toContain('17 sockets, read at not known.');
  });

  test('whatever a name contains, it is text: elements and attributes stay those of any other name', async () => {
    const benign = skeleton(await evidencePage(named(evidence, 'plain'), 'en'));
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc
        .array(fc.constantFrom('<', '>', '"', "'", '&', '</style>', '<script>', '-->', '\u202e', '\n', 'x'), {
          minLength: 1,
          maxLength: 12,
        })
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (name) => {
        expect(skeleton(await evidencePage(named(evidence, name), 'en'))).toEqual(benign);
      }),
      { numRuns: 200 },
    );
  });

  test('control and bidi characters are replaced', async () => {
    const html = await evidencePage(named(evidence, 'evil\u202etxt.exe\u0007\n<b>'), 'en');
    expect(html).not.toMatch(/[\u202e\u0007]/);
    expect(html).toContain('evil\ufffdtxt.exe\ufffd\ufffd&lt;b&gt;');
  });

  test('every detector and cause has a page in both languages', async () => {
    const small = {
      ...evidence,
      sockets: { ...evidence.sockets!, rows: evidence.sockets!.rows.slice(0, 1) },
    };
    for (const detector of DETECTOR_NAMES) {
      for (const cause of CAUSES[detector]) {
        const said = { ...small, alert: { ...small.alert, finding: finding('', { detector, cause }) } };
        for (const language of LANGUAGES) {
          expect(await evidencePage(said, language)).not.toMatch(/undefined|NaN/);
        }
      }
    }
  });

  test('a chart without any sample, of one, and of huge and tiny numbers is one', async () => {
    const column = (value: number | null) => [null, value, null];
    const series = [0.000_2, 3, 7e12].map((value) => ({
      name: `tcp_orphans{n="${value}"}`,
      ...{ min: column(value), mean: column(value), max: column(value) },
    }));
    const empty = { name: 'tcp_orphans', min: column(null), mean: column(null), max: column(null) };
    const at = evidence.trend!.at.slice(0, 3);
    const trend = { stepSeconds: 5, at, series: [...series, empty] };
    const html = await evidencePage({ ...evidence, trend }, 'en');
    expect([...html.matchAll(/class="line"/g)]).toHaveLength(3);
    expect(html).not.toMatch(/NaN|Infinity/);
  });
});

describe('its words', () => {
  function leaves(value: unknown, path = ''): [string, string][] {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value === 'function') return [[path, String(value('2', '3', '4', '5'))]];
    return Object.entries(value as object).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
  }

  test('are the same in both languages, none of them empty', () => {
    const en = new Map(leaves(evidencePageEn));
    const zh = new Map(leaves(evidencePageZhCn));
    expect([...zh.keys()]).toEqual([...en.keys()]);
    expect([...en.values(), ...zh.values()].filter((text) => text.trim() === '')).toEqual([]);
  });

  test('keep every argument in both languages', () => {
    for (const [path, text] of leaves(evidencePageEn)) {
      const digits = (from: string) => [...from.matchAll(/[2-5]/g)].map(String).sort();
      const other = new Map(leaves(evidencePageZhCn)).get(path)!;
      // Two numbers that may be one: "all" where nothing is left out.
      if (path !== '.socketsShown') expect(digits(other), path).toEqual(digits(text));
    }
  });
});
