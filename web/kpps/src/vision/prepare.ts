/** A photo made ready to be kept and sent: upright, without EXIF, small, with its SHA-256 and what is seen in it. */

import { look } from "./look";
import { context, decoded, drawing, jpeg, release, sizeOf, type Canvas } from "./raster";
import type { Expected, PageTag, Prepared } from "./types";

/** Bytes that a prepared photo has at most. */
export const LIMIT = 300_000;

const SIDE = 2200; // px of the long side: read as well as 12 megapixels (docs/officer-app/vision.md)
const QUALITIES = [0.62, 0.54, 0.46, 0.38]; // a better one costs a third more bytes, and no digit is read better
const SMALLER = 0.8; // of the side, where the lowest quality is still too large

export async function prepare(photo: Blob, pages: readonly PageTag[], expected?: Expected): Promise<Prepared> {
  const picture = await decoded(photo);
  const [w, h] = sizeOf(picture);
  try {
    for (let side = SIDE; ; side *= SMALLER) {
      const scale = Math.min(1, side / Math.max(w, h));
      const [width, height] = [Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale))];
      const small = drawing(picture, width, height);
      const file = await within(small);
      if (!file) continue;
      const seen = look(context(small).getImageData(0, 0, width, height), pages, expected);
      return { jpeg: file, width, height, sha256: await digest(file), sight: seen };
    }
  } finally {
    release(picture);
  }
}

/** The JPEG of the best quality that is small enough. */
async function within(small: Canvas): Promise<Blob | null> {
  for (const quality of QUALITIES) {
    const file = await jpeg(small, quality);
    if (file.size <= LIMIT) return file;
  }
  return null;
}

/** SHA-256, hex. */
async function digest(file: Blob): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
