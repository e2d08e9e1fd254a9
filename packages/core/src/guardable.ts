/** What can be guarded, for the compiler. */

/**
 * Classes that are registered (`registerClass`, `registerCustom`), so that the compiler lets their instances into a
 * state. Under any name:
 *
 * ```ts
 * declare module '@faultguard/core' {
 *   interface RegisteredClasses {
 *     User: User;
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- others add to it
export interface RegisteredClasses {}

declare const reason: unique symbol;

/** The type of what cannot be guarded: nothing can be assigned to it, and its name says why. */
export interface Unguardable<Reason extends string> {
  readonly [reason]: Reason;
}

type Primitive = undefined | null | boolean | number | string | bigint;

/** Guarded as they are. Errors, and instances of registered classes, may have properties of their own. */
type Builtin =
  | Date
  | RegExp
  | URL
  | URLSearchParams
  | ArrayBuffer
  | NodeJS.ArrayBufferView
  | Error
  // oxlint-disable-next-line typescript/no-wrapper-object-types -- boxed ones are guarded as what they are
  | Number
  // oxlint-disable-next-line typescript/no-wrapper-object-types -- as above
  | String
  // oxlint-disable-next-line typescript/no-wrapper-object-types -- as above
  | Boolean
  // oxlint-disable-next-line typescript/no-wrapper-object-types -- as above
  | BigInt
  | RegisteredClasses[keyof RegisteredClasses];

type Opaque =
  | WeakKey_
  | Promise<unknown>
  | SharedArrayBuffer
  | WeakRef<WeakKey>
  | FinalizationRegistry<unknown>
  | Generator
  | AsyncGenerator;
type WeakKey_ = WeakMap<WeakKey, unknown> | WeakSet<WeakKey>;

/**
 * `T` where all of it can be guarded; otherwise the same with `Unguardable` in the place of what cannot, so that the
 * compiler's error names the property. Symbols pass: only at run time can be told whether one is registered.
 * Instances of classes look like objects with functions, and pass when they are in `RegisteredClasses`.
 */
export type Guardable<T> = unknown extends T
  ? T
  : T extends Primitive | symbol
    ? T
    : T extends Builtin
      ? T
      : // A Map with objects as keys has all that a WeakMap has.
        T extends ReadonlyMap<infer Key, infer Value>
        ? T extends Map<Key, Value>
          ? Map<Guardable<Key>, Guardable<Value>>
          : ReadonlyMap<Guardable<Key>, Guardable<Value>>
        : T extends ReadonlySet<infer Member>
          ? T extends Set<Member>
            ? Set<Guardable<Member>>
            : ReadonlySet<Guardable<Member>>
          : T extends Opaque
            ? Unguardable<'nobody can look into it'>
            : T extends (...args: never[]) => unknown
              ? Unguardable<'a function cannot be guarded'>
              : { [Key in keyof T]: Guardable<T[Key]> };

/** Where in `T` something cannot be guarded: `user.onClick`. Five levels deep, which ends for recursive types too. */
type UnguardablePath<T, Depth extends 0[] = []> = Depth['length'] extends 5
  ? never
  : T extends Primitive | symbol | Builtin | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
    ? never
    : {
        [Key in keyof T & (string | number)]-?: [T[Key]] extends [Guardable<T[Key]>]
          ? never
          : T[Key] extends (...args: never[]) => unknown
            ? `${Key}`
            : Guardable<T[Key]> extends Unguardable<string>
              ? `${Key}`
              : `${Key}` | `${Key}.${UnguardablePath<T[Key], [...Depth, 0]>}`;
      }[keyof T & (string | number)];

/**
 * What the options of `start` must be beside: an error that names the property, at `initial` where there is one, and
 * by the name of a property that is missing where there is none.
 */
export type GuardableOptions<State> = [State] extends [Guardable<State>]
  ? unknown
  : { readonly initial?: () => Guardable<State> } & {
      readonly [Path in UnguardablePath<State> as `state.${Path} cannot be guarded`]: never;
    };

/** What `snapshot` makes of it: the same, and nothing can be assigned. */
export type Snapshot<T> = T extends Primitive | symbol | Builtin
  ? T
  : T extends ReadonlyMap<infer Key, infer Value>
    ? ReadonlyMap<Snapshot<Key>, Snapshot<Value>>
    : T extends ReadonlySet<infer Member>
      ? ReadonlySet<Snapshot<Member>>
      : { readonly [Key in keyof T]: Snapshot<T[Key]> };
