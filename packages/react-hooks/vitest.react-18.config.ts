/** The tests that any React has to pass, once more with React 18. */
import { createRequire } from 'node:module';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const { resolve } = createRequire(import.meta.url);

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^react$/, replacement: resolve('react18') },
      { find: /^react\/jsx-runtime$/, replacement: resolve('react18/jsx-runtime') },
      { find: /^react\/jsx-dev-runtime$/, replacement: resolve('react18/jsx-dev-runtime') },
      { find: /^react-dom$/, replacement: resolve('react-dom18') },
      { find: /^react-dom\/client$/, replacement: resolve('react-dom18/client') },
      { find: /^react-dom\/server$/, replacement: resolve('react-dom18/server') },
    ],
  },
  test: {
    name: 'react-hooks, React 18',
    include: ['test/{dom,server,browser}/**/*.test.{ts,tsx}'],
    setupFiles: ['test/fixtures/react-18.ts'],
    env: { REACT_MAJOR: '18' },
    pool: 'forks',
    testTimeout: 60_000,
  },
});

export default config;
