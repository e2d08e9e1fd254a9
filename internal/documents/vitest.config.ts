import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    name: 'documents',
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // The blocks of a document start and kill real processes, on slow machines too.
    testTimeout: 60_000,
  },
});

export default config;
