/** Homographies: a flat page and its picture. A matrix is nine numbers, row after row. */

import type { Point } from "./types";

export type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Nine numbers as a matrix. */
const matrix = (values: number[]): Matrix => values as unknown as Matrix;

export function project(m: Matrix, [x, y]: Point): Point {
  const depth = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / depth, (m[3] * x + m[4] * y + m[5]) / depth];
}

export function inverse(m: Matrix): Matrix {
  const [a, b, c, d, e, f, g, h, i] = m;
  const [p, q, r] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const s = 1 / (a * p + b * q + c * r);
  const rows = [p, c * h - b * i, b * f - c * e, q, a * i - c * g, c * d - a * f, r, b * g - a * h, a * e - b * d];
  return matrix(rows.map((value) => value * s));
}

/** How the map stretches at a point: the columns are what one step along x and y becomes. */
export function steps(m: Matrix, [x, y]: Point): [Point, Point] {
  const here = project(m, [x, y]);
  const right = project(m, [x + 1, y]);
  const below = project(m, [x, y + 1]);
  return [
    [right[0] - here[0], right[1] - here[1]],
    [below[0] - here[0], below[1] - here[1]],
  ];
}

/** The homography of least squares through pairs of points, or null where they lie on a line. `weights`: of each. */
export function fit(from: readonly Point[], to: readonly Point[], weights?: readonly number[]): Matrix | null {
  const [ours, a] = centred(from);
  const [theirs, b] = centred(to);
  const system = new System(8);
  ours.forEach(([x, y], k) => {
    const [u, v] = theirs[k]!;
    const weight = weights?.[k] ?? 1;
    system.add([x, y, 1, 0, 0, 0, -u * x, -u * y], u, weight);
    system.add([0, 0, 0, x, y, 1, -v * x, -v * y], v, weight);
  });
  const solved = system.solve();
  return solved && uncentred(matrix([...solved, 1]), a, b);
}

/** The affine map of least squares, where points are too few or too close together for a homography. */
export function affine(from: readonly Point[], to: readonly Point[], weights?: readonly number[]): Matrix | null {
  const [ours, a] = centred(from);
  const [theirs, b] = centred(to);
  const row = (axis: 0 | 1): number[] | null => {
    const system = new System(3);
    ours.forEach(([x, y], k) => system.add([x, y, 1], theirs[k]![axis], weights?.[k] ?? 1));
    return system.solve();
  };
  const [first, second] = [row(0), row(1)];
  return first && second && uncentred(matrix([...first, ...second, 0, 0, 1]), a, b);
}

interface Frame {
  x: number;
  y: number;
  scale: number;
}

/** Points around 0 at a distance of about 1, which keeps the equations well behaved. */
function centred(points: readonly Point[]): [Point[], Frame] {
  const x = points.reduce((sum, point) => sum + point[0], 0) / points.length;
  const y = points.reduce((sum, point) => sum + point[1], 0) / points.length;
  const away = points.reduce((sum, point) => sum + Math.hypot(point[0] - x, point[1] - y), 0) / points.length;
  const scale = away || 1;
  return [points.map((point) => [(point[0] - x) / scale, (point[1] - y) / scale] as const), { x, y, scale }];
}

function uncentred(m: Matrix, from: Frame, to: Frame): Matrix {
  const into: Matrix = [1 / from.scale, 0, -from.x / from.scale, 0, 1 / from.scale, -from.y / from.scale, 0, 0, 1];
  const out: Matrix = [to.scale, 0, to.x, 0, to.scale, to.y, 0, 0, 1];
  return product(product(out, m), into);
}

export function product(a: Matrix, b: Matrix): Matrix {
  const out: number[] = [];
  for (let r = 0; r < 9; r += 3) {
    for (let c = 0; c < 3; c++) out.push(a[r]! * b[c]! + a[r + 1]! * b[c + 3]! + a[r + 2]! * b[c + 6]!);
  }
  return matrix(out);
}

/** Normal equations of a linear least squares problem: row after row, the right side last in each. */
class System {
  private readonly wide: number;
  private readonly cells: Float64Array;

  constructor(private readonly size: number) {
    this.wide = size + 1;
    this.cells = new Float64Array(size * this.wide);
  }

  add(factors: readonly number[], value: number, weight: number): void {
    const all = [...factors, value];
    for (let r = 0; r < this.size; r++) {
      for (let c = 0; c < this.wide; c++) this.cells[r * this.wide + c]! += weight * all[r]! * all[c]!;
    }
  }

  /** Gaussian elimination with pivots; null where the equations do not decide. */
  solve(): number[] | null {
    for (let k = 0; k < this.size; k++) {
      this.exchange(k, this.pivot(k));
      if (Math.abs(this.cell(k, k)) < 1e-12) return null;
      for (let r = 0; r < this.size; r++) if (r !== k) this.subtract(r, k, this.cell(r, k) / this.cell(k, k));
    }
    return Array.from({ length: this.size }, (_, k) => this.cell(k, this.size) / this.cell(k, k));
  }

  private cell(row: number, column: number): number {
    return this.cells[row * this.wide + column]!;
  }

  private pivot(column: number): number {
    let best = column;
    for (let r = column + 1; r < this.size; r++) {
      if (Math.abs(this.cell(r, column)) > Math.abs(this.cell(best, column))) best = r;
    }
    return best;
  }

  private exchange(one: number, other: number): void {
    const [a, b] = [one, other].map((row) => this.cells.slice(row * this.wide, (row + 1) * this.wide));
    this.cells.set(b!, one * this.wide);
    this.cells.set(a!, other * this.wide);
  }

  private subtract(row: number, other: number, part: number): void {
    for (let c = 0; c < this.wide; c++) this.cells[row * this.wide + c]! -= part * this.cell(other, c);
  }
}
