import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Loop } from '../measure.ts';

export function openNormal(directory: string): Loop {
  return openDatabase(directory, 'NORMAL');
}

export function openFull(directory: string): Loop {
  return openDatabase(directory, 'FULL');
}

function openDatabase(directory: string, synchronous: 'NORMAL' | 'FULL'): Loop {
  const database = new DatabaseSync(join(directory, 'state.sqlite'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec('CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID');
  const upsert = database.prepare(
    'INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  return {
    run(from, count) {
      for (let i = from; i < from + count; i++) upsert.run('counter', i);
    },
    close: () => database.close(),
  };
}
