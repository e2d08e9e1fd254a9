import { defineConfig, type UserConfig } from 'tsdown';

const config: UserConfig = defineConfig({
  // The second is for browsers.
  entry: { index: 'src/index.ts', browser: 'src/browser.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  clean: true,
});

export default config;
