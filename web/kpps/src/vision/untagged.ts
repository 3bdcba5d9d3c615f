/** A page whose tag is covered or washed out: by its corner marks, where it is known which page it should be. */

import { up, type Gray, type Views } from "./gray";
import { marksOf, type Anchors } from "./marks";
import type { Mark } from "./match";
import { apart } from "./polygon";
import { patches } from "./squares";
import type { PageTag, Point } from "./types";

/** A patch that looks like two squares which touch at a corner. */
interface Spot {
  readonly at: Point;
  readonly side: number; // px, of a square
  readonly along: Point; // from the one square to the other, or back: of length 1
}

const SIDE = 1400; // px of the long side where marks are looked for
const CONTRAST = 20;
const [LONG, SLIM] = [
  [0.38, 0.85],
  [0.03, 0.18],
] as const; // variance along and across of a mark's pixels, of its square's area
const CROWD = 120; // spots; a page has four, and some of its print looks alike
const NEAR = 0.25; // of the way between two marks, by which perspective may move one
const [LIKE, TURNED] = [1.7, 0.88]; // of sides, and cosine between the ways, of marks of one page
const LEAST = 3; // marks
const LIKELY = 4;

/** Ways in which the marks that are seen may be those of `page`, likeliest first. */
export function untagged(views: Views, page: PageTag): Anchors[] {
  const level = views.within(SIDE);
  const spots = spotsOf(views.level(level)).slice(0, CROWD);
  const marks = marksOf(page).filter((mark) => mark.squares.length > 1);
  const found: { readonly fit: number; readonly anchors: Anchors }[] = [];
  for (const spot of spots) {
    for (const mark of marks) {
      for (const way of [1, -1]) {
        const guess = companions(spots, marks, spot, mark, way);
        if (guess && !found.some((one) => same(one.anchors, guess.anchors))) found.push(guess);
      }
    }
  }
  const best = found.sort((a, b) => b.fit - a.fit).slice(0, LIKELY);
  return best.map(({ anchors: { mm, px } }) => ({ mm, px: px.map(([x, y]) => [up(x, level), up(y, level)] as const) }));
}

function spotsOf(image: Gray): Spot[] {
  const spots: Spot[] = [];
  for (const patch of patches(image, CONTRAST)) {
    const spot = spotOf(patch);
    if (spot) spots.push(spot);
  }
  return spots.sort((a, b) => b.side - a.side);
}

function spotOf(patch: readonly Point[]): Spot | null {
  const area = patch.length / 2;
  let [x, y, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (const point of patch) [x, y] = [x + point[0], y + point[1]];
  [x, y] = [x / patch.length, y / patch.length];
  for (const [u, v] of patch) {
    xx += (u - x) ** 2 / patch.length;
    xy += ((u - x) * (v - y)) / patch.length;
    yy += (v - y) ** 2 / patch.length;
  }
  const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  const within = (value: number, [low, high]: readonly [number, number]): boolean => value > low && value < high;
  if (!within((middle + half) / area, LONG) || !within((middle - half) / area, SLIM)) return null;
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return { at: [x, y], side: Math.sqrt(area), along: [Math.cos(angle), Math.sin(angle)] };
}

/** The other marks, if `spot` is `mark` and its second square lies `way` along: each the spot nearest to its place. */
function companions(spots: readonly Spot[], marks: readonly Mark[], spot: Spot, mark: Mark, way: number) {
  const scale = (spot.side / mark.side) * way * Math.SQRT1_2;
  // The second square lies right below the first: the page's own axes are an eighth of a turn to both sides.
  const [x, y] = [(spot.along[0] + spot.along[1]) * scale, (spot.along[1] - spot.along[0]) * scale];
  const [mm, px]: [Point[], Point[]] = [[mark.at], [spot.at]];
  let fit = 1;
  for (const other of marks) {
    if (other === mark) continue;
    const [dx, dy] = [other.at[0] - mark.at[0], other.at[1] - mark.at[1]];
    const place: Point = [spot.at[0] + x * dx - y * dy, spot.at[1] + y * dx + x * dy];
    const reach = NEAR * apart(place, spot.at);
    const near = nearest(spots, spot, place);
    if (!near || apart(near.at, place) > reach) continue;
    mm.push(other.at);
    px.push(near.at);
    fit += 2 - apart(near.at, place) / reach;
  }
  return mm.length < LEAST ? null : { fit, anchors: { mm, px } };
}

function nearest(spots: readonly Spot[], like: Spot, place: Point): Spot | null {
  let best: Spot | null = null;
  for (const spot of spots) {
    if (spot === like || spot.side > LIKE * like.side || like.side > LIKE * spot.side) continue;
    if (Math.abs(spot.along[0] * like.along[0] + spot.along[1] * like.along[1]) < TURNED) continue;
    if (!best || apart(spot.at, place) < apart(best.at, place)) best = spot;
  }
  return best;
}

const same = (one: Anchors, other: Anchors): boolean =>
  one.px.length === other.px.length && one.mm.every((mm, k) => other.px[other.mm.indexOf(mm)] === one.px[k]);
