import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Columns are typed arrays, indexed by rows that are in range by construction.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.svelte', 'web/**'],
    rules: {
      // Process names and addresses are hostile input: text nodes only.
      'svelte/no-at-html-tags': 'error',
      'no-undef': 'off',
    },
  },
  {
    // The scripts that people run print to their terminal.
    files: ['server/{start,build}.js', 'test/run.js', 'test/bench/**'],
    rules: { 'no-console': 'off' },
  },
);
