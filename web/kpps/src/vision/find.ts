/** Which page a picture shows and where it lies, by its tags, its marks and the outlines of its boxes. */

import type { Views } from "./gray";
import { clearest, densityAt, type Edges } from "./light";
import { marksOf, placings, type Anchors, type Placed } from "./marks";
import type { Mark } from "./match";
import { outlines, type Outlines } from "./outlines";
import { fit } from "./plane";
import type { Seen } from "./tag";
import type { Expected, PageTag, Point, Rect } from "./types";
import { untagged } from "./untagged";

const FINE = 1.2; // px/mm from which lines of half a millimetre are seen
const SURE = 0.85; // of the boxes' outlines are seen where no other placement need be looked for
const TIGHT = 0.001; // of the page's height, by which tag and marks may be out where no outlines can be seen
const ENOUGH = 6; // boxes by which a placement is corrected

/** A page of a form, where it lies in a picture, and how well it is seen there. */
export interface Found {
  readonly page: PageTag;
  readonly placed: Placed;
  readonly edges: Edges;
  readonly outlines: Outlines | null; // null where the picture is too coarse for them
}

/** The page of the first tag. */
export function byTag(views: Views, pages: readonly PageTag[], seen: readonly Seen[]): Found | null {
  const id = seen[0]!.id;
  const page = pages.find((one) => one.id === id) as PageTag;
  return best(views, page, ways(page, seen.filter((tag) => tag.id === id)), true);
}

/** The page that is asked for, where no tag says which it is. */
export function byMarks(views: Views, pages: readonly PageTag[], expected?: Expected): Found | null {
  const page = pages.find((one) => one.contest === expected?.contest && one.page === expected.page);
  const found = page ? best(views, page, untagged(views, page), false) : null;
  return found && firm(found) ? found : null;
}

/** The best of all ways in which a page may lie. `tagged`: whether its tags can be seen. */
function best(views: Views, page: PageTag, ways: Iterable<Anchors>, tagged: boolean): Found | null {
  let best: Found | null = null;
  for (const anchors of ways) {
    for (const placed of placings(views, page, anchors)) {
      const found = corrected(views, measured(views, page, placed, tagged), anchors);
      if (!best || worth(found) > worth(best)) best = found;
      if (firm(best)) return best;
    }
  }
  return best;
}

/** How much speaks for a placement: outlines most, where they can be seen, and marks. */
const worth = ({ placed, outlines, page }: Found): number =>
  4 * (outlines?.seen ?? 0) + placed.marks.size / 2 - placed.error / (0.002 * page.size[1]) / 4;

const firm = ({ placed, outlines, page }: Found): boolean =>
  placed.marks.size === page.marks.length && (outlines ? outlines.seen > SURE : placed.error < TIGHT * page.size[1]);

/** A placement moved to where the boxes are seen, if more of them are seen then. */
function corrected(views: Views, found: Found, anchors: Anchors): Found {
  const { page, placed, outlines } = found;
  if (!outlines || firm(found) || outlines.mm.length < ENOUGH) return found;
  const marks = marksOf(page).filter((mark) => placed.marks.has(mark.corner));
  const mm = [...anchors.mm, ...outlines.mm, ...marks.map((mark) => mark.at)];
  const px = [...anchors.px, ...outlines.px, ...marks.map((mark) => placed.marks.get(mark.corner) as Point)];
  const map = fit(mm, px);
  if (!map) return found;
  const moved = { ...found, ...seenAt(views, page, { ...placed, map }, found.edges) };
  return (moved.outlines?.seen ?? 0) > outlines.seen ? moved : found;
}

/** Where a page prints the same tag twice, either may be which. */
function* ways(page: PageTag, seen: readonly Seen[]): Generator<Anchors> {
  const some = seen.slice(0, page.tags.length);
  for (const order of orders(page.tags, some.length)) {
    yield {
      mm: order.flatMap(({ rect: [x0, y0, x1, y1], turn }) => {
        const upright: Point[] = [
          [x0, y0],
          [x1, y0],
          [x1, y1],
          [x0, y1],
        ];
        return [...upright.slice(turn), ...upright.slice(0, turn)];
      }),
      px: some.flatMap((tag) => tag.corners),
    };
  }
}

/** Every way to take `count` of the items, one after the other. */
function orders<T>(items: readonly T[], count: number): T[][] {
  if (!count) return [[]];
  return items.flatMap((item) => {
    const others = items.filter((other) => other !== item);
    return orders(others, count - 1).map((rest) => [item, ...rest]);
  });
}

/** A placement with what can be said of it. */
function measured(views: Views, page: PageTag, placed: Placed, tagged: boolean): Found {
  const black = tagged ? page.tags.map((tag) => tag.rect) : marksOf(page).map(surroundings);
  return { page, ...seenAt(views, page, placed, clearest(views.full, placed.map, black)) };
}

function seenAt(views: Views, page: PageTag, placed: Placed, edges: Edges): Omit<Found, "page"> {
  const [w, h] = page.size;
  const fine = densityAt(placed.map, [w / 2, h / 2]) >= FINE;
  return { placed, edges, outlines: fine ? outlines(views.full, placed.map, page.boxes, edges.contrast) : null };
}

/** A mark with the paper around it. */
function surroundings({ at: [x, y], side, squares }: Mark): Rect {
  const out = side * squares.length;
  return [x - out, y - out, x + out, y + out];
}
