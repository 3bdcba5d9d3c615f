/** What the eye is told and what it says. No code that runs. */

export type Point = readonly [x: number, y: number];

/** left, top, right, bottom: mm on the paper, from its top left corner. */
export type Rect = readonly [x0: number, y0: number, x1: number, y1: number];

export type Corner = "top left" | "top right" | "bottom left" | "bottom right";

/** A page of a form as the eye must know it, out of `election.form`: all measures are mm on the paper. */
export interface PageTag {
  readonly contest: string;
  readonly page: number;
  /** Of its AprilTags 36h10; null where the form has none: such a page is not found. */
  readonly id: number | null;
  /** Width and height of the paper. */
  readonly size: readonly [width: number, height: number];
  /** Where its tags are printed, and by how many quarter turns clockwise (`election.form.Tag`). */
  readonly tags: readonly { readonly rect: Rect; readonly turn: number }[];
  /** Its corner marks: two squares that touch diagonally, or one (`election.form.Mark`). */
  readonly marks: readonly { readonly corner: Corner; readonly squares: readonly Rect[] }[];
  /** The boxes of its numbers: by their outlines glare is told, and whether all of them are in the picture. */
  readonly boxes: readonly Rect[];
}

/** The page that the officer is to photograph. */
export interface Expected {
  readonly contest: string;
  readonly page: number;
}

export type VerdictCode =
  | "ok"
  | "scan.no_page"
  | "scan.corner_missing"
  | "scan.blurred"
  | "scan.too_dark"
  | "scan.glare"
  | "scan.wrong_page"
  | "scan.wrong_form"
  | "scan.too_small";

export interface Verdict {
  readonly code: VerdictCode;
  readonly ok: boolean;
}

/** What was seen in one picture. Points are pixels of that picture, whole numbers at the centres of pixels. */
export interface Sight {
  /** Whether a page was found: then `corners` is not null. */
  readonly found: boolean;
  /** What the page's tag says; known also where the rest of the page was not found. */
  readonly contest: string | null;
  readonly page: number | null;
  /** Of the picture that was looked at. */
  readonly width: number;
  readonly height: number;
  /** The paper's own corners: top left, top right, bottom right, bottom left of the upright page. They may lie
   * outside the picture. */
  readonly corners: readonly [Point, Point, Point, Point] | null;
  /** Corners that lie outside the picture, or whose marks are not seen. */
  readonly missing: readonly Corner[];
  /** 0 washed out – 1 hard edges, as `ocr.placement.sight` measures it. */
  readonly sharpness: number;
  /** Pixels per mm in the middle of the page. */
  readonly density: number;
  /** Share of the boxes' printed outlines that are seen, 0–1; null where the picture is too coarse for them. */
  readonly outlines: number | null;
  /** Grey levels between paper and black. */
  readonly contrast: number;
  /** Share of the page's boxes that light has washed out, 0–1. */
  readonly glare: number;
  /** How dark the paper is, 0 white – 1 black. */
  readonly dark: number;
  readonly verdict: Verdict;
}

/** A photo ready to be kept and sent. */
export interface Prepared {
  /** Upright, without EXIF, of at most 300 KB. */
  readonly jpeg: Blob;
  readonly width: number;
  readonly height: number;
  /** Of the JPEG's bytes, hex. */
  readonly sha256: string;
  /** Of the JPEG's picture. */
  readonly sight: Sight;
}
