/** The marks in the page's corners: found by their shape near where the tag says they must be, refined at full size.
 *
 * A page is full of dark shapes, so of several candidates those are taken that lie in one plane with each other and with
 * the tag.
 */

import { at, down, up, type Gray, type Views } from "./gray";
import { affine, fit, inverse, project, steps, type Matrix } from "./plane";
import { apart } from "./squares";
import type { Corner, PageTag, Point, Rect } from "./types";

/** Points of the page that are known in the picture. */
export interface Anchors {
  readonly mm: readonly Point[];
  readonly px: readonly Point[];
}

export interface Mark {
  readonly corner: Corner;
  readonly squares: readonly Rect[];
  /** mm: where its two squares touch, or the centre of the one. */
  readonly at: Point;
  readonly side: number;
}

/** A page placed by its tags and marks. */
export interface Placed {
  readonly map: Matrix; // mm -> px of the full picture
  readonly error: number; // mm, root mean square
  readonly marks: ReadonlyMap<Corner, Point>;
}

const SQUARE = 4; // px a side that a mark's square has where marks are looked for
const STEP = 0.4; // of a square's side, between the samples of a mark's picture
const HALF = 4; // samples from a mark's centre to the edge of its picture
const MATCH = 0.55; // correlation with the mark's picture from which it counts as found
const OPTIONS = 3;
const LIKELY = 6; // ways that are handed on
const PERSPECTIVE = 6; // points from which on a mark is predicted by a homography
const TIGHT = 0.001; // of the page's height; marks that fit this well are not doubted
const DROPPED = 0.0012; // of the page's height, by which a fit must improve for a mark to be left out
const WEIGHT = 4; // of a mark in the fit: a crossing of edges keeps its place under blur, a tag's corner moves

export function marksOf(page: PageTag): Mark[] {
  return page.marks.map(({ corner, squares }) => {
    const [first, last] = [squares[0]!, squares[squares.length - 1]!];
    const at: Point =
      squares.length > 1
        ? [Math.min(first[2]!, last[2]!), Math.min(first[3]!, last[3]!)]
        : [(first[0]! + first[2]!) / 2, (first[1]! + first[3]!) / 2];
    return { corner, squares, at, side: first[2]! - first[0]! };
  });
}

/** Ways in which the page may lie, by its tag's corners and by marks that agree with them, likeliest first. */
export function placings(views: Views, page: PageTag, anchors: Anchors): Placed[] {
  const marks = marksOf(page);
  const height = spread(marks.map((mark) => mark.at[1]));
  const likely = agreeing(marks, anchors, candidates(views, marks, anchors, height), height);
  return likely.map((placed) => again(views, marks, anchors, placed, height));
}

/** The homography through anchors and marks: an affine map where only one tag is known. */
function fitted(marks: readonly Mark[], anchors: Anchors, found: ReadonlyMap<Corner, Point>): Placed | null {
  const seen = marks.filter((mark) => found.has(mark.corner));
  const mm = [...anchors.mm, ...seen.map((mark) => mark.at)];
  const px = [...anchors.px, ...seen.map((mark) => found.get(mark.corner) as Point)];
  const weights = mm.map((_, k) => (k < anchors.mm.length ? 1 : WEIGHT));
  const solve = anchors.mm.length / 4 + seen.length >= 4 ? fit : affine;
  const map = solve(mm, px, weights);
  if (!map) return null;
  const back = inverse(map);
  const squared = px.reduce((sum, point, k) => sum + apart(project(back, point), mm[k]!) ** 2, 0);
  return { map, error: Math.sqrt(squared / px.length), marks: found };
}

/** For each corner, where its mark may lie, likeliest first. Nearest to the tag first: each helps to predict the next. */
function candidates(views: Views, marks: readonly Mark[], anchors: Anchors, height: number): Map<Corner, Point[]> {
  const [mm, px] = [[...anchors.mm], [...anchors.px]];
  const middle: Point = [average(mm.map((point) => point[0])), average(mm.map((point) => point[1]))];
  const found = new Map<Corner, Point[]>();
  for (const mark of [...marks].sort((a, b) => apart(a.at, middle) - apart(b.at, middle))) {
    const guess = guessed(mm, px, height);
    if (!guess) continue;
    const near = Math.min(...mm.map((point) => apart(point, mark.at)));
    const places = around(views, guess, mark, 1.1 * mark.side + (found.size < 3 ? 0.2 : 0.08) * near);
    if (!places.length) continue;
    mm.push(mark.at);
    px.push(places[0]!);
    found.set(mark.corner, places);
  }
  return found;
}

