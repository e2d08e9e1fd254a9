/** Rendering on a server, of records of a real guard, and what goes to the browser with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PassThrough } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { type ReactNode, Suspense } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import {
  dehydrate,
  GuardProvider,
  hydrate,
  useCrash,
  useGuardedReducer,
  useGuardedSnapshot,
  useGuardedState,
  useGuardStatus,
} from '../../src/index.ts';
import { openGuard } from '../fixtures/guard.ts';

function Count({ initial }: { readonly initial?: number | (() => number) }): ReactNode {
  const [count] = useGuardedState<any>('count', initial);
  return <i>{count}</i>;
}

/** Whoever hydrates it sees the same. */
function renderHydrated(page: ReactNode, state: object): string {
  return renderToString(<GuardProvider state={hydrate(dehydrate(state))}>{page}</GuardProvider>);
}

test('a page shows the record of its request, and rendering changes nothing', async () => {
  const { state, stats } = await openGuard(() => ({ requests: { a: { count: 1 }, b: {} as any } }));
  const before = stats().appended;
  const page = (record: object): string =>
    renderToString(
      <GuardProvider state={record}>
        <Count initial={() => 7} />
      </GuardProvider>,
    );
  expect([page(state.requests.a), page(state.requests.b)]).toEqual(['<i>1</i>', '<i>7</i>']);
  expect([state.requests.b, stats().appended]).toEqual([{}, before]);
});

test('nothing goes over from one request to another, whatever is rendered at the same time', async () => {
  const { state } = await openGuard(() => ({ requests: {} as Record<string, any> }));
  const render = async (name: string): Promise<[string, string]> => {
    state.requests[name] = { name };
    const record = state.requests[name];
    let done: Promise<void> | undefined;
    let isDone = false;
    function Late(): ReactNode {
      const [value] = useGuardedState<any>('late', () => `late of ${name}`);
      // React 18 takes a promise that is thrown, and so does 19.
      if (!isDone) throw (done ??= sleep(Math.random() * 20).then(() => void (isDone = true)));
      return <b>{value}</b>;
    }
    function Page(): ReactNode {
      const owner = useGuardedSnapshot((snapshot: any) => snapshot.name);
      return (
        <p>
          {owner}
          <Suspense fallback="…">
            <Late />
          </Suspense>
        </p>
      );
    }
    const html = await new Promise<string>((resolve, reject) => {
      const { pipe } = renderToPipeableStream(
        <GuardProvider state={record}>
          <Page />
        </GuardProvider>,
        {
          onAllReady: () => resolve(readAll(pipe(new PassThrough()))),
          onError: reject,
        },
      );
    });
    const payload = dehydrate(record);
    delete state.requests[name];
    return [html, payload];
  };
  const names = Array.from({ length: 20 }, (_, n) => `request-${n}`);
  const pages = await Promise.all(names.map(render));
  for (const [index, [html, payload]] of pages.entries()) {
    const name = `request-${index}`;
    expect(html.match(/request-\d+/g)?.every((found) => found === name)).toBe(true);
    expect(html).toContain(`<b>late of ${name}</b>`);
    expect(JSON.parse(payload)).toEqual({ json: { name, late: `late of ${name}` } });
  }
  expect(state).toEqual({ requests: {} });
});

test('a stream has the fallback first, and what has come into the record meanwhile behind it', async () => {
  const { state } = await openGuard(() => ({ record: {} as any }));
  const { promise: isShown, resolve: shown } = Promise.withResolvers<void>();
  let loading: Promise<void> | undefined;
  function Data(): ReactNode {
    const [data] = useGuardedState<string>('data');
    if (data === undefined) {
      throw (loading ??= isShown.then(() => void (state.record.data = 'loaded')));
    }
    return <b>{data}</b>;
  }
  const chunks: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const through = new PassThrough();
    through
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        chunks.push(chunk);
        shown();
      })
      .on('end', resolve);
    const { pipe } = renderToPipeableStream(
      <GuardProvider state={state.record}>
        <main>
          <Suspense fallback={<i>wait</i>}>
            <Data />
          </Suspense>
        </main>
      </GuardProvider>,
      { onShellReady: () => pipe(through), onError: reject },
    );
  });
  expect(chunks[0]).toContain('<i>wait</i>');
  expect(chunks.slice(1).join('')).toContain('<b>loaded</b>');
  expect(JSON.parse(dehydrate(state.record))).toEqual({ json: { data: 'loaded' } });
});

