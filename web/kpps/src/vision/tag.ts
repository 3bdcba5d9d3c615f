/** AprilTags in a picture: which page of which form this is, and a first idea of where it lies. */

import { codes } from "./codes";
import { CELLS, levelFor, sharpened } from "./edge";
import { at, down, up, type Gray, type Views } from "./gray";
import { fit, project, type Matrix } from "./plane";
import { apart, areaOf, type Quad } from "./polygon";
import { squares } from "./squares";

export interface Seen {
  readonly id: number;
  /** Pixels of the full picture: its upright's top left first, clockwise. */
  readonly corners: Quad;
}

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
  const places = Array.from({ length: CELLS }, (_, k) => k);
  const means = places.map((y) => places.map((x) => mean(image, map, x, y)));
  const sorted = means.flat().sort((a, b) => a - b);
  const [low, high] = [sorted[DARKEST]!, sorted[sorted.length - BRIGHTEST]!];
  if (!(high - low > FLAT)) return null;
  return means.map((row) => row.map((value) => value > (low + high) / 2));
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
