#!/usr/bin/env node
/** The server's entry: settings, wiring, start, signals. The only file of the server that touches `process`. */
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ConfigError } from './config/error.ts';
import { healthcheckUrl, loadConfig } from './config/load.ts';
import { healthcheck } from './healthcheck.ts';
import { createLog } from './log.ts';
import { serve } from './serve.ts';

/** As of a shell's builtins: the command line or what it names is wrong. */
const EXIT_USAGE = 2;
const EXIT_FAILURE = 1;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function main(): Promise<number | undefined> {
  const loaded = loadConfig(process.argv.slice(2), process.env, version);
  if ('print' in loaded) {
    process.stdout.write(`${loaded.print}\n`);
    return 0;
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

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.stderr.write(`halfclose: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
}
