import { defineConfig, type ViteUserConfig } from 'vitest/config';

// The projects do not inherit from this file: what a package's tests need stands in its own config.
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      'packages/*',
      'packages/react-hooks/vitest.react-18.config.ts',
      'apps/*',
      'internal/documents',
    ],
    // The continuous integration reads its count of tests from the JSON report.
    reporters:
      process.env['CI'] === undefined
        ? ['default']
        : ['default', ['json', { outputFile: 'test-results/vitest.json' }]],
  },
});

export default config;
