import { formatEndpoint } from '../model/address.ts';
import type { Language } from '../model/alert.ts';
import type { AlertEvidence, EvidenceOwner } from '../model/evidence.ts';
import type { Evidence, Forecast, Severity } from '../model/finding.ts';
import { STATES } from '../model/state.ts';
import { describeFinding } from '../model/texts/describe.ts';
import { evidenceValue } from '../model/texts/evidence-value.ts';
import { trendCharts } from './evidence-chart.ts';
import { countersSection } from './evidence-counters.ts';
import { socketsSection } from './evidence-sockets.ts';
import { EVIDENCE_STYLE } from './evidence-style.ts';
import { wordsOf, type Words } from './evidence-words.ts';
import { markup, trusted, type Markup } from './markup.ts';

/** Nothing is to be loaded, and nothing to run, wherever the file is opened. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The evidence of an alert as one HTML page that needs nothing else; `timeZone`: that of this host, where not given. */
export async function evidencePage(
  evidence: AlertEvidence,
  language: Language,
  timeZone?: string,
): Promise<string> {
  const words = wordsOf(language, timeZone);
  const { own, terminal, findings } = words;
  const { alert, host, command } = evidence;
  const { finding } = alert;
  const { title, explanation, advice } = describeFinding(finding, language);
  const sockets = await socketsSection(evidence, words);
  const page = markup`${trusted('<!doctype html>')}
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<title>${own.documentTitle(alert.alertname, host.name)}</title>
<style>${trusted(EVIDENCE_STYLE)}</style>
</head>
<body>
<header>
<p class="kind"><strong class="${alert.severity}">${icon(alert.severity)}${findings.severities[alert.severity]}</strong>
<span>${own.kind}</span></p>
<h1>${title}</h1>
${heading(evidence, words)}
</header>
<main>
<h2>${own.what}</h2>
<p>${explanation}</p>
${finding.forecast ? forecastText(finding.forecast, words) : null}
<h2>${terminal.fields.advice}</h2>
<p>${advice}</p>
${
  command !== null &&
  markup`<h3>${terminal.fields.command}</h3>
<pre><code>${command}</code></pre>`
}
<h2>${terminal.fields.evidence}</h2>
${evidenceList(finding.evidence, words)}
<h2>${own.trend}</h2>
${trendSection(evidence, words)}
<h2>${own.owners}</h2>
${ownersSection(evidence, words)}
${
  evidence.listeners.length > 0 &&
  markup`<h2>${own.listeners}</h2>
${listenersTable(evidence, words)}`
}
${
  evidence.ports.length > 0 &&
  markup`<h2>${own.ports}</h2>
${portsTable(evidence, words)}`
}
<h2>${own.counters}</h2>
${countersSection(evidence, words)}
<h2>${own.sockets}</h2>
${sockets}
</main>
<footer>${own.made(host.version, host.name, host.kernel)}</footer>
</body>
</html>
`;
  return page.html;
}

function heading({ alert, host, capturedAt }: AlertEvidence, words: Words): Markup {
  const { own, terminal } = words;
  const { finding } = alert;
  const labels = Object.entries(alert.labels).map(
    ([name, value]) => markup`<span class="label mono">${name}="${value}"</span>`,
  );
  return markup`<dl>
<dt>${own.facts.host}</dt><dd>${host.name}</dd>
<dt>${own.facts.first}</dt><dd>${time(finding.firstSeenAt, words)}</dd>
<dt>${own.facts.firing}</dt><dd>${time(alert.startsAt ?? alert.pendingSince, words)}</dd>
<dt>${own.facts.captured}</dt><dd>${time(capturedAt, words)}</dd>
<dt>${terminal.fields.certainty}</dt><dd>${terminal.certainty[finding.certainty]}</dd>
<dt>${own.facts.alert}</dt><dd class="mono">${alert.alertname} ${alert.id}</dd>
<dt>${own.facts.labels}</dt><dd>${labels}</dd>
<dt>${own.facts.filter}</dt><dd class="mono">${finding.filter}</dd>
</dl>`;
}

function time(iso: string, words: Words): Markup {
  return markup`<time datetime="${iso}">${words.time(iso)}</time> <span class="mono faint">${iso}</span>`;
}

/** Circle, triangle, octagon: told apart without colour. */
function icon(severity: Severity): Markup {
  const shapes: Readonly<Record<Severity, Markup>> = {
    critical: trusted('<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/>'),
    warning: trusted('<path d="M8 1.2 15.4 14.6H.6z"/>'),
    info: trusted('<circle cx="8" cy="8" r="7"/>'),
  };
  return markup`<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">${shapes[severity]}</svg>`;
}

