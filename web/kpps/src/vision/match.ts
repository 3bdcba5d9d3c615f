/** One corner mark in a picture: found by its shape around a predicted place, refined at full size. */

import { at, down, up, type Gray, type Views } from "./gray";
import { project, steps, type Matrix } from "./plane";
import type { Corner, Point, Rect } from "./types";

export interface Mark {
  readonly corner: Corner;
  readonly squares: readonly Rect[];
  /** mm: where its two squares touch, or the centre of the one. */
  readonly at: Point;
  readonly side: number;
}

const SQUARE = 4; // px a side that a mark's square has where marks are looked for
const STEP = 0.4; // of a square's side, between the samples of a mark's picture
const HALF = 4; // samples from a mark's centre to the edge of its picture
const MATCH = 0.55; // correlation with the mark's picture from which it counts as found
const OPTIONS = 3;

/** Where in the picture a mark may lie, within `spread` mm of its predicted place: at most three, best first. */
export function around(views: Views, guess: Matrix, mark: Mark, spread: number): Point[] {
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
  const mean = light.reduce((sum, value) => sum + value, 0) / count;
  const spread = Math.sqrt(light.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  const reach = Math.max(...dx.map(Math.abs), ...dy.map(Math.abs));
  return { dx, dy, light: light.map((value) => (value - mean) / spread), reach };
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
