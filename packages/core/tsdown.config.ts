import { defineConfig, type UserConfig } from 'tsdown';

const config: UserConfig = defineConfig({
  // A process that the package starts by a file of its own needs that file as an entry here.
  entry: { index: 'src/index.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  clean: true,
});

export default config;
