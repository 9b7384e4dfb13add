/** What this browser has, and lets us use: asking for some of it throws where it is forbidden. */
export function browser(scope = globalThis) {
  const get = (name) => {
    try {
      return scope[name] ?? null;
    } catch {
      return null;
    }
  };
  const [localStorage, sessionStorage, indexedDB, BroadcastChannel, navigator] = ["localStorage", "sessionStorage", "indexedDB", "BroadcastChannel", "navigator"].map(get);
  return { localStorage, sessionStorage, indexedDB, BroadcastChannel, navigator, addEventListener: scope.addEventListener.bind(scope) };
}
