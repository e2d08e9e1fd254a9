import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    name: 'cli',
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Tests start and kill real processes, on slow machines too.
    testTimeout: 60_000,
  },
});

export default config;
