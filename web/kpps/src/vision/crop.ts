/** From mm on the paper to pixels of the picture: the crop of a field beside which its number is keyed. */

import { fit, project, steps } from "./plane";
import type { Point, Rect, Sight } from "./types";

/** How a canvas of `width` × `height` shows a place of the page upright:
 * `context.setTransform(...crop.transform); context.drawImage(picture, 0, 0)`. */
export interface Crop {
  readonly width: number;
  readonly height: number;
  readonly transform: readonly [a: number, b: number, c: number, d: number, e: number, f: number];
}

/** Where a place of the page lies in the picture that was looked at; null where no page was found.
 *
 * @param rectMm of the place on the paper; with what surrounds it, if that shall be seen as well.
 * @param pageSizeMm width and height of the paper.
 * @param scale pixels of the canvas a mm of the paper; without one, as many as the picture has.
 */
export function fieldCrop(
  sight: Sight,
  rectMm: Rect,
  pageSizeMm: readonly [number, number],
  scale?: number,
): Crop | null {
  if (!sight.corners) return null;
  const [w, h] = pageSizeMm;
  const paper: Point[] = [
    [0, 0],
    [w, 0],
    [w, h],
    [0, h],
  ];
  const page = fit(paper, sight.corners);
  if (!page) return null;
  const [x0, y0, x1, y1] = rectMm;
  // A field is so small on the page that perspective bends it by less than a pixel: the map at its middle serves.
  const middle: Point = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [[a, b], [c, d]] = steps(page, middle);
  const [u, v] = project(page, middle);
  const area = a * d - b * c;
  const size = scale ?? Math.sqrt(Math.abs(area));
  const part = size / area;
  const [ia, ib, ic, id] = [d * part, -b * part, -c * part, a * part];
  const [width, height] = [Math.max(1, Math.round((x1 - x0) * size)), Math.max(1, Math.round((y1 - y0) * size))];
  // Canvases count from the corner of a pixel, sights from its centre.
  const [px, py] = [u + 0.5, v + 0.5];
  return {
    width,
    height,
    transform: [ia, ib, ic, id, width / 2 - (ia * px + ic * py), height / 2 - (ib * px + id * py)],
  };
}
