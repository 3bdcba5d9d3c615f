/** How well black can be told from paper on a placed page: sharpness, contrast, resolution. */

import { at, type Gray } from "./gray";
import { project, steps, type Matrix } from "./plane";
import type { Point, Rect } from "./types";

const [ACROSS, DOWN] = [128, 32]; // samples in which the sharpness of edges is measured, as `ocr.placement` does

export interface Edges {
  readonly sharpness: number;
  readonly contrast: number; // grey levels between paper and black
  readonly paper: number; // grey level
}

/** Sharpness and contrast where they are best, of places where black is printed beside white. */
export function clearest(image: Gray, map: Matrix, rects: readonly Rect[]): Edges {
  const all = rects.map((rect) => edges(image, map, rect));
  return all.reduce((best, one) => (one.sharpness * one.contrast > best.sharpness * best.contrast ? one : best));
}

/** Sharpness of a place where something black is printed beside white. */
function edges(image: Gray, map: Matrix, [x0, y0, x1, y1]: Rect): Edges {
  const values: number[] = [];
  const slopes: number[] = [];
  for (let row = 0; row < DOWN; row++) {
    for (let column = 0; column < ACROSS; column++) {
      const mm: Point = [x0 + ((x1 - x0) * column) / (ACROSS - 1), y0 + ((y1 - y0) * row) / (DOWN - 1)];
      const value = at(image, ...project(map, mm));
      if (column) slopes.push(Math.abs(value - values[values.length - 1]!));
      values.push(value);
    }
  }
  const [low, high] = [share(values, 0.05), share(values, 0.95)];
  return { sharpness: share(slopes, 0.98) / Math.max(1, high - low), contrast: high - low, paper: high };
}

/** The value below which such a part of them lies. */
export function share(values: readonly number[], part: number): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.round(part * (sorted.length - 1))]!;
}

/** Pixels per mm at a point of the page, the lesser way. */
export function densityAt(map: Matrix, mm: Point): number {
  const [right, below] = steps(map, mm);
  return Math.min(Math.hypot(...right), Math.hypot(...below));
}
