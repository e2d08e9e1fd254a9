/** The reference says what the code says: every code, every option with its default; and every link leads somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AUTOSAVE_INTERVAL_MS_DEFAULT,
  AUTOSAVE_LOAD_MAX_DEFAULT,
  AUTOSAVE_PRESET_DEFAULT,
  checkAttachOptions,
  checkStartOptions,
  DOSSIER_MUTATION_BYTES_MAX_DEFAULT,
  DOSSIER_MUTATIONS_DEFAULT,
  DOSSIER_STDERR_LINES_DEFAULT,
  JOURNAL_BYTES_MAX_DEFAULT,
  JOURNAL_BYTES_MAX_LOWEST,
  RESCUE_TIMEOUT_MS_DEFAULT,
  RESTART_BACKOFF_MS_DEFAULT,
  RESTART_HEALTHY_MS_DEFAULT,
  RESTART_MAX_DEFAULT,
  RESTART_WITHIN_MS_DEFAULT,
} from '../../src/options.ts';

const ROOT = new URL('../../../../', import.meta.url).pathname;

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The headings of a document, without what stands in its code blocks. */
function headingsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading as string);
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```/gms, '');
}

function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].toSorted();
}

const launch = (): void => {};

function formatNumber(value: number): string {
  return value.toLocaleString('en');
}

function accepts(name: string, value: number): boolean {
  const isOfAutosave = ['intervalMs', 'preset', 'loadMax'].includes(name);
  const inAutosave = { autosave: { path: 'x', [name]: value } };
  const isOfDossier = ['mutations', 'mutationBytesMax', 'stderrLines'].includes(name);
  if (isOfDossier) return isAccepted({ dossier: { [name]: value } });
  const isOfRestart = ['max', 'withinMs', 'backoffMs', 'healthyMs'].includes(name);
  if (isOfRestart) return isAccepted({ restart: { [name]: value } });
  const inStart = name === 'sizeBytesMax' ? { journal: { sizeBytesMax: value } } : { [name]: value };
  return isAccepted(isOfAutosave ? inAutosave : inStart);
}

function isAccepted(option: object): boolean {
  try {
    checkStartOptions({ launch, ...option });
    return true;
  } catch {
    return false;
  }
}

/** What the refusal of a name that nobody knows says is known. */
function knownNames(options: object, check: (options: unknown) => void = checkStartOptions): string[] {
  try {
    check(options);
  } catch (error) {
    return (/Known are: (.*)\.$/.exec((error as Error).message)?.[1] ?? '').split(', ');
  }
  return [];
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

describe('docs/reference/errors.md', () => {
  const source = read('packages/core/src/errors.ts');
  const codes = sorted(source.match(/ERR_FAULTGUARD_\w+/g) ?? []);
  const document = read('docs/reference/errors.md');

  it('has a section for every code of the source, and for no other', () => {
    expect(codes.length).toBeGreaterThan(0);
    const described = headingsOf(document).filter((heading) => heading.startsWith('ERR_'));
    expect(described.toSorted()).toEqual(codes);
  });

  it('and the other documents name no code that the source does not have', () => {
    for (const path of markdownFiles()) {
      // Those of other packages are in the documents of those.
      const named = sorted(read(path).match(/ERR_FAULTGUARD_(?!IDEMPOTENCY_|REQUEST_|RESPONSE_)\w+/g) ?? []);
      expect({ path, unknown: named.filter((code) => !codes.includes(code)) }).toEqual({ path, unknown: [] });
    }
  });

  it('says of every code what happened, what is safe, what to do', () => {
    for (const code of codes) {
      const section = document.split(`## ${code}\n`)[1]?.split('\n## ')[0] ?? '';
      const parts = [...section.matchAll(/^- \*\*(.*):\*\*/gm)].map(([, part]) => part);
      expect({ code, parts }).toEqual({ code, parts: ['What happened', 'Still safe', 'What to do'] });
    }
  });

  it('names every error class', () => {
    for (const [, name] of source.matchAll(/^export class (\w+)/gm))
      expect(document).toContain(`\`${name}\``);
  });

  it('has a section for every warning of the app, and for no other', () => {
    const folder = 'packages/core/src/app';
    const paths = readdirSync(join(ROOT, folder)).map((name) => join(folder, name));
    const sources = [...paths, 'packages/core/src/events.ts'].map(read);
    const warnings = sorted(sources.join('').match(/\bFAULTGUARD_(?!DEBUG)\w+/g) ?? []);
    expect(warnings).toContain('FAULTGUARD_DEGRADED');
    const described = headingsOf(document).flatMap((heading) => /^Warning (\w+)$/.exec(heading)?.[1] ?? []);
    expect(described.toSorted()).toEqual(warnings);
  });
});