test('what components begin with goes to the browser, so that it shows the same', async () => {
  const { state } = await openGuard(() => ({ list: [{ id: 1 }] }) as any);
  function Page(): ReactNode {
    const [random] = useGuardedState('random', () => Math.random());
    const [deep] = useGuardedState(['deep', 'er'], () => new Map([[new Date(1), 2n]]));
    const [sum] = useGuardedReducer('sum', (present: number) => present + 1, 5);
    const [name] = useGuardedState<string>(['list', 0, 'name'], '<b>');
    return <p>{`${random} ${[...deep.values()].join('')} ${sum} ${name}`}</p>;
  }
  const page = <Page />;
  const html = renderToString(<GuardProvider state={state}>{page}</GuardProvider>);
  expect(renderHydrated(page, state)).toBe(html);
  expect(state).toEqual({ list: [{ id: 1 }] });
  state.random = 5;
  expect(renderHydrated(<Count initial={1} />, state)).toBe('<i>1</i>');
  expect(JSON.parse(dehydrate(state)).json.random).toBe(5);
});

test('the state is read anew by each rendering, also in one run of code', async () => {
  const { state } = await openGuard(() => ({ count: 1 }));
  const page = (
    <GuardProvider state={state}>
      <Count />
    </GuardProvider>
  );
  const first = renderToString(page);
  state.count = 2;
  expect([first, renderToString(page)]).toEqual(['<i>1</i>', '<i>2</i>']);
});

test('what a page says of the guard, its browser says too, and the details of a crash stay here', async () => {
  const { state, stats } = await openGuard(() => ({ record: {} }));
  const crash = {
    kind: 'exception',
    exitCode: 1,
    signal: null,
    pid: 4,
    startedAt: new Date(1),
    crashedAt: new Date(2),
    uptimeMs: 1,
    error: { name: 'Error', message: 'a secret', stack: 'a secret' },
  };
  const guard = { recovered: { crash, source: {} } as any, stats };
  function Page(): ReactNode {
    const crash = useCrash();
    const status = useGuardStatus();
    return <p>{JSON.stringify([crash, status])}</p>;
  }
  const html = renderToString(
    <GuardProvider state={state.record} guard={guard}>
      <Page />
      <Page />
    </GuardProvider>,
  );
  state.record = { changed: true };
  expect(html).toContain('&quot;kind&quot;:&quot;exception&quot;');
  expect(html).toContain(`&quot;guardianPid&quot;:${stats().guardianPid}`);
  expect(html).not.toContain('secret');
  const [{ record }] = [state];
  expect(
    renderToString(
      <GuardProvider state={record} guard={guard}>
        <Page />
      </GuardProvider>,
    ),
  ).not.toContain('secret');
  const payload = dehydrate(record);
  expect(payload).not.toContain('secret');
  const again = renderToString(
    <GuardProvider state={hydrate(payload)}>
      <Page />
    </GuardProvider>,
  );
  expect(again).toContain('&quot;crashedAt&quot;:&quot;1970-01-01T00:00:00.002Z&quot;');
  expect(again).toContain('&quot;guardianPid&quot;');
});

test('without a guard nothing is said of it, in a page or in its payload', async () => {
  const { state } = await openGuard();
  function Page(): ReactNode {
    return <p>{JSON.stringify([useCrash(), useGuardStatus()])}</p>;
  }
  expect(
    renderToString(
      <GuardProvider state={state}>
        <Page />
      </GuardProvider>,
    ),
  ).toBe('<p>[null,null]</p>');
  expect(dehydrate(state)).toBe('{"json":{}}');
});

test('a payload that is not there is said to be missing, and a page without one begins with nothing', () => {
  expect(() => hydrate(null)).toThrow('is the script element missing?');
  expect(
    renderToString(
      <GuardProvider state={hydrate()}>
        <Count initial={3} />
      </GuardProvider>,
    ),
  ).toBe('<i>3</i>');
  expect(() => dehydrate({})).toThrow(expect.objectContaining({ code: 'ERR_FAULTGUARD_NOT_GUARDED' }));
});
