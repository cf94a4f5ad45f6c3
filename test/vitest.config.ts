import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { namespacePool } from './e2e/namespace-pool.ts';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  plugins: [svelte({ configFile: false })],
  test: {
    // A flaky test is a bug to be found: never retried.
    retry: 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/scenarios/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: namespacePool() ?? 'forks',
          // One after the other, after all else: each runs a whole Halfclose, and some a browser.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['test/scenarios/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          // Most of it is real time that passes; a machine with much else to do needs twice as long.
          testTimeout: 120_000,
        },
      },
    ],
  },
});
