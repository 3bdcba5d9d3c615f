/** One look at a picture: which page it shows, where it lies, and what is wrong with the photo. */

import { gray, Views } from "./gray";
import { clearest, densityAt, outlines, within, type Edges, type Outlines } from "./light";
import { marksOf, placings, type Anchors, type Mark, type Placed } from "./marks";
import { fit, project } from "./plane";
import { tags, type Seen } from "./tag";
import type { Corner, Expected, PageTag, Point, Rect, Sight, VerdictCode } from "./types";
import { untagged } from "./untagged";
import { judged, type Findings } from "./verdict";

const FINE = 1.2; // px/mm from which lines of half a millimetre are seen
const SURE = 0.85; // of the boxes' outlines are seen where no other placement need be looked for
const TIGHT = 0.001; // of the page's height, by which tag and marks may be out where no outlines can be seen
const ENOUGH = 6; // boxes by which a placement is corrected

/** A page of a form, where it lies in a picture, and how well it is seen there. */
interface Found {
  readonly page: PageTag;
  readonly placed: Placed;
  readonly edges: Edges;
  readonly outlines: Outlines | null; // null where the picture is too coarse for them
}

/** @param live whether this is a frame of the camera, coarser than the photo that will be taken. */
export function look(pixels: ImageData, pages: readonly PageTag[], expected?: Expected, live = false): Sight {
  const views = new Views(gray(pixels));
  const seen = tags(views);
  const known = seen.filter((tag) => pages.some((page) => page.id === tag.id));
  const found = known[0] ? byTag(views, pages, known) : seen.length ? null : byMarks(views, pages, expected);
  const findings = found ? findingsOf(views, found) : lost(views);
  const code = judged(findings, { strange: seen.length > 0 && !found, expected, live, page: found?.page });
  return sight(views, found, findings, code);
}

/** The page of the first tag. */
function byTag(views: Views, pages: readonly PageTag[], seen: readonly Seen[]): Found | null {
  const id = seen[0]!.id;
  const page = pages.find((one) => one.id === id) as PageTag;
  return best(views, page, ways(page, seen.filter((tag) => tag.id === id)), true);
}

/** The page that is asked for, where no tag says which it is. */
function byMarks(views: Views, pages: readonly PageTag[], expected?: Expected): Found | null {
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

function orders<T>(items: readonly T[], count: number): T[][] {
  if (!count) return [[]];
  return items.flatMap((item) => orders(items.filter((other) => other !== item), count - 1).map((rest) => [item, ...rest]));
}

function measured(views: Views, page: PageTag, placed: Placed, tagged: boolean): Found {
  const black = tagged ? page.tags.map((tag) => tag.rect) : marksOf(page).map(surroundings);
  return { page, ...seenAt(views, page, placed, clearest(views.full, placed.map, black)) };
}

function seenAt(views: Views, page: PageTag, placed: Placed, edges: Edges): Omit<Found, "page"> {
  const [w, h] = page.size;
  const fine = densityAt(placed.map, [w / 2, h / 2]) >= FINE;
  return { placed, edges, outlines: fine ? outlines(views.full, placed.map, page.boxes, edges.contrast) : null };
}

function surroundings({ at: [x, y], side, squares }: Mark): Rect {
  const out = side * squares.length;
  return [x - out, y - out, x + out, y + out];
}

function findingsOf(views: Views, { page, placed, edges, outlines }: Found): Findings {
  const outside = marksOf(page).filter((mark) => !within(views.full, project(placed.map, mark.at)));
  const unseen = marksOf(page).filter((mark) => !placed.marks.has(mark.corner));
  const missing = new Set<Corner>([...outside, ...unseen].map((mark) => mark.corner));
  const [w, h] = page.size;
  return {
    found: true,
    missing: [...missing],
    outside: outside.map((mark) => mark.corner),
    sharpness: edges.sharpness,
    contrast: edges.contrast,
    paper: edges.paper,
    density: densityAt(placed.map, [w / 2, h / 2]),
    box: Math.min(...page.boxes.map(([x0, , x1]) => x1 - x0)),
    outlines,
  };
}

/** What can be said of a picture without a page. */
function lost(views: Views): Findings {
  const { data } = views.level(views.within(300));
  const sorted = data.slice().sort();
  const [low, high] = [sorted[Math.floor(0.05 * sorted.length)]!, sorted[Math.floor(0.95 * sorted.length)]!];
  const soft = washedOut(views);
  return {
    found: false,
    missing: [],
    outside: [],
    sharpness: soft ? 0 : 1,
    contrast: high - low,
    paper: high,
    density: 0,
    box: 0,
    outlines: null,
  };
}

/** Whether nothing in the picture is finer than a hundredth of it: as `ocr.register` tells a photo out of focus. */
function washedOut(views: Views): boolean {
  const level = views.within(1300);
  const [fine, coarse] = [steepest(views, level), steepest(views, level + 2)];
  return coarse > 20 && fine < 0.35 * coarse;
}

function steepest(views: Views, level: number): number {
  const { data, width } = views.level(level);
  const counts = new Uint32Array(256);
  for (let k = 1; k < data.length; k++) if (k % width) counts[Math.abs(data[k]! - data[k - 1]!)]!++;
  let rest = 0.005 * data.length;
  for (let slope = 255; slope > 0; slope--) {
    rest -= counts[slope]!;
    if (rest < 0) return slope;
  }
  return 0;
}

function sight(views: Views, found: Found | null, findings: Findings, code: VerdictCode): Sight {
  const paper = found && cornersOf(found);
  return {
    found: found !== null,
    contest: found?.page.contest ?? null,
    page: found?.page.page ?? null,
    width: views.full.width,
    height: views.full.height,
    corners: paper,
    missing: findings.missing,
    sharpness: findings.sharpness,
    density: findings.density,
    outlines: findings.outlines?.seen ?? null,
    contrast: findings.contrast,
    glare: findings.outlines?.washed ?? 0,
    dark: 1 - findings.paper / 255,
    verdict: { code, ok: code === "ok" },
  };
}

function cornersOf({ page, placed }: Found): [Point, Point, Point, Point] {
  const [w, h] = page.size;
  const at = (x: number, y: number): Point => project(placed.map, [x, y]);
  return [at(0, 0), at(w, 0), at(w, h), at(0, h)];
}
