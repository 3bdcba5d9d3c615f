/** Pictures in and out of the browser: decoding a photo upright, its pixels, and a JPEG of it.
 *
 * With OffscreenCanvas all of it runs in the worker; without (Safari before 16.4), on the page.
 */

/** Bytes that this browser cannot decode as a picture. */
export class NotAPhoto extends Error {
  readonly code = "scan.not_an_image";
}

export type Canvas = OffscreenCanvas | HTMLCanvasElement;
export type Picture = ImageBitmap | HTMLImageElement;

export function canvas(width: number, height: number): Canvas {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

export function context(of: Canvas): OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D {
  const found = of.getContext("2d", { willReadFrequently: true, alpha: false });
  if (!found) throw new Error("no canvas");
  return found as OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;
}

/** A photo, turned as its EXIF says. Rejects with `NotAPhoto`. */
export async function decoded(photo: Blob): Promise<Picture> {
  try {
    return await createImageBitmap(photo, { imageOrientation: "from-image" });
  } catch {
    // An <img> decodes what some browsers' createImageBitmap does not: HEIC and options in Safari.
    if (typeof document === "undefined") throw new NotAPhoto();
    return shown(photo);
  }
}

async function shown(photo: Blob): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = URL.createObjectURL(photo);
  try {
    await image.decode();
  } catch {
    throw new NotAPhoto();
  } finally {
    URL.revokeObjectURL(image.src);
  }
  return image;
}

export function sizeOf(picture: Picture): [width: number, height: number] {
  return "naturalWidth" in picture ? [picture.naturalWidth, picture.naturalHeight] : [picture.width, picture.height];
}

/** The pixels of a bitmap, which is used up. */
export function taken(frame: ImageBitmap): ImageData {
  const [width, height] = sizeOf(frame);
  const read = context(drawing(frame, width, height)).getImageData(0, 0, width, height);
  frame.close();
  return read;
}

/** A picture on a canvas. Halved again and again before the last step, as browsers skip pixels in a large one. */
export function drawing(picture: Picture, width: number, height: number): Canvas {
  let from: Picture | Canvas = picture;
  let [w, h] = sizeOf(picture);
  while (w > 2 * width) {
    [w, h] = [Math.ceil(w / 2), Math.ceil(h / 2)];
    from = drawn(from, w, h);
  }
  return drawn(from, width, height);
}

function drawn(from: Picture | Canvas, width: number, height: number): Canvas {
  const out = canvas(width, height);
  const pen = context(out);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(from, 0, 0, width, height);
  return out;
}

export function jpeg(from: Canvas, quality: number): Promise<Blob> {
  if ("convertToBlob" in from) return from.convertToBlob({ type: "image/jpeg", quality });
  return new Promise((resolve, reject) =>
    from.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no JPEG"))), "image/jpeg", quality),
  );
}

export function release(picture: Picture): void {
  if ("close" in picture) picture.close();
}
