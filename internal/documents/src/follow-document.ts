/**
 * Follows a document as its reader does: block after block, in one directory, each of them run for real.
 *
 * What is done with a block that no plan names:
 * 1. One that says its file (`// work.mjs` as its first line) is written to it. A later block has to use it.
 * 2. JavaScript or shell with what it prints right behind it is run, and has to print that, and nothing else.
 * 3. A `console` is run command by command.
 * 4. Any other fails the test.
 */
import type { ScriptResult } from '@faultguard/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSaid } from './matches-printed.ts';
import { Place } from './place.ts';
import { type Block, readBlocks, speaksOf } from './read-blocks.ts';
import { runConsole } from './run-console.ts';

interface Named {
  readonly language: string;
  /** What stands in that block and in no other of the language. */
  readonly has: string;
}

/** Rejects when the block does not do what the document says. The file that it is has been written. */
interface Run extends Named {
  readonly run: (block: Block, place: Place) => Promise<void>;
}

/** That test runs it. */
interface RunBy extends Named {
  readonly runBy: string;
}

/** It cannot be run where tests run. */
interface Excepted extends Named {
  readonly notRun: string;
}

export type Plan = Run | RunBy | Excepted;

/** Declares the tests of a document: one for each of its blocks, in their order. */
export function followDocument(document: string, plans: readonly Plan[] = []): void {
  const blocks = readBlocks(document);
  const isOf = (plan: Plan, block: Block): boolean =>
    plan.language === block.language && block.code.includes(plan.has);

  describe(`the document ${document}`, () => {
    let place: Place;
    beforeAll(async () => {
      place = await Place.open();
    });
    afterAll(() => place.close());

    test('each plan is of one block, and each block has one at most', () => {
      const plansOf = blocks.map((block) => ({
        line: block.line,
        plans: plans.filter((plan) => isOf(plan, block)).map(({ has }) => has),
      }));
      expect(plansOf.filter((found) => found.plans.length > 1)).toEqual([]);
      const planned = plansOf.flatMap((found) => found.plans);
      expect(planned.toSorted(compare)).toEqual(plans.map(({ has }) => has).toSorted(compare));
    });

    test.for(blocks.map((block) => [describeBlock(block), block] as const))(
      '%s',
      async ([, block], { skip, expect }) => {
        const plan = plans.find((found) => isOf(found, block));
        if (plan !== undefined && 'notRun' in plan) skip(plan.notRun);
        else if (plan !== undefined && 'runBy' in plan) {
          expect(speaksOf(plan.runBy, document), `${plan.runBy} knows of ${document}`).toBe(true);
        } else await followBlock(block, blocks.slice(blocks.indexOf(block) + 1), place, plan?.run);
      },
    );
  });
}

function describeBlock({ line, language, file }: Block): string {
  return `line ${line}, ${language}${file === undefined ? '' : ` ${file}`}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

async function followBlock(
  block: Block,
  later: readonly Block[],
  place: Place,
  run?: Run['run'],
): Promise<void> {
  if (block.file !== undefined) place.write(block.file, block.code);
  if (run !== undefined) await run(block, place);
  else if (block.language === 'console') await runConsole(block.code, place);
  else if (block.printed !== undefined) await expectPrinted(block, place);
  else if (block.file !== undefined) expectUsed(block.file, later);
  else throw new Error(`${block.document}:${block.line}: nothing runs this block.`);
}

/** Runs a block, and compares what it prints with what the document says. However it ends: that is in the document. */
async function expectPrinted(block: Block, place: Place): Promise<void> {
  const { stdout, stderr } = await runBlock(block, place);
  expectSaid(stdout + stderr, block.printed as string);
}

/** Runs JavaScript as the file that it is, or as one without a name that matters; shell as a script. */
export function runBlock(block: Block, place: Place): Promise<ScriptResult> {
  if (block.language === 'sh') return place.shell(block.code);
  if (block.language !== 'js' && block.language !== 'ts') throw new Error(`What runs ${block.language}?`);
  const name = block.file ?? `block-${block.line}.m${block.language}`;
  place.write(name, block.code);
  return place.run(name);
}

function expectUsed(file: string, later: readonly Block[]): void {
  const name = file.split('/').at(-1) as string;
  expect(
    later.some(({ code }) => code.includes(name)),
    `no block behind it uses ${file}`,
  ).toBe(true);
}
