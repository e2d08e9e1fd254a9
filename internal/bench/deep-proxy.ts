/** The least that a library which hands out proxies for nested objects can do: one trap and a cache. */

export function createDeepProxy<T extends object>(root: T): T {
  const proxies = new WeakMap<object, object>();
  const handler: ProxyHandler<object> = {
    get(target, key) {
      const value: unknown = (target as Record<PropertyKey, unknown>)[key];
      return typeof value === 'object' && value !== null ? proxyOf(value) : value;
    },
  };
  const proxyOf = (target: object): object => {
    let proxy = proxies.get(target);
    if (proxy === undefined) {
      proxy = new Proxy(target, handler);
      proxies.set(target, proxy);
    }
    return proxy;
  };
  return proxyOf(root) as T;
}
