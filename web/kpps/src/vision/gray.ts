/** Grey pictures: made of a canvas's pixels, halved, and looked up between pixels. */

import type { Point } from "./types";

export interface Gray {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Luma of RGBA pixels, ITU-R BT.601 as in JPEG. */
export function gray(pixels: ImageData): Gray {
  const { width, height } = pixels;
  const words = new Uint32Array(pixels.data.buffer, pixels.data.byteOffset, width * height);
  const data = new Uint8Array(words.length);
  for (let k = 0; k < words.length; k++) {
    const word = words[k]!; // little-endian, as every phone is: red is the lowest byte
    data[k] = (77 * (word & 255) + 150 * ((word >> 8) & 255) + 29 * ((word >> 16) & 255) + 128) >> 8;
  }
  return { data, width, height };
}

export function half({ data, width, height }: Gray): Gray {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Uint8Array(w * h);
  for (let y = 0, k = 0; y < h; y++) {
    for (let x = 0, at = 2 * y * width; x < w; x++, k++, at += 2) {
      out[k] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]! + 2) >> 2;
    }
  }
  return { data: out, width: w, height: h };
}

/** The grey level at a point, bilinear; beyond the edge that of the edge. */
export function at(image: Gray, x: number, y: number): number {
  const { data, width, height } = image;
  x = x < 0 ? 0 : x > width - 1.001 ? width - 1.001 : x;
  y = y < 0 ? 0 : y > height - 1.001 ? height - 1.001 : y;
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [dx, dy] = [x - left, y - top];
  const k = top * width + left;
  const above = data[k]! + (data[k + 1]! - data[k]!) * dx;
  const below = data[k + width]! + (data[k + width + 1]! - data[k + width]!) * dx;
  return above + (below - above) * dy;
}

/** Whether a point lies in the picture. */
export function within({ width, height }: Gray, [x, y]: Point): boolean {
  return x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1;
}

/** A picture and its halves, its quarters, …: each made once, when it is asked for. */
export class Views {
  private readonly levels: Gray[];

  constructor(readonly full: Gray) {
    this.levels = [full];
  }

  level(level: number): Gray {
    while (this.levels.length <= level) this.levels.push(half(this.levels[this.levels.length - 1]!));
    return this.levels[level]!;
  }

  /** The finest level whose long side has at most so many pixels. */
  within(side: number): number {
    let level = 0;
    while (Math.max(this.full.width, this.full.height) >> level > side) level++;
    return level;
  }
}

/** A pixel of the full picture, as one of a level. */
export const down = (value: number, level: number): number => (value + 0.5) / 2 ** level - 0.5;

/** A pixel of a level, as one of the full picture. */
export const up = (value: number, level: number): number => (value + 0.5) * 2 ** level - 0.5;
