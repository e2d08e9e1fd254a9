/** What the documents are followed by: it has to fail where a document is wrong. */
import { describe, expect, test } from 'vitest';
import { expectSaid } from '../src/matches-printed.ts';
import { Place } from '../src/place.ts';
import { parseBlocks } from '../src/read-blocks.ts';
import { runConsole } from '../src/run-console.ts';

const fence = '```';
const parse = (...lines: string[]): ReturnType<typeof parseBlocks> =>
  parseBlocks('guide.md', lines.join('\n'));

describe('the blocks of a document', () => {
  test('have a language, a file, and what they print.', () => {
    const blocks = parse(
      'text',
      `${fence}js`,
      '// a/work.mjs',
      'run();',
      fence,
      '',
      fence,
      'done',
      fence,
      '',
    );
    expect(blocks).toMatchObject([
      { line: 2, language: 'js', file: 'a/work.mjs', code: '// a/work.mjs\nrun();\n', printed: 'done\n' },
    ]);
  });

  test.each([
    ['is not closed', [`${fence}js`, 'run();'], /guide\.md:1: this block has no end/],
    ['prints nothing', [fence, 'done', fence], /guide\.md:1: a block without a language/],
    [
      'is printed twice',
      [`${fence}js`, '1', fence, '', fence, 'a', fence, '', fence, 'b', fence],
      /guide\.md:9:/,
    ],
    [
      'has more behind its language',
      [`${fence}js title`, 'run();', fence],
      /guide\.md:1: a fence like no other/,
    ],
  ])('are refused when one %s.', (_, lines, message) => {
    expect(() => parse(...lines)).toThrow(message);
  });

  test('are not those of a picture.', () => {
    expect(parse(`${fence}text`, 'a ──► b', fence)).toEqual([]);
  });
});

describe('what was printed', () => {
  test('may differ where the document has an ellipsis.', () => {
    const said = 'process 17 of 20 begins\nany\nnumber\nend\n';
    expect(() => expectSaid(said, 'process … of … begins\n…\nend\n')).not.toThrow();
  });

  test.each([
    ['done\n', 'done\nmore\n'],
    ['done\nmore\n', 'done\n'],
    ['a.b\n', 'aXb\n'],
    ['process … begins\n', 'process 17\nbegins\n'],
  ])('may differ nowhere else: %j', (printed, said) => {
    expect(() => expectSaid(said, printed)).toThrow(/toBe|to be/);
  });
});

describe('a console', () => {
  test('is commands, what they print, and how a signal has ended them.', async () => {
    const place = await Place.open();
    try {
      await runConsole('$ echo one; \\\n  echo two\none\ntwo\n$ kill -9 $$\nKilled\n', place);
      await expect(runConsole('$ echo one\ntwo\n', place)).rejects.toThrow(/two/);
      await expect(runConsole('$ true\nKilled\n', place)).rejects.toThrow(/Killed/);
      await expect(runConsole('one\n$ echo one\n', place)).rejects.toThrow(/no block of commands/);
    } finally {
      await place.close();
    }
  });

  test('leaves nothing: neither a process that runs on nor a temporary file.', async () => {
    const running = await Place.open();
    running.write(
      'app.mjs',
      "import { start } from '@faultguard/core'; await start({ launch: () => void setInterval(() => {}, 1000) });",
    );
    await running.start('app.mjs').appPid();
    await expect(running.close()).rejects.toThrow(/Still running/);
    const littering = await Place.open();
    await littering.command('touch "$TMPDIR/left"');
    await expect(littering.close()).rejects.toThrow(/left/);
  });
});
