import { followDocument } from '../../src/follow-document.ts';

followDocument('README.md', [
  { language: 'sh', has: 'npm start', notRun: 'apps/demo/test/tour/tour.test.ts runs what it starts' },
  { language: 'sh', has: 'npm run demo', notRun: 'apps/demo/test/page/demo.test.ts runs what it starts' },
  {
    language: 'sh',
    has: 'npm install',
    notRun: 'scripts/test-packed.ts installs the packages that no registry has yet',
  },
]);
