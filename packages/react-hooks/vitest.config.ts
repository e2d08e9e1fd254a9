import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    name: 'react-hooks',
    include: ['test/**/*.test.{ts,tsx}'],
    pool: 'forks',
    // Tests start and kill real processes, on slow machines too.
    testTimeout: 60_000,
  },
});

export default config;
