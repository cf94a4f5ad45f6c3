import { Type } from 'typebox';
import { findingsOf } from './api/findings.ts';
import { lookFor } from './look.ts';
import type { CheckConfig } from './model/config.ts';
import { SeveritySchema } from './model/finding.ts';
import { STATES } from './model/state.ts';
import { ask } from './remote.ts';
import { PLUGIN_STATUS, pluginLine, unknownLine, type PluginLine } from './terminal/plugin-line.ts';

/** Monitors give up after ten seconds themselves, and then nobody knows why. */
const TIMEOUT_MS = 10_000;

/** What is read of the server's answers: no more, so that a server of another version will do. */
const SummarySchema = Type.Object({
  stale: Type.Boolean(),
  complete: Type.Boolean(),
  observer: Type.Object({ reason: Type.Union([Type.String(), Type.Null()]) }),
  sockets: Type.Object({
    byState: Type.Object(
      Object.fromEntries(STATES.map((state) => [state, Type.Integer()])) as Record<
        (typeof STATES)[number],
        ReturnType<typeof Type.Integer>
      >,
    ),
  }),
});
const FindingsSchema = Type.Object({
  findings: Type.Array(
    Type.Object({
      severity: SeveritySchema,
      title: Type.String(),
      causedBy: Type.Optional(Type.String()),
    }),
  ),
  undecided: Type.Array(Type.String()),
});

export interface Checked {
  /** One line, without its line break. */
  readonly line: string;
  readonly exitCode: number;
}

/** The output and the exit code of the monitoring plugin. Never rejects: what it cannot tell is UNKNOWN. */
export async function check(config: CheckConfig, timeoutMs = TIMEOUT_MS): Promise<Checked> {
  try {
    return checked(await ('url' in config ? asked(config, timeoutMs) : looked(config)));
  } catch (error) {
    return checked(unknownLine(error instanceof Error ? error.message : String(error)));
  }
}

export function checked({ status, line }: PluginLine): Checked {
  return { line, exitCode: PLUGIN_STATUS.indexOf(status) };
}

async function asked({ url, language }: Asking, timeoutMs: number): Promise<PluginLine> {
  const signal = AbortSignal.timeout(timeoutMs);
  const [summary, found] = await Promise.all([
    ask(`${url}/api/v1/summary`, SummarySchema, { signal }),
    ask(`${url}/api/v1/findings?lang=${language}`, FindingsSchema, { signal }),
  ]);
  if (summary.stale)
    return unknownLine(`the observer is down: ${summary.observer.reason ?? 'no reason is known'}`);
  if (!summary.complete) return unknownLine('the last pass could not read all sockets');
  return pluginLine(found, summary.sockets.byState);
}

async function looked({ watchSeconds, observer, language }: Watching): Promise<PluginLine> {
  const observation = await lookFor(watchSeconds, observer);
  const status = { state: 'up', observationAgeSeconds: 0 } as const;
  const found = findingsOf(observation, status, { language, considered: false });
  return pluginLine(found, observation.sockets.byState);
}

type Asking = Extract<CheckConfig, { readonly url: string }>;
type Watching = Exclude<CheckConfig, Asking>;
