/** One look at a picture: which page it shows, where it lies, and what is wrong with the photo. */

import { byMarks, byTag, type Found } from "./find";
import { gray, Views, within } from "./gray";
import { densityAt } from "./light";
import { marksOf } from "./marks";
import { project } from "./plane";
import { tags } from "./tag";
import type { Corner, Expected, PageTag, Point, Sight, VerdictCode } from "./types";
import { judged, type Findings } from "./verdict";

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

function findingsOf(views: Views, { page, placed, edges, outlines }: Found): Findings {
  const outside = marksOf(page).filter((mark) => !within(views.full, project(placed.map, mark.at)));
  const unseen = marksOf(page).filter((mark) => !placed.marks.has(mark.corner));
  const missing = new Set<Corner>([...outside, ...unseen].map((mark) => mark.corner));
  const [w, h] = page.size;
  return {
    found: true,
    side: sideOf(views),
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

const sideOf = ({ full }: Views): number => Math.max(full.width, full.height);

/** What can be said of a picture without a page. */
function lost(views: Views): Findings {
  const { data } = views.level(views.within(300));
  const sorted = data.slice().sort();
  const [low, high] = [sorted[Math.floor(0.05 * sorted.length)]!, sorted[Math.floor(0.95 * sorted.length)]!];
  const soft = washedOut(views);
  return {
    found: false,
    side: sideOf(views),
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
