/** The phone's eye: finds the page in a picture, says what is wrong with the photo, and makes it small enough to send.
 *
 * It looks in a worker of its own, so that the camera's picture never stutters. What the verdicts are called in words
 * is for the app; how a photo is read is for the server.
 */

import { Line } from "./line";
import type { Expected, PageTag, Prepared, Sight } from "./types";

export { fieldCrop, type Crop } from "./crop";
export { NotAPhoto } from "./raster";
export type { Corner, Expected, PageTag, Point, Prepared, Rect, Sight, Verdict, VerdictCode } from "./types";

export interface Eye {
  /** What a frame of the camera shows. An ImageBitmap is used up: it moves into the worker and is closed there. */
  look(frame: ImageBitmap | ImageData, expected?: Expected): Promise<Sight>;
  /** A photo of camera or gallery, made ready to be sent. Rejects with `NotAPhoto` what the browser cannot decode. */
  prepare(photo: Blob, expected?: Expected): Promise<Prepared>;
  /** Ends the worker; what is still under way is rejected. */
  close(): void;
}

/** An eye that knows these pages: those of every contest that is voted on, so that it can name a wrong form. */
export function createEye(pages: readonly PageTag[]): Eye {
  return new Line(pages);
}
