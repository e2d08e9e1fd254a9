import { followDocument } from '../../src/follow-document.ts';

followDocument('docs/concepts/security-and-privacy.md');
