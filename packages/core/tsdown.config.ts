import { defineConfig, type UserConfig } from 'tsdown';

const config: UserConfig = defineConfig({
  // The second is a program that the package starts itself.
  entry: { index: 'src/index.ts', 'attached-guardian': 'src/attached-guardian.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  clean: true,
});

export default config;
