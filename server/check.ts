import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { findingsOf } from './api/findings.ts';
import { lookFor } from './look.ts';
import { ErrorSchema } from './model/api.ts';
import type { CheckConfig } from './model/config.ts';
import { SeveritySchema } from './model/finding.ts';
import { STATES } from './model/state.ts';
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
    get(`${url}/api/v1/summary`, SummarySchema, signal),
    get(`${url}/api/v1/findings?lang=${language}`, FindingsSchema, signal),
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

async function get<S extends TSchema>(url: string, schema: S, signal: AbortSignal): Promise<Static<S>> {
  const { status, body } = await answerOf(url, signal);
  if (status !== 200) {
    const why = Value.Check(ErrorSchema, body) ? `: ${body.error.message}` : '';
    throw new Error(`${url} answered ${status}${why}`);
  }
  if (!Value.Check(schema, body)) throw new Error(`${url} is no Halfclose, or one of another version`);
  return body;
}

async function answerOf(url: string, signal: AbortSignal): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await fetch(url, { redirect: 'error', signal });
    const text = await answer.text();
    return { status: answer.status, body: parsed(text) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = signal.aborted ? 'it took too long' : cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${url} did not answer: ${why}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
