/** Limits, container, and who is ended when memory runs out: out of /proc and /sys. */
import { getHeapStatistics } from 'node:v8';
import { totalmem } from 'node:os';
import { escapeText } from '../terminal/escape-text.ts';
import { formatBytes } from '../terminal/format-amounts.ts';
import { type Check, good, type ReadText, warning } from './check.ts';

export function checkSystem(read: ReadText): Check[] {
  return [
    checkLimits(read),
    checkMemory(read, totalmem(), getHeapStatistics().heap_size_limit),
    checkContainer(read, process.env['KUBERNETES_SERVICE_HOST'] !== undefined),
    checkFirstProcess(read),
    checkOutOfMemory(read),
  ];
}

function showLimit(value: number, unit: (value: number) => string): string {
  return Number.isFinite(value) ? unit(value) : 'no limit';
}

/** Segments, memory files and sockets of the app take descriptors. */
const OPEN_FILES_MIN = 1024;
/** A journal's segments have 1 MiB, a checkpoint as much as the state. */
const FILE_BYTES_MIN: number = 1024 ** 3;

export function checkLimits(read: ReadText): Check {
  const text = read('/proc/self/limits') ?? '';
  const softOf = (name: string): number => {
    const value = new RegExp(`^${name} +(\\S+)`, 'm').exec(text)?.[1];
    return value === undefined || value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value);
  };
  const [files, fileBytes] = [softOf('Max open files'), softOf('Max file size')];
  const found = `open files: ${showLimit(files, String)}; size of a file: ${showLimit(fileBytes, formatBytes)}`;
  if (files < OPEN_FILES_MIN)
    return warning('limits', found, `Allow ${OPEN_FILES_MIN} open files (ulimit -n).`);
  if (fileBytes < FILE_BYTES_MIN)
    return warning('limits', found, 'A checkpoint of a large state does not fit (ulimit -f).');
  return good('limits', found);
}

export function checkMemory(read: ReadText, totalBytes: number, heapLimitBytes: number): Check {
  const limit = Number(read('/sys/fs/cgroup/memory.max')?.trim());
  const isLimited = Number.isFinite(limit) && limit > 0 && limit < totalBytes;
  const bytes = isLimited ? limit : totalBytes;
  const found = `${formatBytes(bytes)}${isLimited ? ' for this container' : ''}; heap limit of Node ${formatBytes(heapLimitBytes)}`;
  // The guardian has the same limit as the app.
  if (2 * heapLimitBytes <= bytes) return good('memory', found);
  return warning(
    'memory',
    found,
    'The guardian holds the state a second time, under the same heap limit: two full heaps are more than there is. Set ' +
      '--max-old-space-size to less than half of the memory, and an autosave.',
  );
}

export function checkContainer(read: ReadText, isKubernetes: boolean): Check {
  const group = read('/proc/1/cgroup') ?? '';
  const kind = isKubernetes
    ? 'Kubernetes'
    : read('/.dockerenv') !== undefined
      ? 'Docker'
      : read('/run/.containerenv') !== undefined
        ? 'Podman'
        : /docker|containerd|kubepods|lxc/.test(group)
          ? 'a container'
          : undefined;
  if (kind === undefined) return good('container', 'none that can be seen');
  const isKilledWhole = isKubernetes || read('/sys/fs/cgroup/memory.oom.group')?.trim() === '1';
  if (!isKilledWhole) return good('container', kind);
  return warning(
    'container',
    `${kind}: when its memory runs out, all its processes are killed at once`,
    'The app dies together with its guardian then. Configure an autosave, on a volume that outlives the container.',
  );
}

export function checkFirstProcess(read: ReadText): Check {
  const name = escapeText(read('/proc/1/comm')?.trim() ?? '');
  if (name === '') return good('process-1', 'not to be seen here');
  if (!/^(node|npm|MainThread)/.test(name)) return good('process-1', name);
  return warning(
    'process-1',
    name,
    'A guardian that is process 1 passes signals on and takes up orphans; an app that is process 1 takes its attached guardian ' +
      'with it. Start with start(), or let an init be process 1 (docker run --init).',
  );
}

/** capabilities(7): may lower the score of a process. */
const CAP_SYS_RESOURCE = 24n;

export function checkOutOfMemory(read: ReadText): Check {
  const score = Number(read('/proc/self/oom_score_adj')?.trim() ?? Number.NaN);
  if (Number.isNaN(score)) return good('out-of-memory', 'the policy cannot be seen here');
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(read('/proc/self/status') ?? '')?.[1] ?? '0';
  const mayLower = ((BigInt(`0x${capabilities}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
  const how = mayLower ? 'the guardian may be spared' : 'the app is offered first';
  const found = `score adjustment ${score}; ${how}`;
  if (read('/proc/sys/vm/panic_on_oom')?.trim() === '1') {
    return warning(
      'out-of-memory',
      `${found}; the machine stops when memory runs out`,
      'Configure an autosave, or set vm.panic_on_oom to 0.',
    );
  }
  if (score <= -1000) {
    return warning(
      'out-of-memory',
      found,
      'Neither is ever ended: others are, and the machine may stand still. Configure an autosave.',
    );
  }
  return good('out-of-memory', found);
}
