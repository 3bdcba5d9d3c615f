/** One request with progress in bytes and a limit on silence. XMLHttpRequest, since fetch does not tell how much of a
 * body has gone. */

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob | string;
  readonly sent?: (bytes: number) => void;
  /** Seconds without a byte in either direction after which the line counts as dead. */
  readonly silence?: number;
}

export interface Answered {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** The line broke, or nothing came back. */
export class LineBroke extends Error {}

export type Http = (asked: Asked) => Promise<Answered>;

export const http: Http = (asked) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const silence = (asked.silence ?? 45) * 1000;
    let watch = setTimeout(() => request.abort(), silence);
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), silence);
    };
    const broke = () => {
      clearTimeout(watch);
      reject(new LineBroke(`${asked.method} ${asked.url}`));
    };
    request.open(asked.method, asked.url);
    for (const [name, value] of Object.entries(asked.headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      alive();
      asked.sent?.(event.loaded);
    };
    request.onprogress = alive;
    request.onload = () => {
      clearTimeout(watch);
      resolve({
        status: request.status,
        header: (name) => request.getResponseHeader(name),
        text: request.responseText,
      });
    };
    request.onerror = broke;
    request.onabort = broke;
    request.send(asked.body ?? null);
  });

/** Seconds that the server asks to wait. */
export function retryAfter(answer: Answered): number {
  const seconds = Number(answer.header("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) : 0;
}

/** An error's body (RFC 9457): its code, and what to do in both languages (`ingest/problem.py`). */
export function problem(answer: Answered): { code: string; id: string; en: string } {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  try {
    const told = JSON.parse(answer.text) as Record<string, unknown>;
    return { code: text(told["code"]), id: text(told["petunjuk"]), en: text(told["detail"]) };
  } catch {
    return { code: `http.${answer.status}`, id: "", en: "" };
  }
}
