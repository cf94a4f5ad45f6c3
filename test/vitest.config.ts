import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  plugins: [svelte()],
  test: {
    include: ['test/**/*.test.ts'],
    // A flaky test is a bug to be found: never retried.
    retry: 0,
    testTimeout: 20_000,
  },
});
