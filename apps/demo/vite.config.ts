/** One command builds both sides: `dist/browser` for pages, `dist/server` for Node. */
import { defineConfig, type UserConfig } from 'vite';

const config: UserConfig = defineConfig({
  publicDir: false,
  builder: {},
  environments: {
    client: {
      build: {
        outDir: 'dist/browser',
        rolldownOptions: {
          input: { page: 'src/browser/main.tsx' },
          // Without hashes: the server asks the browser to look for a newer one each time.
          output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]' },
        },
      },
    },
    ssr: {
      // What is installed stays what it is: two copies of a state library would be two states.
      resolve: { external: true },
      build: {
        outDir: 'dist/server',
        ssr: true,
        target: 'node22',
        sourcemap: true,
        rolldownOptions: {
          input: { demo: 'src/server/demo.ts', guarded: 'src/server/guarded.ts', twin: 'src/server/twin.ts' },
          output: { chunkFileNames: '[name].js' },
        },
      },
    },
  },
});

export default config;
