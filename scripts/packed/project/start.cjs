// The same by require().
const { start } = require('@faultguard/core');

start({
  initial: () => ({ n: 0 }),
  launch: (state) => {
    while (state.n < 1000) state.n++;
    process.abort();
  },
  rescue: ({ n }, { signal }) => console.log(signal, n),
}).then(({ rescued }) => console.log(rescued));
