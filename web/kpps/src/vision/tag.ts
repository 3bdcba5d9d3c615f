/** AprilTags in a picture: which page of which form this is, and a first idea of where it lies. */

import { codes, INNER } from "./codes";
import { at, down, up, type Gray, type Views } from "./gray";
import { fit, project, type Matrix } from "./plane";
import { apart, areaOf, squares, type Quad } from "./squares";
import type { Point } from "./types";

export interface Seen {
  readonly id: number;
  /** Pixels of the full picture: its upright's top left first, clockwise. */
  readonly corners: Quad;
}

const CELLS = INNER + 2; // its black border included
const PASSES = [
  [700, 35],
  [1000, 16],
  [1900, 30],
  [1900, 10],
] as const; // how squares are looked for, one after the other: px of the long side at most, and contrast
const SURELY = 2; // of 36 cells may be read wrongly; two tags differ in ten
const [BORDER, ROUGHLY] = [3, 9]; // of 28 border cells may look white; before its corners are exact
const MOST = 6; // tags
const ALIKE = 0.35; // a page's second tag has at least this much of the first one's area
const FINE = 3; // px a cell at which cells are read: finer is only noise
const [DARKEST, BRIGHTEST] = [10, 6]; // of the cells sorted by brightness: surely black, and from the end surely white
const FLAT = 12; // grey levels; with less between black and white there is nothing to read
const PROBES = 14; // places along an edge where it is looked for

const KNOWN = codes();

/** Tags that one of the passes shows, large ones first. */
export function tags(views: Views): Seen[] {
  const tried = new Set<string>();
  for (const [side, contrast] of PASSES) {
    const level = views.within(side);
    const pass = `${level} ${contrast}`;
    if (tried.has(pass)) continue;
    tried.add(pass);
    const found = passed(views, level, contrast);
    if (found.length) return found;
  }
  return [];
}

function passed(views: Views, level: number, contrast: number): Seen[] {
  const found: Seen[] = [];
  for (const { quads, area } of squares(views.level(level), contrast)) {
    if (found.length === MOST) break;
    if (found.length && area * 4 ** level < ALIKE * areaOf(found[0]!.corners)) break;
    for (const quad of quads) {
      const seen = read(views, quad.map(([x, y]) => [up(x, level), up(y, level)]) as unknown as Quad);
      if (!seen) continue;
      if (!found.some((other) => apart(other.corners[0], seen.corners[0]) < 8)) found.push(seen);
      break;
    }
  }
  return found;
}

/** The tag within four corners given clockwise, if it is one. */
function read(views: Views, corners: Quad): Seen | null {
  let cells = cellsOf(views, corners);
  if (!cells || brightBorder(cells) > ROUGHLY) return null;
  corners = sharpened(views, corners);
  cells = cellsOf(views, corners);
  if (!cells || brightBorder(cells) > BORDER) return null;
  const inner = cells.slice(1, -1).map((row) => row.slice(1, -1));
  const [id, turns] = nearest(inner);
  if (id < 0) return null;
  return { id, corners: [0, 1, 2, 3].map((k) => corners[(k + turns) % 4]) as unknown as Quad };
}

const SQUARE: Quad = [
  [0, 0],
  [CELLS, 0],
  [CELLS, CELLS],
  [0, CELLS],
];

/** Which cells are white, row after row; null where nothing there has two colours. */
function cellsOf(views: Views, corners: Quad): boolean[][] | null {
  const level = levelFor(corners, FINE);
  const image = views.level(level);
  const map = fit(SQUARE, corners.map(([x, y]) => [down(x, level), down(y, level)] as const));
  if (!map) return null;
  const means = Array.from({ length: CELLS }, (_, y) => Array.from({ length: CELLS }, (_, x) => mean(image, map, x, y)));
  const sorted = means.flat().sort((a, b) => a - b);
  const [low, high] = [sorted[DARKEST]!, sorted[sorted.length - BRIGHTEST]!];
  if (!(high - low > FLAT)) return null;
  return means.map((row) => row.map((value) => value > (low + high) / 2));
}

/** The level at which the tag's cells have at least `fine` pixels. */
function levelFor(corners: Quad, fine: number): number {
  const cell = Math.sqrt(areaOf(corners)) / CELLS;
  return Math.max(0, Math.floor(Math.log2(cell / fine)));
}

function mean(image: Gray, map: Matrix, x: number, y: number): number {
  let sum = 0;
  for (const dy of [0.36, 0.64]) {
    for (const dx of [0.36, 0.64]) {
      const [px, py] = project(map, [x + dx, y + dy]);
      sum += at(image, px, py);
    }
  }
  return sum / 4;
}

function brightBorder(cells: readonly boolean[][]): number {
  let bright = 0;
  cells.forEach((row, y) =>
    row.forEach((white, x) => {
      if (white && (x % (CELLS - 1) === 0 || y % (CELLS - 1) === 0)) bright++;
    }),
  );
  return bright;
}

/** The tag that looks like this, and by how many quarter turns clockwise it is turned; [-1, 0] where none does. */
function nearest(inner: readonly boolean[][]): [id: number, turns: number] {
  for (let turns = 0, cells = inner; turns < 4; turns++, cells = turnedBack(cells)) {
    const bits = cells.map((row) => row.map(Number).join("")).join("");
    const [upper, lower] = [Number.parseInt(bits.slice(0, 18), 2), Number.parseInt(bits.slice(18), 2)];
    const id = KNOWN.findIndex((code) => ones(code.upper ^ upper) + ones(code.lower ^ lower) <= SURELY);
    if (id >= 0) return [id, turns];
  }
  return [-1, 0];
}

/** A quarter turn counterclockwise. */
const turnedBack = (cells: readonly boolean[][]): boolean[][] =>
  cells.map((row, y) => row.map((_, x) => cells[x]![row.length - 1 - y]!));

function ones(word: number): number {
  let count = 0;
  for (; word; word &= word - 1) count++;
  return count;
}

/** Corners as crossings of the tag's four edges, each a line through the places where black turns to white. */
function sharpened(views: Views, corners: Quad): Quad {
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
  const level = levelFor(corners, 2 * FINE);
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

/** Where between -1 and 1 a profile rises through the middle of its lowest and its highest value; null where it is flat. */
function rise(profile: (t: number) => number): number | null {
  const count = 13;
  const values = Array.from({ length: count }, (_, k) => profile((2 * k) / (count - 1) - 1));
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  let best: number | null = null;
  let steepest = FLAT / 2;
  for (let k = 1; k < count; k++) {
    const [a, b] = [values[k - 1]!, values[k]!];
    if (a <= middle && b > middle && b - a > steepest) {
      steepest = b - a;
      best = (2 * (k - 1 + (middle - a) / (b - a))) / (count - 1) - 1;
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
