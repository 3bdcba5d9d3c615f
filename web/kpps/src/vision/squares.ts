/** Four-sided dark patches of a picture that are neither full nor hollow: where a page tag may be. */

import type { Gray } from "./gray";
import { areaOf, boxAround, hullOf, quadOf, type Quad } from "./polygon";
import type { Point } from "./types";

/** A patch: its corners clockwise in the picture, by its outline and by the smallest rectangle around it. */
export interface Square {
  readonly quads: readonly Quad[];
  readonly area: number;
}

const BLOCK = 31; // px; what is darker than the mean of so many is dark
const [SMALLEST, LARGEST] = [8, 200]; // px
const LONGEST = 3; // times as long as wide, seen at a slant
const [LEAST_INK, MOST_INK] = [0.35, 1.05]; // of its hull's area; the outlines of boxes are hollow

/** The patches of `image`, large ones first. `contrast`: grey levels by which dark differs from its surroundings. */
export function squares(image: Gray, contrast: number): Square[] {
  const found: Square[] = [];
  for (const patch of patches(image, contrast)) {
    const hull = hullOf(patch);
    const area = areaOf(hull);
    if (patch.length < LEAST_INK * area || patch.length > MOST_INK * area + 4) continue;
    const quads = [quadOf(hull), boxAround(hull)].filter((quad) => quad !== null);
    const fitting = quads.filter((quad) => areaOf(quad) > 0.8 * area && areaOf(quad) < 1.35 * area);
    if (fitting.length) found.push({ quads: fitting, area });
  }
  return found.sort((a, b) => b.area - a.area);
}

/** 1 where a pixel is darker than its surroundings' mean by `contrast`, else 0. */
function darkness({ data, width, height }: Gray, contrast: number): Uint8Array {
  const dark = new Uint8Array(width * height);
  const columns = new Uint32Array(width); // sums of each column over the rows around
  const reach = BLOCK >> 1;
  for (let y = 0; y < Math.min(reach, height); y++) addRow(columns, data, y * width, 1);
  for (let y = 0; y < height; y++) {
    if (y + reach < height) addRow(columns, data, (y + reach) * width, 1);
    if (y - reach - 1 >= 0) addRow(columns, data, (y - reach - 1) * width, -1);
    const rows = Math.min(height - 1, y + reach) - Math.max(0, y - reach) + 1;
    let sum = 0;
    for (let x = 0; x < Math.min(reach, width); x++) sum += columns[x]!;
    for (let x = 0; x < width; x++) {
      if (x + reach < width) sum += columns[x + reach]!;
      if (x - reach - 1 >= 0) sum -= columns[x - reach - 1]!;
      const count = rows * (Math.min(width - 1, x + reach) - Math.max(0, x - reach) + 1);
      if ((data[y * width + x]! + contrast) * count <= sum) dark[y * width + x] = 1;
    }
  }
  return dark;
}

function addRow(columns: Uint32Array, data: Uint8Array, from: number, sign: 1 | -1): void {
  for (let x = 0; x < columns.length; x++) columns[x]! += sign * data[from + x]!;
}

/** Dark pixels that touch, as [x, y] each; only patches of a size that a tag or a mark may have. */
export function* patches(image: Gray, contrast: number): Generator<Point[]> {
  const { width, height } = image;
  const dark = darkness(image, contrast);
  const stack = new Int32Array(width * height);
  for (let start = 0; start < dark.length; start++) {
    if (!dark[start]) continue;
    const size = flood(dark, start, width, height, stack);
    const patch = sized(stack, size, width);
    if (patch) yield patch;
  }
}

/** Collects the patch that holds `start` in `stack`, which serves as the list of pixels still to look at as well. */
function flood(dark: Uint8Array, start: number, width: number, height: number, stack: Int32Array): number {
  let size = 1;
  stack[0] = start;
  dark[start] = 0;
  for (let next = 0; next < size; next++) {
    const here = stack[next]!;
    const x = here % width;
    const top = here >= width ? -width : 0;
    const bottom = here < width * (height - 1) ? width : 0;
    for (let row = top; row <= bottom; row += width) {
      for (let column = x ? -1 : 0; column <= (x < width - 1 ? 1 : 0); column++) {
        const beside = here + row + column;
        if (dark[beside]) {
          dark[beside] = 0;
          stack[size++] = beside;
        }
      }
    }
  }
  return size;
}

function sized(pixels: Int32Array, size: number, width: number): Point[] | null {
  if (size < LEAST_INK * SMALLEST * SMALLEST) return null;
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1];
  for (let k = 0; k < size; k++) {
    const x = pixels[k]! % width;
    const y = (pixels[k]! / width) | 0;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  const [w, h] = [right - left + 1, bottom - top + 1];
  const [short, long] = w < h ? [w, h] : [h, w];
  if (short < SMALLEST || long > LARGEST || long > LONGEST * short) return null;
  return Array.from(pixels.subarray(0, size), (at) => [at % width, (at / width) | 0] as const);
}
