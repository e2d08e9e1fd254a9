/**
 * Private fields (`#x`) of a registered class would be lost in silence: only the class's own code can read them. Its
 * private methods could not be called on a copy.
 * So its source text is looked at, once a class. What may be one is settled by the engine itself, through the
 * inspector, which is loaded only then.
 */
import { createRequire } from 'node:module';
import { Refusal } from './refusal.ts';

const withoutPrivateFields = new WeakSet<object>();

const PRIVATE_NAME = /#[\p{ID_Start}$_]/u;
/** A method that is defined, neither called nor static. The inspector does not list them. */
const PRIVATE_METHOD =
  /(?<!\.|static\s+|static\s+async\s+|static\s+\*\s*)#[\p{ID_Start}$_][\p{ID_Continue}$]*\s*\(/u;

/** Throws a Refusal for an instance that has private fields. */
export function checkPrivateFields(instance: object): void {
  const constructors: object[] = [];
  let at = Object.getPrototypeOf(instance) as object | null;
  for (; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof constructor === 'function') constructors.push(constructor);
  }
  const [own] = constructors;
  if (own !== undefined && withoutPrivateFields.has(own)) return;
  const sources = constructors.map((constructor) => Function.prototype.toString.call(constructor));
  const hasMethods = sources.some((source) => PRIVATE_METHOD.test(source));
  if (hasMethods || (sources.some((source) => PRIVATE_NAME.test(source)) && hasPrivateFields(instance))) {
    throw new Refusal(
      'an instance of a class with private fields cannot be guarded by registerClass: use registerCustom.',
    );
  }
  if (own !== undefined) withoutPrivateFields.add(own);
}

const PROBE = Symbol.for('faultguard.private-fields.probe');

interface Properties {
  readonly privateProperties?: readonly object[];
}

/** Without an inspector (another runtime, a permission that is missing): yes, to be on the safe side. */
function hasPrivateFields(instance: object): boolean {
  const global = globalThis as { [PROBE]?: object };
  try {
    const { Session } = createRequire(import.meta.url)('node:inspector') as typeof import('node:inspector');
    const session = new Session();
    session.connect();
    global[PROBE] = instance;
    try {
      // Within one thread the answers come before `post` returns.
      let answer: Properties | undefined;
      const expression = `globalThis[Symbol.for('${PROBE.description}')]`;
      session.post('Runtime.evaluate', { expression }, (_, { result } = {} as never) => {
        const { objectId } = result as { objectId: string };
        session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_, properties) => {
          answer = properties as Properties;
        });
      });
      if (answer === undefined) return true;
      return (answer.privateProperties ?? []).length > 0;
    } finally {
      delete global[PROBE];
      session.disconnect();
    }
  } catch {
    return true;
  }
}
