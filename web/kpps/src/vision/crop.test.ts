import { describe, expect, it } from "vitest";
import { fieldCrop } from "./crop";
import { affine, fit, inverse, product, project, type Matrix } from "./plane";
import type { Point, Rect, Sight } from "./types";

const SIZE = [600, 900] as const;
const SLANTED: Matrix = [1.9, -0.3, 140, 0.35, 1.7, 60, 0.00011, 0.00023, 1];
const PAPER: Point[] = [[0, 0], [600, 0], [600, 900], [0, 900]];

function seen(map: Matrix): Sight {
  return { found: true, corners: PAPER.map((point) => project(map, point)) } as unknown as Sight;
}

describe("homographies", () => {
  it("are found again from points, and undone by their inverse", () => {
    const found = fit(PAPER, PAPER.map((point) => project(SLANTED, point)))!;
    const there = project(found, [321, 123]);
    expect(there[0]).toBeCloseTo(project(SLANTED, [321, 123])[0], 6);
    expect(project(inverse(SLANTED), there)[1]).toBeCloseTo(123, 6);
    expect(product(SLANTED, inverse(SLANTED))[1]).toBeCloseTo(0, 9);
  });

  it("are not made of points on a line", () => {
    const line: Point[] = [[0, 0], [1, 1], [2, 2], [3, 3]];
    expect(affine(line, line)).toBeNull();
    expect(fit(line, line)).toBeNull();
  });
});

describe("the crop of a field", () => {
  it.each([
    ["upright", [2, 0, 10, 0, 2, 20, 0, 0, 1]],
    ["on its head", [-2, 0, 1300, 0, -2, 1900, 0, 0, 1]],
    ["sideways", [0, -2, 1900, 2, 0, 30, 0, 0, 1]],
    ["slanted", SLANTED],
  ] as [string, Matrix][])("shows its corners in the canvas's corners: %s", (_, map) => {
    const rect: Rect = [300, 400, 360, 420];
    const crop = fieldCrop(seen(map), rect, SIZE, 3)!;
    expect([crop.width, crop.height]).toEqual([180, 60]);
    const [a, b, c, d, e, f] = crop.transform;
    const drawn = ([x, y]: Point): Point => [a * x + c * y + e, b * x + d * y + f];
    const [x0, y0] = project(map, [rect[0], rect[1]]);
    const [x1, y1] = project(map, [rect[2], rect[3]]);
    for (const [at, to] of [[drawn([x0 + 0.5, y0 + 0.5]), [0, 0]], [drawn([x1 + 0.5, y1 + 0.5]), [180, 60]]] as const) {
      expect(Math.hypot(at[0] - to[0], at[1] - to[1])).toBeLessThan(1.5);
    }
  });

  it("is none where no page was found", () => {
    expect(fieldCrop({ found: false, corners: null } as unknown as Sight, [0, 0, 1, 1], SIZE)).toBeNull();
  });
});
