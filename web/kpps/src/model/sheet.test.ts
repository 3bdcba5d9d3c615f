import { describe, expect, it } from "vitest";
import practice from "../../public/practice.json";
import { complete, NO_DRAFT, nextToDo, readingOf, checklist } from "./checklist";
import { type Contest, groupOf, groups, keyedFields, type Page, type Sheet } from "./sheet";

const SHEET = practice as unknown as Sheet;
const PPWP = SHEET.contests[0] as Contest;
const known = (...pages: Page[]) =>
  Object.fromEntries(pages.flatMap((page) => page.fields.map((field) => [field.name, 1])));

describe("a reading", () => {
  it("holds whole blocks: pages that share one go together", () => {
    expect(groups(PPWP).map((group) => group.map((page) => page.page))).toEqual([[1], [2, 3]]);
    const [, two, three] = PPWP.pages as [Page, Page, Page];
    expect(complete(PPWP, 2, known(two))).toBeUndefined();
    expect(complete(PPWP, 2, known(two, three))).toEqual(groupOf(PPWP, 3));
  });

  it("says what the form itself says only where it touches these figures", () => {
    const draft = { ...NO_DRAFT, figures: known(...PPWP.pages), asWritten: ["E305:suara_total", "E101:pemilih_dpt_j"] };
    const body = readingOf(PPWP, "1", groupOf(PPWP, 2), draft) as { as_written: string[]; figures: object };
    expect(body.as_written).toEqual(["E305"]);
    expect(Object.keys(body.figures)).not.toContain("pemilih_dpt_j");
  });

  it("leaves candidates to the machine where the bundle says so", () => {
    const party = { ...PPWP, candidates: "confirmed" as const };
    const page = { ...(PPWP.pages[1] as Page), fields: [{ ...(PPWP.pages[1] as Page).fields[0]!, candidate: true }] };
    expect(keyedFields(party, page)).toEqual([]);
    expect(keyedFields(PPWP, page)).toHaveLength(1);
  });
});

describe("the checklist", () => {
  it("asks for a photo first, then for that page's figures", () => {
    expect(nextToDo(checklist(SHEET, [], {}))?.need).toBe("photo");
  });
});
