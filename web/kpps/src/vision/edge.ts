/** The four edges of a tag to a fraction of a pixel: lines through the places where black turns to white. */

import { INNER } from "./codes";
import { at, down, type Views } from "./gray";
import { apart, areaOf, type Quad } from "./polygon";
import type { Point } from "./types";

export const CELLS = INNER + 2; // of a tag, across, its black border included

const FINE = 6; // px a cell at which edges are looked for
const PROBES = 14; // places along an edge where it is looked for
const STEPS = 13; // across it
const FLAT = 6; // grey levels; a step that rises less is noise

/** The level at which the tag's cells have at least `fine` pixels. */
export function levelFor(corners: Quad, fine: number): number {
  const cell = Math.sqrt(areaOf(corners)) / CELLS;
  return Math.max(0, Math.floor(Math.log2(cell / fine)));
}

/** Corners as crossings of the tag's four edges, each a line through the places where black turns to white. */
export function sharpened(views: Views, corners: Quad): Quad {
  for (const reach of [0.9, 0.5]) {
    const edges = corners.map((corner, k) => edge(views, corner, corners[(k + 1) % 4]!, reach, corners));
    const cell = Math.sqrt(areaOf(corners)) / CELLS;
    corners = corners.map((corner, k) => {
      const [before, after] = [edges[(k + 3) % 4], edges[k]];
      const crossing = before && after && crossed(before, after);
      return crossing && apart(crossing, corner) < 2 * reach * cell ? crossing : corner;
    }) as unknown as Quad;
  }
  return corners;
}

/** A point and a direction. */
type Line = readonly [Point, Point];

/** The line that an edge of the tag is. `reach`, in cells, is how far it is looked for to both sides. */
function edge(views: Views, from: Point, to: Point, reach: number, corners: Quad): Line | null {
  const level = levelFor(corners, FINE);
  const image = views.level(level);
  const side = apart(from, to);
  const [x, y] = [(to[0] - from[0]) / side, (to[1] - from[1]) / side];
  const out = (reach * Math.sqrt(areaOf(corners))) / CELLS;
  const points: Point[] = [];
  for (let k = 0; k < PROBES; k++) {
    const along = side * (0.06 + (0.88 * k) / (PROBES - 1));
    const [px, py] = [from[0] + x * along, from[1] + y * along];
    // Corners go clockwise, so outwards is to the left of the way: (y, -x).
    const off = rise((t) => at(image, down(px + y * t * out, level), down(py - x * t * out, level)));
    if (off !== null) points.push([px + y * off * out, py - x * off * out]);
  }
  return points.length < PROBES / 2 ? null : lineThrough(points);
}

/** Where between -1 and 1 a profile rises through the middle of its range; null where it is flat. */
function rise(profile: (t: number) => number): number | null {
  const values = Array.from({ length: STEPS }, (_, k) => profile((2 * k) / (STEPS - 1) - 1));
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  let best: number | null = null;
  let steepest = FLAT;
  for (let k = 1; k < STEPS; k++) {
    const [a, b] = [values[k - 1]!, values[k]!];
    if (a <= middle && b > middle && b - a > steepest) {
      steepest = b - a;
      best = (2 * (k - 1 + (middle - a) / (b - a))) / (STEPS - 1) - 1;
    }
  }
  return best;
}

/** The line of least squares across, once more without the points farthest from it. */
function lineThrough(points: readonly Point[]): Line {
  const line = principal(points);
  const off = ([x, y]: Point): number => Math.abs((x - line[0][0]) * line[1][1] - (y - line[0][1]) * line[1][0]);
  const limit = Math.max(0.5, 2 * [...points].map(off).sort((a, b) => a - b)[points.length >> 1]!);
  return principal(points.filter((point) => off(point) <= limit));
}

function principal(points: readonly Point[]): Line {
  const x = points.reduce((sum, point) => sum + point[0], 0) / points.length;
  const y = points.reduce((sum, point) => sum + point[1], 0) / points.length;
  let [xx, xy, yy] = [0, 0, 0];
  for (const point of points) {
    xx += (point[0] - x) ** 2;
    xy += (point[0] - x) * (point[1] - y);
    yy += (point[1] - y) ** 2;
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return [
    [x, y],
    [Math.cos(angle), Math.sin(angle)],
  ];
}

function crossed([p, d]: Line, [q, e]: Line): Point | null {
  const across = d[0] * e[1] - d[1] * e[0];
  if (Math.abs(across) < 0.1) return null;
  const t = ((q[0] - p[0]) * e[1] - (q[1] - p[1]) * e[0]) / across;
  return [p[0] + d[0] * t, p[1] + d[1] * t];
}
