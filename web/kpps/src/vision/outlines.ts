/** The printed outlines of a page's boxes: whether they are seen where a placement has them, or where bent paper may. */

import { at, within, type Gray } from "./gray";
import { share } from "./light";
import { project, type Matrix } from "./plane";
import type { Point, Rect } from "./types";

const BOXES = 40; // at most so many are looked at
const [REACH, STEP, ALONG] = [7, 0.35, 9]; // mm that bent paper may move a line, mm between samples, samples along it
const BESIDE = 4; // steps beside a line, where none is printed
const [CLEAR, FAINT] = [0.05, 5]; // of the contrast, and grey levels, by which a line must be darker than paper
const BRIGHT = 235; // grey levels; paper as bright is washed out, where no line is seen

/** What is seen of the boxes' printed outlines, all shares 0–1 of the boxes that were looked at. */
export interface Outlines {
  readonly seen: number; // pairs of opposite sides
  readonly washed: number; // boxes whose outlines light has washed out
  readonly outside: number; // boxes that are not wholly in the picture
  /** Boxes that are seen: the middle of each, and where the picture has it. */
  readonly mm: readonly Point[];
  readonly px: readonly Point[];
}

export function outlines(image: Gray, map: Matrix, boxes: readonly Rect[], contrast: number): Outlines {
  const every = Math.max(1, boxes.length / BOXES);
  const some = boxes.filter((_, k) => Math.floor(k / every) !== Math.floor((k - 1) / every));
  let [seen, washed, outside] = [0, 0, 0];
  const [mm, px]: [Point[], Point[]] = [[], []];
  const least = Math.max(FAINT, CLEAR * contrast);
  for (const box of some) {
    const [wide, high] = pairsOf(box).map((pair) => paired(image, map, pair)) as [Paired, Paired];
    const visible = Number(wide.depth >= least) + Number(high.depth >= least);
    seen += visible / 2;
    if (visible === 2) {
      const middle: Point = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      mm.push(middle);
      px.push(project(map, [middle[0] + wide.off, middle[1] + high.off]));
    }
    if (!visible && Math.max(wide.paper, high.paper) > BRIGHT) washed++;
    if (!cornersOf(box).every((corner) => within(image, project(map, corner)))) outside++;
  }
  const count = Math.max(1, some.length);
  return { seen: some.length ? seen / count : 1, washed: washed / count, outside: outside / count, mm, px };
}

const cornersOf = ([x0, y0, x1, y1]: Rect): Point[] => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];

/** A printed line: its ends, and the direction across it. */
type Side = readonly [from: Point, to: Point, across: Point];

/** The sides of a box: left and right, top and bottom. */
function pairsOf([x0, y0, x1, y1]: Rect): [Side, Side][] {
  return [
    [
      [[x0, y0], [x0, y1], [1, 0]],
      [[x1, y0], [x1, y1], [1, 0]],
    ],
    [
      [[x0, y0], [x1, y0], [0, 1]],
      [[x0, y1], [x1, y1], [0, 1]],
    ],
  ];
}

interface Profile {
  readonly dark: readonly number[]; // below what lies beside, at each step across
  readonly paper: number;
}

/** How dark it is across a line: along it the median decides, as what is written crosses it. */
function profile(image: Gray, map: Matrix, [from, to, across]: Side): Profile {
  const values: number[] = [];
  for (let off = -REACH; off <= REACH + STEP / 2; off += STEP) {
    const along: number[] = [];
    for (let k = 0; k < ALONG; k++) {
      const part = 0.1 + (0.8 * k) / (ALONG - 1);
      const x = from[0] + (to[0] - from[0]) * part + across[0] * off;
      const y = from[1] + (to[1] - from[1]) * part + across[1] * off;
      along.push(at(image, ...project(map, [x, y])));
    }
    values.push(along.sort((a, b) => a - b)[ALONG >> 1]!);
  }
  // A line is darker than what lies on both sides of it; the edge of something dark is not.
  const dark = values.map((value, k) => Math.min(values[k - BESIDE] ?? 0, values[k + BESIDE] ?? 0) - value);
  return { dark, paper: share(values, 0.75) };
}

interface Paired {
  readonly depth: number; // grey levels below paper
  readonly off: number; // mm from their place
  readonly paper: number;
}

/** How dark two opposite sides are where both are seen: bent paper moves them, but both alike. */
function paired(image: Gray, map: Matrix, [first, second]: readonly [Side, Side]): Paired {
  const [one, other] = [profile(image, map, first), profile(image, map, second)];
  let [depth, off] = [0, 0];
  one.dark.forEach((dark, k) => {
    const both = Math.min(dark, Math.max(other.dark[k - 1] ?? 0, other.dark[k]!, other.dark[k + 1] ?? 0));
    if (both > depth) [depth, off] = [both, STEP * k - REACH];
  });
  return { depth, off, paper: Math.max(one.paper, other.paper) };
}
