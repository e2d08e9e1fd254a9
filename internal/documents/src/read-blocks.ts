/** The fenced blocks of a document of this repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY: string = fileURLToPath(new URL('../../../', import.meta.url));

export interface Block {
  /** The document's path in the repository. */
  readonly document: string;
  /** Of its first fence, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What stands in a block without a language right behind it: what this one prints. */
  readonly printed: string | undefined;
  /** The file that it is, by its first line (`// work.mjs`, `# Dockerfile`). */
  readonly file: string | undefined;
}

/** Documents with blocks that users copy: each block of them has to be run, or excepted with a reason. */
export function listDocuments(): string[] {
  const packages = list('packages').map((name) => `packages/${name}/README.md`);
  const pages = ['docs/guides', 'docs/concepts'].flatMap((folder) =>
    list(folder).map((name) => `${folder}/${name}`),
  );
  return ['README.md', ...packages, ...pages.filter((page) => page.endsWith('.md'))];
}

function list(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder));
}

/** Throws where a fence is not closed, or a block without a language stands behind none that could have printed it. */
export function readBlocks(document: string): Block[] {
  return parseBlocks(document, readFileSync(join(REPOSITORY, document), 'utf8'));
}

export function parseBlocks(document: string, text: string): Block[] {
  const lines = text.split('\n');
  const blocks: (Block & { readonly end: number })[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^\s*(```+)(\w*)$/.exec(lines[at] as string);
    if (fence === null) {
      if (/^\s*```/.test(lines[at] as string))
        throw new Error(`${document}:${at + 1}: a fence like no other.`);
      continue;
    }
    const [, mark, language = ''] = fence;
    const end = lines.findIndex((line, index) => index > at && line.trimEnd() === mark);
    if (end < 0) throw new Error(`${document}:${at + 1}: this block has no end.`);
    const code = lines
      .slice(at + 1, end)
      .map((line) => `${line}\n`)
      .join('');
    const before = blocks.at(-1);
    if (language === '') {
      if (before?.end !== at - 2 || lines[at - 1] !== '' || before.printed !== undefined) {
        throw new Error(
          `${document}:${at + 1}: a block without a language is what the block right before it prints. A picture is "text".`,
        );
      }
      blocks.splice(-1, 1, { ...before, printed: code });
    } else {
      blocks.push({ document, line: at + 1, language, code, printed: undefined, file: fileOf(code), end });
    }
    at = end;
  }
  return blocks.filter(({ language }) => language !== 'text');
}

function fileOf(code: string): string | undefined {
  return /^(?:\/\/|#) ([\w./-]+)\n/.exec(code)?.[1];
}

/** Whether the repository has that file, and it speaks of the document. */
export function speaksOf(path: string, document: string): boolean {
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  return text.includes(document.split('/').at(-1) as string);
}
