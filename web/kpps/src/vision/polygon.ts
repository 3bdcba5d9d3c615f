/** Polygons of a few points: hulls of pixels, and the four corners that are left of them. */

import type { Point } from "./types";

export type Quad = readonly [Point, Point, Point, Point];

/** The convex hull of pixels, clockwise on the screen (Andrew's monotone chain). */
export function hullOf(pixels: readonly Point[]): Point[] {
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
export function quadOf(hull: readonly Point[]): Quad | null {
  const around = hull.reduce((sum, point, k) => sum + apart(point, hull[(k + 1) % hull.length]!), 0);
  for (const part of [0.04, 0.06, 0.09, 0.12]) {
    const corners = simplified(hull, part * around);
    if (corners.length === 4) return corners as unknown as Quad;
  }
  return null;
}

function simplified(polygon: readonly Point[], slack: number): Point[] {
  const sums = polygon.map(([x, y]) => x + y);
  const start = sums.indexOf(Math.min(...sums));
  const round = [...polygon.slice(start), ...polygon.slice(0, start)];
  const away = round.map((point) => apart(point, round[0]!));
  const far = away.indexOf(Math.max(...away));
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
export function boxAround(hull: readonly Point[]): Quad | null {
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