describe('docs/reference/options.md', () => {
  const document = read('docs/reference/options.md');
  const rows = [
    ...document.matchAll(/^\| \[`(?<name>[\w.]+)`\].*?\| (?<type>.*?) \| (?<byDefault>.*?) \|$/gm),
  ].map(({ groups }) => groups as { name: string; type: string; byDefault: string });
  const rowOf = (name: string): (typeof rows)[number] | undefined => rows.find((row) => row.name === name);

  it('has every option that is known, and no other', () => {
    const known = knownNames({ launch, nobodyKnows: 1 });
    const ofJournal = knownNames({ launch, journal: { nobodyKnows: 1 } }).map((name) => `journal.${name}`);
    const ofAutosave = knownNames({ launch, autosave: { path: 'x', nobodyKnows: 1 } }).map(
      (name) => `autosave.${name}`,
    );
    const ofDossier = knownNames({ launch, dossier: { nobodyKnows: 1 } }).map((name) => `dossier.${name}`);
    const ofRestart = knownNames({ launch, restart: { nobodyKnows: 1 } }).map((name) => `restart.${name}`);
    expect(rows.map(({ name }) => name).toSorted()).toEqual(
      [...known, ...ofJournal, ...ofAutosave, ...ofDossier, ...ofRestart].toSorted(),
    );
  });

  it('says which options attach does not take', () => {
    const ofAttach = knownNames({ nobodyKnows: 1 }, checkAttachOptions);
    const ofStart = knownNames({ launch, nobodyKnows: 1 });
    expect(ofAttach.filter((name) => !ofStart.includes(name))).toEqual([]);
    const missing = ofStart.filter((name) => !ofAttach.includes(name)).map((name) => `\`${name}\``);
    expect(document).toContain(`takes all but ${missing.join(' and ')}.`);
  });

  it('has a section for each', () => {
    const sections = headingsOf(document).filter((heading) => heading.startsWith('`'));
    expect(sections).toEqual(rows.map(({ name }) => `\`${name}\``));
  });

  it('says which option is required', () => {
    expect(rows.filter(({ byDefault }) => byDefault === 'required').map(({ name }) => name)).toEqual([
      'launch',
    ]);
    expect(() => checkStartOptions({ launch })).not.toThrow();
  });

  it('has the defaults and ranges of the source', () => {
    expect(rowOf('autosave.intervalMs')?.byDefault).toBe(formatNumber(AUTOSAVE_INTERVAL_MS_DEFAULT));
    expect(rowOf('autosave.preset')?.byDefault).toBe(String(AUTOSAVE_PRESET_DEFAULT));
    expect(rowOf('autosave.loadMax')?.byDefault).toBe(String(AUTOSAVE_LOAD_MAX_DEFAULT));
    expect(rowOf('rescueTimeoutMs')?.byDefault).toBe(formatNumber(RESCUE_TIMEOUT_MS_DEFAULT));
    expect(rowOf('dossier.mutations')?.byDefault).toBe(String(DOSSIER_MUTATIONS_DEFAULT));
    expect(rowOf('dossier.mutationBytesMax')?.byDefault).toBe(
      formatNumber(DOSSIER_MUTATION_BYTES_MAX_DEFAULT),
    );
    expect(rowOf('dossier.stderrLines')?.byDefault).toBe(String(DOSSIER_STDERR_LINES_DEFAULT));
    expect(rowOf('restart.max')?.byDefault).toBe(String(RESTART_MAX_DEFAULT));
    expect(rowOf('restart.withinMs')?.byDefault).toBe(formatNumber(RESTART_WITHIN_MS_DEFAULT));
    expect(rowOf('restart.backoffMs')?.byDefault).toBe(String(RESTART_BACKOFF_MS_DEFAULT));
    expect(rowOf('restart.healthyMs')?.byDefault).toBe(formatNumber(RESTART_HEALTHY_MS_DEFAULT));
    const mebibytes = JOURNAL_BYTES_MAX_DEFAULT / 1024 ** 2;
    expect(rowOf('journal.sizeBytesMax')?.byDefault).toBe(
      `${formatNumber(JOURNAL_BYTES_MAX_DEFAULT)} (${mebibytes} MiB)`,
    );
    expect(document).toContain(`${formatNumber(JOURNAL_BYTES_MAX_LOWEST)} (2 MiB)`);
    for (const [name, values] of Object.entries({
      rescueTimeoutMs: [0, 1, 2_147_483_647, 2_147_483_648],
      sizeBytesMax: [2 * 1024 ** 2 - 1, 2 * 1024 ** 2, 64 * 1024 ** 3, 64 * 1024 ** 3 + 1],
      intervalMs: [9, 10, 2_147_483_647, 2_147_483_648],
      preset: [-1, 0, 9, 10],
      loadMax: [0.009, 0.01, 1, 1.1],
      mutations: [-1, 0, 10_000, 10_001],
      mutationBytesMax: [-1, 0, 16_777_216, 16_777_217],
      stderrLines: [-1, 0, 1000, 1001],
      max: [0, 1, 1_000_000, 1_000_001],
      withinMs: [0, 1, 2_147_483_647, 2_147_483_648],
      backoffMs: [0, 1, 2_147_483_647, 2_147_483_648],
      healthyMs: [0, 1, 2_147_483_647, 2_147_483_648],
      hangTimeoutMs: [49, 50, 2_147_483_647, 2_147_483_648],
    })) {
      const accepted = values.map((value) => accepts(name, value));
      expect({ name, accepted }).toEqual({ name, accepted: [false, true, true, false] });
    }
    const sharedBytes = /SHARED_MEMORY_BYTES_MIN: number = (\d+) \* 1024 \* 1024/.exec(
      read('packages/core/src/platform/session.ts'),
    );
    expect(rowOf('journal.directory')?.byDefault).toContain(`at least ${sharedBytes?.[1]} MiB`);
  });
});

describe('the relative links of every document', () => {
  it.each(markdownFiles())('of %s lead to a file, and to a heading of it', (path) => {
    const broken: string[] = [];
    const prose = withoutCode(read(path)).replaceAll(/`[^`\n]*`/g, '');
    for (const [, link] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link as string)) continue;
      const [file = '', anchor] = (link as string).split('#');
      const target = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
      if (!existsSync(join(ROOT, target))) broken.push(link as string);
      else if (anchor !== undefined && !headingsOf(read(target)).map(anchorOf).includes(anchor)) {
        broken.push(link as string);
      }
    }
    expect(broken).toEqual([]);
  });
});

/** Every Markdown file of the repository, by its path in it. */
function markdownFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (['node_modules', 'dist', 'coverage', 'test-results', '.git', '.turbo'].includes(entry.name))
      return [];
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
