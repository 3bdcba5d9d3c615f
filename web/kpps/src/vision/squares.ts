/** Four-sided dark patches of a picture that are neither full nor hollow: where a page tag may be. */

import type { Gray } from "./gray";
import type { Point } from "./types";

export type Quad = readonly [Point, Point, Point, Point];

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

/** The convex hull of pixels, clockwise on the screen (Andrew's monotone chain). */
function hullOf(pixels: readonly Point[]): Point[] {
  const ends = new Map<number, [number, number]>();
  for (const [x, y] of pixels) {
    const row = ends.get(y);
    if (!row) ends.set(y, [x, x]);
    else if (x < row[0]) row[0] = x;
    else if (x > row[1]) row[1] = x;
  }
  const rows = [...ends].sort((a, b) => a[0] - b[0]);
  const right = chain(rows.map(([y, [, x]]) => [x + 0.5, y]));
  const left = chain(rows.reverse().map(([y, [x]]) => [x - 0.5, y]));
  return [...right, ...left];
}

/** Those of a line of points that are not left of the way, seen along it, y downwards. */
function chain(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    while (kept.length > 1 && turn(kept[kept.length - 2]!, kept[kept.length - 1]!, point) <= 0) kept.pop();
    kept.push(point);
  }
  return kept;
}

const turn = (a: Point, b: Point, c: Point): number => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

export function areaOf(polygon: readonly Point[]): number {
  let twice = 0;
  polygon.forEach(([x, y], k) => {
    const [u, v] = polygon[(k + 1) % polygon.length]!;
    twice += x * v - u * y;
  });
  return Math.abs(twice) / 2;
}

/** The hull, simplified until four corners are left (Douglas and Peucker). */
function quadOf(hull: readonly Point[]): Quad | null {
  const around = hull.reduce((sum, point, k) => sum + apart(point, hull[(k + 1) % hull.length]!), 0);
  for (const part of [0.04, 0.06, 0.09, 0.12]) {
    const corners = simplified(hull, part * around);
    if (corners.length === 4) return corners as unknown as Quad;
  }
  return null;
}

function simplified(polygon: readonly Point[], slack: number): Point[] {
  let start = 0;
  for (let k = 1; k < polygon.length; k++) if (polygon[k]![0] + polygon[k]![1] < polygon[start]![0] + polygon[start]![1]) start = k;
  const round = [...polygon.slice(start), ...polygon.slice(0, start)];
  const far = round.reduce((best, point, k) => (apart(point, round[0]!) > apart(round[best]!, round[0]!) ? k : best), 0);
  return [...between(round.slice(0, far + 1), slack), ...between([...round.slice(far), round[0]!], slack)];
}

/** Points of a line that lie off the straight way, its first but not its last among them. */
function between(line: readonly Point[], slack: number): Point[] {
  const [a, b] = [line[0]!, line[line.length - 1]!];
  const length = apart(a, b) || 1;
  let best = 0;
  let most = slack;
  line.forEach((point, k) => {
    const off = Math.abs(turn(a, b, point)) / length;
    if (off > most) [best, most] = [k, off];
  });
  if (!best) return [a];
  return [...between(line.slice(0, best + 1), slack), ...between(line.slice(best), slack)];
}

export const apart = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** The smallest rectangle around a hull, one of whose sides it shares. */
function boxAround(hull: readonly Point[]): Quad | null {
  let best: Quad | null = null;
  let least = Infinity;
  hull.forEach((from, k) => {
    const to = hull[(k + 1) % hull.length]!;
    const length = apart(from, to);
    if (!length) return;
    const [x, y] = [(to[0]! - from[0]) / length, (to[1]! - from[1]) / length];
    const along = hull.map((point) => point[0] * x + point[1] * y);
    const across = hull.map((point) => point[1] * x - point[0] * y);
    const [a0, a1, b0, b1] = [Math.min(...along), Math.max(...along), Math.min(...across), Math.max(...across)];
    if ((a1 - a0) * (b1 - b0) >= least) return;
    least = (a1 - a0) * (b1 - b0);
    const corner = (a: number, b: number): Point => [a * x - b * y, a * y + b * x];
    best = [corner(a0, b0), corner(a1, b0), corner(a1, b1), corner(a0, b1)];
  });
  return best;
}