function forecastText({ limit, used, max, ...forecast }: Forecast, { page, format }: Words): Markup {
  const texts = page.findings;
  const { number, duration } = format;
  const isFull = used >= max;
  const until = isFull ? texts.isFull : texts.full(duration(forecast.inSeconds));
  const latest = forecast.latestSeconds === null ? '' : duration(forecast.latestSeconds);
  return markup`<p>${texts.limits[limit]} ${texts.used(number(used), number(max))} <strong>${until}</strong></p>
${!isFull && markup`<p class="note">${texts.fullBetween(duration(forecast.soonestSeconds), latest)}</p>`}`;
}

function evidenceList(evidence: Evidence, { findings, page, terminal, format }: Words): Markup {
  const names: Readonly<Record<string, string>> = findings.evidence;
  const gaps: Readonly<Record<string, string>> = page.sockets.gapMeaning;
  const valueOf = (key: string, value: Evidence[string]) =>
    key === 'ownerGap' ? (gaps[String(value)] ?? String(value)) : evidenceValue(key, value, format, terminal);
  return markup`<dl class="evidence">${Object.entries(evidence).map(
    ([key, value]) =>
      markup`<div><dt>${names[key] ?? key}</dt><dd>${valueOf(key, value) || page.findings.unknown}</dd></div>
`,
  )}</dl>`;
}

function trendSection(evidence: AlertEvidence, words: Words): Markup {
  const { own, format } = words;
  const { trend, trendError } = evidence;
  if (!trend) return markup`<p>${own.trendMissing(trendError ?? own.unknown)}</p>`;
  return markup`<p class="note">${own.trendNote(format.duration(trend.stepSeconds))}</p>
${trendCharts(evidence, trend, words)}`;
}

function ownersSection({ owners, ownersTotal }: AlertEvidence, words: Words): Markup {
  const { own, page, format } = words;
  if (owners.length === 0) return markup`<p>${own.ownersMissing}</p>`;
  const { owner } = own;
  const descriptors = ({ descriptors, descriptorLimit }: EvidenceOwner) => {
    if (descriptors === null) return own.unknown;
    if (descriptorLimit === null) return format.number(descriptors);
    return page.where.use(format.number(descriptors), format.number(descriptorLimit));
  };
  const states = ({ byState }: EvidenceOwner) =>
    byState
      ? words.list(
          STATES.filter((state) => byState[state] > 0).map(
            (state) => `${state} ${format.number(byState[state])}`,
          ),
        )
      : own.unknown;
  return markup`${table(
    [owner.process, owner.unit, owner.held, owner.descriptors, owner.states],
    owners.map((each) => [
      markup`<span>${each.name} <span class="faint">${each.pid}</span></span>`,
      [each.unit, each.container, each.pod].filter((name) => name !== null).join(' ') || own.none,
      format.number(each.sockets),
      descriptors(each),
      states(each),
    ]),
  )}${ownersTotal > owners.length && markup`<p class="note">${page.where.more(format.number(ownersTotal - owners.length))}</p>`}`;
}

function listenersTable({ listeners }: AlertEvidence, { own, page, format }: Words): Markup {
  const { where } = page;
  return table(
    [own.listener.address, own.listener.process, own.listener.queue],
    listeners.map(({ address, port, process, acceptQueue, acceptQueueMax }) => [
      formatEndpoint(address, port),
      process ? markup`<span>${process.name} <span class="faint">${process.pid}</span></span>` : own.unknown,
      acceptQueueMax === null
        ? where.queueMaxUnknown(format.number(acceptQueue))
        : where.queue(format.number(acceptQueue), format.number(acceptQueueMax)),
    ]),
  );
}

function portsTable({ ports }: AlertEvidence, { own, page, format }: Words): Markup {
  const { where } = page;
  return table(
    [own.port.from, own.port.to, own.port.used, own.port.timeWait],
    ports.map(({ localAddress, remoteAddress, remotePort, used, usable, timeWait }) => [
      localAddress,
      formatEndpoint(remoteAddress, remotePort),
      usable === null ? format.number(used) : where.use(format.number(used), format.number(usable)),
      format.number(timeWait),
    ]),
  );
}

function table(columns: readonly string[], rows: readonly (readonly (string | Markup)[])[]): Markup {
  return markup`<table>
<thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
${rows.map(
  (
    cells,
  ) => markup`<tbody><tr>${cells.map((cell, i) => markup`<td data-label="${columns[i]!}">${cell}</td>`)}</tr></tbody>
`,
)}</table>`;
}
