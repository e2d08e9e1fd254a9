/**
 * The end of a process that is not our own to end, as late as JavaScript can see it: behind all listeners of 'exit', which
 * may change its code yet.
 *
 * Node's clean-up comes after that, and aborts the process ("v8::FromJust", Node 22 to 26) where there is a mapped buffer that
 * must not be detached: it detaches it. So with such a buffer the process ends here, as it does after process.exit().
 */

/** Returns what ends it. `isCleanUpHarmful`: asked at the end. */
export function watchExit(noteExit: (code: number) => void, isCleanUpHarmful: () => boolean): () => void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its own `this`
  const { emit } = process;
  const exiting = process as unknown as { reallyExit: (code: number) => never };
  const { reallyExit } = exiting;
  const emitAndNote = function emitAndNote(this: unknown, ...args: unknown[]): boolean {
    const result = Reflect.apply(emit as (...args: unknown[]) => boolean, this, args);
    if (args[0] === 'exit') {
      const code = Number(process.exitCode ?? args[1] ?? 0);
      noteExit(code);
      if (isCleanUpHarmful()) exiting.reallyExit(code);
    }
    return result;
  };
  // Also of process.exit() within a listener.
  const noteAndExit = (code: number): never => {
    noteExit(code);
    return reallyExit.call(process, code);
  };
  process.emit = emitAndNote as typeof process.emit;
  exiting.reallyExit = noteAndExit;
  return () => {
    // Somebody else may stand around them by now.
    if (process.emit === emitAndNote) process.emit = emit;
    if (exiting.reallyExit === noteAndExit) exiting.reallyExit = reallyExit;
  };
}
