/** Where one is: the part of the address after `#`, so that the phone's back button works without a server. */
import { useEffect, useState } from "preact/hooks";

export function route(hash: string): readonly string[] {
  return hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

const listeners = new Set<() => void>();
for (const event of ["popstate", "hashchange"]) {
  addEventListener(event, () => {
    for (const listener of listeners) listener();
  });
}

export function useRoute(): readonly string[] {
  const [hash, set] = useState(location.hash);
  useEffect(() => {
    const moved = () => set(location.hash);
    listeners.add(moved);
    return () => void listeners.delete(moved);
  }, []);
  return route(hash);
}

/** Goes there at once: a fast typist's next digit must not fall between two screens. */
export function go(to: string): void {
  history.pushState(null, "", `#${to}`);
  for (const listener of listeners) listener();
}
