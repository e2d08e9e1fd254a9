import { defineConfig, type UserConfig } from 'tsdown';

const config: UserConfig = defineConfig({
  entry: {
    index: 'src/index.ts',
    // For other packages of this repository.
    internal: 'src/internal.ts',
    // A program that the package starts itself.
    'attached-guardian': 'src/attached-guardian.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  clean: true,
});

export default config;
