/** Where one is: the part of the address after `#`, so that the phone's back button works without a server. */
import { useEffect, useState } from "preact/hooks";

export function route(hash: string): readonly string[] {
  return hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

export function useRoute(): readonly string[] {
  const [path, set] = useState(() => route(location.hash));
  useEffect(() => {
    const moved = () => set(route(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return path;
}

export function go(to: string): void {
  location.hash = to;
}
