import { followDocument } from '../../src/follow-document.ts';

followDocument('packages/react-hooks/README.md', [
  {
    language: 'js',
    has: 'hydrateRoot',
    runBy: 'packages/react-hooks/test/docs/readme.test.ts',
  },
  { language: 'sh', has: 'npm install', notRun: 'scripts/test-packed.ts installs what no registry has yet' },
]);
