import { followDocument } from '../../src/follow-document.ts';

followDocument('packages/core/README.md', [
  { language: 'sh', has: 'npm install', notRun: 'scripts/test-packed.ts installs what no registry has yet' },
]);
