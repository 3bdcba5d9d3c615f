/** The marks in the page's corners, looked for near where the tag says they must be.
 *
 * A page is full of dark shapes, so of several candidates those are taken that lie in one plane with each other and
 * with the tag.
 */

import type { Views } from "./gray";
import { around, type Mark } from "./match";
import { affine, fit, inverse, project, type Matrix } from "./plane";
import { apart } from "./polygon";
import type { Corner, PageTag, Point } from "./types";

/** Points of the page that are known in the picture. */
export interface Anchors {
  readonly mm: readonly Point[];
  readonly px: readonly Point[];
}

/** A page placed by its tags and marks. */
export interface Placed {
  readonly map: Matrix; // mm -> px of the full picture
  readonly error: number; // mm, root mean square
  readonly marks: ReadonlyMap<Corner, Point>;
}

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

/** For each corner, where its mark may lie, likeliest first. Nearest to the tag first: each one predicts the next. */
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
