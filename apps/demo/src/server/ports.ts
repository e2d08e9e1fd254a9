/** Two ports that are free: one that people are told, and one for the app without a guard. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Options, PORT_DEFAULT } from './options.ts';

/** So many ports are tried from the default one on. */
const TRIES_MAX = 50;

export interface Ports {
  readonly port: number;
  readonly twinPort: number;
}

/** Or why there are none, as sentences. */
export async function choosePorts({ host, port: asked }: Options): Promise<Ports | string> {
  const candidates = asked === undefined ? range(PORT_DEFAULT, TRIES_MAX) : [asked];
  for (const candidate of candidates) {
    const port = await findOut(host, candidate);
    if (typeof port === 'number') return { port, twinPort: (await findOut(host, 0)) as number };
    if (port.code !== 'EADDRINUSE') return tell(port, host, candidate);
  }
  const what = asked === undefined ? `Ports ${PORT_DEFAULT} to ${candidates.at(-1)} are` : `Port ${asked} is`;
  return `${what} taken at ${host}: another program listens there. Nothing has been started.
Choose another one: npm run demo -- --port ${(asked ?? PORT_DEFAULT) + TRIES_MAX}`;
}

/** The port, which is free now; or what the system says against it. */
async function findOut(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    const free = (server.address() as AddressInfo).port;
    server.close();
    await once(server, 'close');
    return free;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function tell({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const why =
    code === 'EACCES'
      ? `This user may not listen at port ${port}. Choose one above 1023, or leave --port out.`
      : `Nothing can listen at ${host}, port ${port}: ${message}. Is --host an address of this machine?`;
  return `${why} Nothing has been started.`;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
