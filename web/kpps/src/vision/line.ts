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

  constructor(private readonly pages: readonly PageTag[]) {
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.answered(data);
    this.worker.onerror = (event) => this.broken(new Error(event.message || "the eye's worker failed"));
    void this.ask({ kind: "pages", pages });
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
      // What the worker cannot decode an <img> of the page may, as it does HEIC in Safari.
      if (error instanceof NotAPhoto) return this.prepareHere(photo, expected);
      throw error;
    }
  }

  /** On the page itself; few browsers need the code for it, so that it is loaded only then. */
  private async prepareHere(photo: Blob, expected?: Expected): Promise<Prepared> {
    const { prepare } = await import("./prepare");
    return prepare(photo, this.pages, expected);
  }

  close(): void {
    this.worker.terminate();
    this.broken(new Error("the eye is closed"));
  }

  private ask(question: Asked, moved: Transferable[] = []): Promise<unknown> {
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
    for (const one of this.waiting.values()) one.reject(reason);
    this.waiting.clear();
  }
}
