/** What is wrong with a photo, in the order in which the officer can do something about it. */

import type { Outlines } from "./outlines";
import type { Corner, Expected, PageTag, VerdictCode } from "./types";

export interface Findings {
  readonly found: boolean;
  readonly side: number; // px, the picture's longer one
  readonly missing: readonly Corner[];
  readonly outside: readonly Corner[]; // those that lie beyond the picture
  readonly sharpness: number; // 0 washed out – 1 hard edges
  readonly contrast: number; // grey levels between paper and black
  readonly paper: number; // grey level of the paper
  readonly density: number; // px/mm
  readonly box: number; // mm across the page's smallest box
  readonly outlines: Outlines | null;
}

export interface Wanted {
  readonly strange: boolean; // a page tag is seen that none of the known pages has
  readonly page?: PageTag | undefined;
  readonly expected?: Expected | undefined;
  readonly live: boolean;
}

const SHARP = 0.1; // the server refuses below 0.05, but misreads one digit in twenty up to here
const LIVE_SHARP = 0.065; // the same in a frame of the camera, whose pixels soften edges by themselves
const SMALL = 13; // px across the smallest box; the server refuses below 11
const LIVE_SMALL = 5; // the same in a frame of the camera: the photo has three times as many
const LEAST = 400; // px; in a picture whose long side is shorter no form can be read
const [DARK, PALE] = [60, 25]; // grey levels: of the paper, and between paper and black
const SEEN = 0.7; // of the boxes' outlines must be seen
const GLARE = 0.08; // of the boxes may be washed out
const UNSEEN = 2; // corner marks that may be hidden in the picture, but not more

/** The one verdict; `ok` where the server can read the page. */
export function judged(seen: Findings, { strange, page, expected, live }: Wanted): VerdictCode {
  if (!seen.found) return strange ? "scan.wrong_form" : nothing(seen, live);
  if (expected && page?.contest !== expected.contest) return "scan.wrong_form";
  if (expected && page?.page !== expected.page) return "scan.wrong_page";
  if (seen.outside.length || seen.missing.length > UNSEEN || seen.outlines?.outside) return "scan.corner_missing";
  if (seen.density * seen.box < (live ? LIVE_SMALL : SMALL)) return "scan.too_small";
  if (seen.sharpness < (live ? LIVE_SHARP : SHARP)) return "scan.blurred";
  if (seen.paper < DARK || seen.contrast < PALE) return "scan.too_dark";
  if (seen.outlines && seen.outlines.washed > GLARE) return "scan.glare";
  if (seen.outlines && seen.outlines.seen < SEEN) return "scan.blurred";
  return "ok";
}

/** Why no page was found. */
function nothing(seen: Findings, live: boolean): VerdictCode {
  if (!live && seen.side < LEAST) return "scan.too_small";
  if (seen.paper < DARK) return "scan.too_dark";
  return seen.sharpness ? "scan.no_page" : "scan.blurred";
}
