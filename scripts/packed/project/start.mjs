// Under start(), with an autosave: the guardian of the installed package rescues what the killed app has left.
import { isActive, recover, registerClass, start, transaction } from '@faultguard/core';

class Point {
  constructor(x) {
    this.x = x;
  }
  double() {
    return this.x * 2;
  }
}
registerClass(Point);

const { rescued, crash } = await start({
  initial: () => ({ rows: [], at: new Map(), trace: new Float64Array(8), point: new Point(1) }),
  launch: (state) => {
    for (let i = 0; i < 1000; i++) state.rows.push(i);
    transaction(state, () => {
      state.at.set('end', new Date(5));
      state.trace[7] = 0.5;
      state.point.x = 21;
    });
    process.kill(process.pid, 'SIGKILL');
  },
  rescue: ({ rows, at, trace, point }, { signal }) => {
    console.log(signal, rows.length, at.get('end').getTime(), trace[7], point.double());
  },
  autosave: { path: 'work.xz' },
});
const { state, source } = await recover('work.xz');
console.log(rescued, crash.kind, isActive('work.xz'), state.rows.length, source.dropped.length);
