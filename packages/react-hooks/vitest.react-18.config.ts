/** The tests that any React has to pass, once more with React 18. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Written out, so that it is seen that they are used. */
const paths = {
  react: import.meta.resolve('react18'),
  jsx: import.meta.resolve('react18/jsx-runtime'),
  jsxDev: import.meta.resolve('react18/jsx-dev-runtime'),
  dom: import.meta.resolve('react-dom18'),
  client: import.meta.resolve('react-dom18/client'),
  server: import.meta.resolve('react-dom18/server'),
};

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^react$/, replacement: fileURLToPath(paths.react) },
      { find: /^react\/jsx-runtime$/, replacement: fileURLToPath(paths.jsx) },
      { find: /^react\/jsx-dev-runtime$/, replacement: fileURLToPath(paths.jsxDev) },
      { find: /^react-dom$/, replacement: fileURLToPath(paths.dom) },
      { find: /^react-dom\/client$/, replacement: fileURLToPath(paths.client) },
      { find: /^react-dom\/server$/, replacement: fileURLToPath(paths.server) },
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
