import { describe, expect, it } from "vitest";
import { Line } from "./line";

describe("a line", () => {
  it("takes a whole photo while nothing speaks against it", () => {
    expect(new Line().chunk(300_000)).toBe(300_000);
  });

  it("takes less the oftener it breaks, never next to nothing, and more again once something went through", () => {
    const line = new Line();
    line.through(2_500, 1);
    const chunks = [0, 1, 2, 3].map(() => (line.cut(), line.chunk(300_000)));
    expect(chunks).toEqual([...chunks].sort((a, b) => b - a));
    expect(chunks.at(-1)).toBe(16_384);
    expect(line.patience(16_384)).toBeGreaterThan(16_384 / 2_500);
    line.through(16_384, 0.1);
    expect(line.chunk(300_000)).toBe(300_000);
  });

  it("learns from what arrived before a cut", () => {
    const line = new Line();
    line.cut(40);
    line.arrived(100_000);
    expect(line.rate).toBe(2_500);
    expect(line.chunk(300_000)).toBe(75_000);
  });
});
