import { describe, expect, it } from "vitest";
import type { Check } from "./sheet";
import { briefly, judge, keyOf, number, tell } from "./sums";

const check: Check = {
  code: "E301",
  block: "suara",
  relation: "=",
  left: [["suara_sah", 1]],
  right: [
    ["paslon_1", 1],
    ["paslon_2", 1],
  ],
  id: "Tertulis {left}, dihitung {right} (selisih {difference}).",
  en: "{left} {right} {difference}",
};

describe("a sum", () => {
  it("is judged only once every figure is known and legible", () => {
    expect(judge(check, { suara_sah: 210, paslon_1: 100 })).toBeUndefined();
    expect(judge(check, { suara_sah: 210, paslon_1: 100, paslon_2: null })).toBeUndefined();
    expect(judge(check, { suara_sah: 210, paslon_1: 100, paslon_2: 110 })?.holds).toBe(true);
  });

  it("is told with this form's figures", () => {
    const outcome = judge(check, { suara_sah: 210, paslon_1: 100, paslon_2: 109 });
    expect(outcome && tell(outcome).id).toBe("Tertulis 210, dihitung 209 (selisih +1).");
    expect(outcome && briefly(outcome).id).toBe("Jumlah di formulir 210, penjumlahan 209.");
  });

  it("knows a bound from an equality", () => {
    const bound: Check = { ...check, relation: "≤", left: [["pengguna_dpt_l", 1]], right: [["pemilih_dpt_l", 1]] };
    expect(judge(bound, { pengguna_dpt_l: 90, pemilih_dpt_l: 100 })?.holds).toBe(true);
    expect(judge(bound, { pengguna_dpt_l: 101, pemilih_dpt_l: 100 })?.holds).toBe(false);
  });

  it("is told apart from the same rule's sum on another page", () => {
    expect(keyOf({ ...check, left: [["partai_4", 1]] })).not.toBe(keyOf({ ...check, left: [["partai_5", 1]] }));
  });

  it("writes numbers as Indonesians do", () => {
    expect([0, 999, 1000, 1234567].map(number)).toEqual(["0", "999", "1.000", "1.234.567"]);
  });
});