const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The simplest map that the points allow: affine at first, a homography once they span the page. */
function guessed(mm: readonly Point[], px: readonly Point[], height: number): Matrix | null {
  const span = Math.min(spread(mm.map(([x]) => x)), spread(mm.map(([, y]) => y)));
  return mm.length >= PERSPECTIVE && span > height / 3 ? fit(mm, px) : affine(mm, px);
}

/** One place for each corner, or none: the choices in which marks and tag fit one plane best. */
function agreeing(
  marks: readonly Mark[],
  anchors: Anchors,
  places: ReadonlyMap<Corner, readonly Point[]>,
  height: number,
): Placed[] {
  const first = fitted(marks, anchors, new Map([...places].map(([corner, options]) => [corner, options[0]!])));
  if (first && (places.size < 2 || first.error < TIGHT * height)) return [first];
  const fits = [...choices([...places])].map((choice) => fitted(marks, anchors, choice)).filter((one) => one !== null);
  const cost = (one: Placed): number => one.error + DROPPED * height * (marks.length - one.marks.size);
  return fits.sort((a, b) => cost(a) - cost(b)).slice(0, LIKELY);
}

function* choices(places: readonly [Corner, readonly Point[]][]): Generator<Map<Corner, Point>> {
  const [first, ...rest] = places;
  if (!first) {
    yield new Map();
    return;
  }
  const [corner, options] = first;
  for (const choice of choices(rest)) {
    yield choice;
    for (const option of options) yield new Map(choice).set(corner, option);
  }
}

/** A mark that was left out, looked for once more close to where all the others say it is. */
function again(views: Views, marks: readonly Mark[], anchors: Anchors, placed: Placed, height: number): Placed {
  const lost = marks.filter((mark) => !placed.marks.has(mark.corner));
  const [mark] = lost;
  if (!mark || lost.length > 1) return placed;
  for (const option of around(views, placed.map, mark, 1.7 * mark.side)) {
    const more = fitted(marks, anchors, new Map(placed.marks).set(mark.corner, option));
    if (more && more.error < placed.error + DROPPED * height) return more;
  }
  return placed;
}

/** Where in the picture a mark may lie, within `spread` mm of its predicted place: at most three, best first. */
function around(views: Views, guess: Matrix, mark: Mark, spread: number): Point[] {
  const here = steps(guess, mark.at);
  const size = Math.sqrt(Math.abs(here[0][0] * here[1][1] - here[0][1] * here[1][0])) * mark.side;
  if (!(size > 1.5)) return [];
  const level = Math.min(5, Math.max(0, Math.floor(Math.log2(size / SQUARE))));
  const image = views.level(level);
  const [x, y] = project(guess, mark.at);
  const picture = pictured(here, mark, level);
  const reach = Math.ceil((spread * size) / mark.side / 2 ** level);
  const window = Math.max(3, Math.min(12, 1.5 * 2 ** level + 2));
  return matched(image, picture, [Math.round(down(x, level)), Math.round(down(y, level))], reach).map((place) => {
    const rough: Point = [up(place[0], level), up(place[1], level)];
    return mark.squares.length > 1 ? saddle(views.full, rough, window) : rough;
  });
}

/** A mark as the prediction lets it look: pixels beside its centre, and how bright each is, their mean taken off. */
interface Picture {
  readonly dx: Int32Array;
  readonly dy: Int32Array;
  readonly light: Float32Array;
  readonly reach: number; // px to its farthest sample
}

