#!/usr/bin/env node
/** The program's entry: settings, commands, start, signals. The only file beside the observer's that touches `process`. */
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { check, checked } from './check.ts';
import { ConfigError } from './config/error.ts';
import { commandNamed } from './config/flags.ts';
import { healthcheckUrl, loadConfig } from './config/load.ts';
import { doctor } from './doctor.ts';
import { healthcheck } from './healthcheck.ts';
import { createLog } from './log.ts';
import { receivers } from './receivers.ts';
import { serve } from './serve.ts';
import { silence } from './silence.ts';
import { unknownLine } from './terminal/plugin-line.ts';

/** As of a shell's builtins: the command line or what it names is wrong. */
const EXIT_USAGE = 2;
const EXIT_FAILURE = 1;
/** Of doctor and check, whose 1 and 2 say how bad things are. */
const EXIT_COULD_NOT_LOOK = 3;
const DEFAULT_COLUMNS = 80;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function main(): Promise<number | undefined> {
  const loaded = loadConfig(process.argv.slice(2), process.env, version);
  if ('print' in loaded) {
    process.stdout.write(`${loaded.print}\n`);
    return 0;
  }
  if (loaded.command === 'doctor') {
    const { isTTY, columns = DEFAULT_COLUMNS } = process.stdout;
    const coloured = isTTY && !loaded.doctor.plain && !process.env['NO_COLOR'];
    if (process.stderr.isTTY)
      process.stderr.write(`halfclose: watching for ${loaded.doctor.watchSeconds} s …\n`);
    const { text, exitCode } = await doctor(loaded.doctor, hostname(), { width: columns, coloured });
    return ended(text, exitCode);
  }
  if (loaded.command === 'check') {
    const { line, exitCode } = await check(loaded.check);
    return ended(`${line}\n`, exitCode);
  }
  if (loaded.command === 'silence') return ended(await silence(loaded.silence), 0);
  if (loaded.command === 'receivers') {
    const { text, exitCode } = await receivers(loaded.receivers);
    return ended(text, exitCode);
  }
  if (loaded.command === 'healthcheck') {
    const failure = await healthcheck(healthcheckUrl(loaded.config));
    if (failure !== null) process.stderr.write(`halfclose: ${failure}\n`);
    return failure === null ? 0 : EXIT_FAILURE;
  }
  const log = createLog(loaded.config.log, 'server');
  const served = await serve(
    loaded.config,
    {
      host: { name: hostname(), version, kernel: release() },
      observerEntry: fileURLToPath(new URL('observer.js', import.meta.url)),
      dashboard: fileURLToPath(new URL('../web', import.meta.url)),
    },
    log,
  );
  for (const url of served.urls) process.stdout.write(`Halfclose listens on ${url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      void served.stop().then(() => process.exit(0));
    });
  }
  return undefined;
}

/** Prints and ends: what the observer holds open would keep this process going. */
async function ended(text: string, exitCode: number): Promise<never> {
  await new Promise((written) => process.stdout.write(text, written));
  process.exit(exitCode);
}

async function failed(error: unknown): Promise<number> {
  const reason = error instanceof Error ? error.message : String(error);
  const command = commandNamed(process.argv.slice(2));
  if (command === 'check') {
    const { line, exitCode } = checked(unknownLine(reason));
    return ended(`${line}\n`, exitCode);
  }
  process.stderr.write(`halfclose: ${reason}\n`);
  if (command === 'doctor') return ended('', EXIT_COULD_NOT_LOOK);
  return error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
}

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.exitCode = await failed(error);
}
