import { defineConfig, type UserConfig } from 'tsdown';

/** What every process needs that has to do with a guard. */
const COMMON =
  /\/src\/(?:app\/keep-stderr|autosave\/(?:autosave-files|identity|saved-crash)|classes|dossier\/(?:dossier|redaction)|errors|events|guarded-values|journal\/(?:checksum|layout|position|segment-files)|memory\/(?:file|segment|written-segment)|nearest-name|options|restart\/launch-order|run\/(?:describe-outcome|settings)|terminal\/(?:mode-scanner|terminal-modes)|platform\/(?!disk|process-end|wait-for-child)|state\/guarded-builtins|value)\b/;
/** What the app needs beside that: one file, since each takes a millisecond of `attach` and of a restart to be loaded. */
const APP = /\/src\/(?:app|state)\//;

const config: UserConfig = defineConfig({
  entry: {
    index: 'src/index.ts',
    // For other packages of this repository.
    internal: 'src/internal.ts',
    // A program that the package starts itself.
    'attached-guardian': 'src/attached-guardian.ts',
    // A module that `faultguard run` loads.
    'run-guardian': 'src/run-guardian.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: true,
  fixedExtension: false,
  sourcemap: true,
  clean: true,
  outputOptions: {
    codeSplitting: {
      groups: [
        { name: 'common', test: (id) => COMMON.test(id) && !id.endsWith('.d.ts'), priority: 2 },
        { name: 'app', test: (id) => APP.test(id) && !id.endsWith('.d.ts'), priority: 1 },
      ],
    },
  },
});

export default config;