function pictured([right, below]: readonly [Point, Point], mark: Mark, level: number): Picture {
  const count = (2 * HALF + 1) ** 2;
  const [dx, dy, light] = [new Int32Array(count), new Int32Array(count), new Float32Array(count)];
  const scale = (STEP * mark.side) / 2 ** level;
  let k = 0;
  for (let v = -HALF; v <= HALF; v++) {
    for (let u = -HALF; u <= HALF; u++, k++) {
      dx[k] = Math.round((u * right[0] + v * below[0]) * scale);
      dy[k] = Math.round((u * right[1] + v * below[1]) * scale);
      light[k] = shade(mark, mark.at[0] + u * STEP * mark.side, mark.at[1] + v * STEP * mark.side);
    }
  }
  const mean = average([...light]);
  const spread = Math.sqrt(light.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return { dx, dy, light: light.map((value) => (value - mean) / spread), reach: Math.max(...dx.map(Math.abs), ...dy.map(Math.abs)) };
}

/** 0 within a square, 1 beside them, 1/2 on an edge. */
function shade(mark: Mark, x: number, y: number): number {
  const inside = mark.squares.map(([x0, y0, x1, y1]) => Math.min(x - x0, x1 - x, y - y0, y1 - y));
  const depth = Math.max(...inside) / mark.side;
  return depth > 0.05 ? 0 : depth < -0.05 ? 1 : 0.5;
}

/** Where a picture fits best around a place: first in every second row and column, then exactly. */
function matched(image: Gray, picture: Picture, [cx, cy]: Point, reach: number): Point[] {
  const [x0, x1] = [Math.max(0, cx - reach), Math.min(image.width - 1, cx + reach)];
  const [y0, y1] = [Math.max(0, cy - reach), Math.min(image.height - 1, cy + reach)];
  const found: [score: number, x: number, y: number][] = [];
  for (let y = y0; y <= y1; y += 2) {
    for (let x = x0; x <= x1; x += 2) {
      const score = correlation(image, picture, x, y);
      if (score > 0.6 * MATCH) found.push([score, x, y]);
    }
  }
  found.sort((a, b) => b[0] - a[0]);
  const kept: [score: number, x: number, y: number][] = [];
  for (const [, x, y] of found) {
    if (kept.length === OPTIONS) break;
    if (kept.some((one) => Math.max(Math.abs(one[1] - x), Math.abs(one[2] - y)) <= picture.reach)) continue;
    const best = climbed(image, picture, x, y);
    if (best[0] >= MATCH) kept.push(best);
  }
  return kept.sort((a, b) => b[0] - a[0]).map(([, x, y]) => [x, y]);
}

function climbed(image: Gray, picture: Picture, x: number, y: number): [number, number, number] {
  let best: [number, number, number] = [-1, x, y];
  for (let v = y - 2; v <= y + 2; v++) {
    for (let u = x - 2; u <= x + 2; u++) {
      const score = correlation(image, picture, u, v);
      if (score > best[0]) best = [score, u, v];
    }
  }
  return best;
}

/** The normalised correlation of a mark's picture with the image around a pixel, -1 to 1. */
function correlation({ data, width, height }: Gray, { dx, dy, light }: Picture, x: number, y: number): number {
  let [sum, squares, along] = [0, 0, 0];
  for (let k = 0; k < dx.length; k++) {
    const [u, v] = [x + dx[k]!, y + dy[k]!];
    const value = u < 0 || v < 0 || u >= width || v >= height ? 200 : data[v * width + u]!;
    sum += value;
    squares += value * value;
    along += value * light[k]!;
  }
  const spread = squares - (sum * sum) / dx.length;
  return spread > dx.length * 16 ? along / Math.sqrt(spread) : 0;
}

/** A crossing of edges to a fraction of a pixel (Förstner); one that would leave its window stays where it was. */
function saddle(image: Gray, start: Point, window: number): Point {
  let [x, y] = start;
  const reach = Math.round(window);
  for (let round = 0; round < 12; round++) {
    let [xx, xy, yy, bx, by] = [0, 0, 0, 0, 0];
    for (let v = -reach; v <= reach; v++) {
      for (let u = -reach; u <= reach; u++) {
        const weight = Math.exp(-(u * u + v * v) / (reach * reach));
        const gx = at(image, x + u + 1, y + v) - at(image, x + u - 1, y + v);
        const gy = at(image, x + u, y + v + 1) - at(image, x + u, y + v - 1);
        xx += weight * gx * gx;
        xy += weight * gx * gy;
        yy += weight * gy * gy;
        bx += weight * (gx * gx * u + gx * gy * v);
        by += weight * (gx * gy * u + gy * gy * v);
      }
    }
    const determinant = xx * yy - xy * xy;
    if (determinant < 1e-6 * xx * yy || !determinant) return start;
    const [mx, my] = [(yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant];
    [x, y] = [x + mx, y + my];
    if (Math.max(Math.abs(x - start[0]), Math.abs(y - start[1])) > window) return start;
    if (Math.hypot(mx, my) < 0.02) break;
  }
  return [x, y];
}
