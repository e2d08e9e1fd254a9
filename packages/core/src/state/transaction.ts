/**
 * Many mutations as one: for a rescue, because the records of an open transaction are withheld, and for a throw,
 * because each mutation leaves behind how it is taken back. Taking back is done by mutations like any others, so
 * identities, counts and the guardian's copy need no second way of being right.
 */
import types from 'node:util/types';
import { Control } from '../journal/layout.ts';
import type { Graph } from './graph.ts';
import { isObject } from './tracked-node.ts';
import type { UndoLog } from './undo-log.ts';

/** Runs `run`; everything it does to the state counts together or not at all. Throws what `run` throws. */
export function runTransaction<Result>(graph: Graph, run: () => Result): Result {
  if (types.isAsyncFunction(run)) throw asyncRefusal();
  const outer = graph.undo;
  const undo = outer ?? graph.takeUndoLog();
  const savepoint = undo.length;
  const savepointBefore = undo.savepoint;
  const putBytesBack = graph.hasBuffers ? graph.memory.saveBytes() : undefined;
  if (outer === undefined) open(graph, undo);
  undo.savepoint = savepoint;
  try {
    const result = run();
    if (isThenable(result)) throw asyncRefusal();
    undo.savepoint = savepointBefore;
    if (outer === undefined) close(graph);
    return result;
  } catch (error) {
    const finish = (): void => {
      takeBack(graph, undo, savepoint);
      undo.savepoint = savepointBefore;
      putBytesBack?.();
      if (outer === undefined) close(graph);
    };
    if (outer === undefined) failing.set(graph, finish);
    finish();
    failing.delete(graph);
    throw error;
  }
}

/** Transactions that are being taken back. It may need more stack than there is: then it is finished later. */
const failing = new WeakMap<Graph, () => void>();

function isThenable(value: unknown): boolean {
  return isObject(value) && typeof (value as { then?: unknown }).then === 'function';
}

function asyncRefusal(): TypeError {
  return new TypeError(
    'A transaction cannot be asynchronous: others would see it half done. Nothing of it has been kept. ' +
      'Await first, then change the state in one go.',
  );
}

function open(graph: Graph, undo: UndoLog): void {
  const { journal, memory } = graph;
  if (graph.hasBuffers && memory.keepUndo()) {
    const { segment, offsetBytes } = journal.position;
    journal.writeControl(Control.undoSequence, segment);
    journal.writeControl(Control.undoOffset, offsetBytes);
    journal.writeControl(Control.undoOpen, 1);
    graph.isKeepingUndo = true;
  }
  // First of all: from here on it can be cut off at any call.
  finishLater(graph);
  journal.withhold();
  graph.undo = undo;
}

/**
 * A transaction is over when the code that runs now is. One that is still open then has been cut off by the time limit
 * of `vm`: what it has done counts, and what came after it must not be withheld. One that was being taken back when
 * there was no stack left is taken back now.
 */
function finishLater(graph: Graph): void {
  if (graph.isFinishedLater) return;
  queueMicrotask(() => {
    graph.isFinishedLater = false;
    failing.get(graph)?.();
    failing.delete(graph);
    if (graph.undo !== undefined) close(graph);
  });
  // Not before: for want of stack, that may have thrown.
  graph.isFinishedLater = true;
}

/** Last in, first out. Nothing that is done here is to be taken back itself. */
function takeBack(graph: Graph, undo: UndoLog, savepoint: number): void {
  graph.undo = undefined;
  undo.takeBack(savepoint);
  graph.undo = undo;
}

function close(graph: Graph): void {
  const { journal, memory } = graph;
  // Cut off in here, the next mutation finishes it.
  graph.begin();
  const { undo } = graph;
  graph.undo = undefined;
  journal.commit();
  if (graph.isKeepingUndo) {
    // Only now: until the commit, a rescue sees the bytes from before.
    memory.dropUndo();
    journal.writeControl(Control.undoOpen, 0);
    graph.isKeepingUndo = false;
  }
  if (undo !== undefined) graph.returnUndoLog(undo);
  graph.end();
}
