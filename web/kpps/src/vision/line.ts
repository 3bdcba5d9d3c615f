/** The page's end of the line to the eye's worker. */

import type { Eye } from "./index";
import { NotAPhoto, taken } from "./raster";
import type { Expected, PageTag, Prepared, Sight } from "./types";

type Asked =
  | { readonly kind: "pages"; readonly pages: readonly PageTag[] }
  | { readonly kind: "look"; readonly frame: ImageBitmap | ImageData; readonly expected?: Expected | undefined }
  | { readonly kind: "prepare"; readonly photo: Blob; readonly expected?: Expected | undefined };

export type Question = Asked & { readonly number: number };

export interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

export class Line implements Eye {
  private readonly worker = new Worker(new URL("./eye.worker.ts", import.meta.url), { type: "module", name: "eye" });
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private end: Error | null = null;
  private closed = false;

  constructor(private readonly pages: readonly PageTag[]) {
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.answered(data);
    this.worker.onerror = (event) => this.broken(new Error(event.message || "the eye's worker failed"));
    this.ask({ kind: "pages", pages }).catch(() => undefined); // whoever asks next is told
  }

  look(frame: ImageBitmap | ImageData, expected?: Expected): Promise<Sight> {
    if (!(frame instanceof ImageData) && typeof OffscreenCanvas === "undefined") frame = taken(frame);
    const moved = frame instanceof ImageData ? frame.data.buffer : frame;
    return this.ask({ kind: "look", frame, expected }, [moved]) as Promise<Sight>;
  }

  async prepare(photo: Blob, expected?: Expected): Promise<Prepared> {
    if (typeof OffscreenCanvas === "undefined") return this.prepareHere(photo, expected);
    try {
      return (await this.ask({ kind: "prepare", photo, expected })) as Prepared;
    } catch (error) {
      if (this.closed) throw error;
      // What the worker cannot decode an <img> of the page may, as it does HEIC in Safari; and no photo is lost because
      // a worker would not start.
      return this.prepareHere(photo, expected);
    }
  }

  close(): void {
    this.closed = true;
    this.worker.terminate();
    this.broken(new Error("the eye is closed"));
  }

  /** On the page itself; few browsers need the code for it, so that it is loaded only then. */
  private async prepareHere(photo: Blob, expected?: Expected): Promise<Prepared> {
    const { prepare } = await import("./prepare");
    return prepare(photo, this.pages, expected);
  }

  private ask(question: Asked, moved: Transferable[] = []): Promise<unknown> {
    if (this.end) return Promise.reject(this.end);
    const number = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      this.worker.postMessage({ ...question, number }, moved);
    });
  }

  private answered({ number, value, error }: Answer): void {
    const one = this.waiting.get(number);
    this.waiting.delete(number);
    if (error === undefined) one?.resolve(value);
    else one?.reject(error === "scan.not_an_image" ? new NotAPhoto() : new Error(error));
  }

  private broken(reason: Error): void {
    this.end = reason;
    for (const one of this.waiting.values()) one.reject(reason);
    this.waiting.clear();
  }
}
