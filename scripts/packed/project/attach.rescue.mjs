import { renameSync, writeFileSync } from 'node:fs';

export function rescue({ n }, { kind }) {
  writeFileSync('attach.rescued.writing', JSON.stringify({ n, kind }));
  renameSync('attach.rescued.writing', 'attach.rescued');
}
