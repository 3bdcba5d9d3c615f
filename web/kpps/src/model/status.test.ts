import { expect, it } from "vitest";
import { nextToDo, readingOf, row } from "./checklist";
import type { Item } from "./item";
import type { Contest, Page, Sheet } from "./sheet";
import { faultOf, type ItemStatus, outdated, stateOf, type Status } from "./status";

const WHY = { code: "scan.blurred", id: "buram", en: "blurred" };
const PAGE: Page = { page: 1, id: "", en: "", tags: [], marks: [], fields: [] };
const FIELD = { name: "a", block: "suara", id: "", en: "", boxes: [], candidate: false };
const CONTEST: Contest = {
  key: "ppwp",
  id: "",
  en: "",
  form: "",
  size: [1, 1],
  candidates: "keyed",
  pages: [{ ...PAGE, fields: [FIELD] }],
  checks: [],
};
const FIGURES = { ppwp: { figures: { a: 1 }, confirmed: [], asWritten: [] } };

function photo(number: number, why: ItemStatus["why"] = null, state = "read"): ItemStatus {
  return { contest: "ppwp", number, kind: "scan_received", page: 1, state, fault: why && why.code, why };
}

function status(items: readonly ItemStatus[], state = "held"): Status {
  const block = { contest: "ppwp", block: "suara", state, reasons: [], figures: null, read: null };
  return { tps: "1", items, blocks: [block] };
}

function sent(kind: Item["kind"], number: number): Item {
  const receipt = { id: "a", journal: "ppwp", number, kind: "", sha256: "", size: 1, tps: "1", page: 1, at: "" };
  const made = { id: "a", kind, account: "k", tps: "1", contest: "ppwp", pages: [1], made: 1, urgency: 0, size: 1 };
  const waiting = { sha256: "", headers: {}, offset: 1, begun: true, failures: 0, after: 0 };
  return { ...made, ...waiting, state: "received", receipt };
}

const page = CONTEST.pages[0] as Page;

it("asks for a new photo of a page whose photos all could not be read, and of no other", () => {
  const mine = [sent("photo", 5)];
  const bad = row(CONTEST, page, mine, FIGURES, status([photo(5, WHY)]));
  expect([bad.need, nextToDo([bad]), bad.fault]).toEqual(["retake", bad, WHY]);
  expect(row(CONTEST, page, mine, FIGURES, status([photo(2), photo(5, WHY)])).need).toBe("done");
  expect(row(CONTEST, page, mine, FIGURES, status([photo(5, WHY), photo(6, null, "received")])).need).toBe("done");
  expect(row(CONTEST, page, mine, FIGURES, status([photo(5, WHY)], "verified")).need).toBe("done");
  expect(faultOf(undefined, "ppwp", 1)).toBeUndefined();
});

it("does not ask for what the other officer of the TPS has sent and counts", () => {
  expect(row(CONTEST, page, [], {}, status([photo(2)], "counted")).need).toBe("done");
  const held = row(CONTEST, page, [], {}, status([photo(2)]));
  expect([held.need, held.sent]).toEqual(["photo", true]);
});

it("says of a reading what was decided on its figures, and of a photo what came of looking at it", () => {
  const reading = { ...photo(7, null, "received"), kind: "reading_submitted", page: null };
  const now = status([photo(5, null, "read"), reading], "counted");
  expect(stateOf(now, CONTEST, sent("photo", 5))).toBe("read");
  expect(stateOf(now, CONTEST, sent("reading", 7))).toBe("counted");
  const old = status([{ ...reading, state: "superseded" }], "counted");
  expect(stateOf(old, CONTEST, sent("reading", 7))).toBe("superseded");
  expect(stateOf(undefined, CONTEST, sent("reading", 7))).toBe("received");
});

it("begins a page anew in a record's next version, and keeps the two apart", () => {
  const second = { ...CONTEST, version: 2 };
  const mine = [sent("photo", 5), sent("reading", 6)];
  const old = status([photo(5, null, "superseded")], "awaited");
  expect(row(second, page, mine, FIGURES, old)).toMatchObject({ need: "photo", keyed: 0, sent: false });
  const anew = [...mine, { ...sent("photo", 9), version: 2 }];
  const keyed = { "ppwp@2": { figures: { a: 7 }, confirmed: [], asWritten: [] } };
  expect(row(second, page, anew, keyed, status([photo(9)], "awaited"))).toMatchObject({ need: "done", keyed: 1 });
  expect(readingOf(second, "1", [page], keyed["ppwp@2"])).toMatchObject({ version: 2, figures: { a: 7 } });
  expect(readingOf(CONTEST, "1", [page], keyed["ppwp@2"])).not.toHaveProperty("version");
});

it("asks for the sheet again once a record has a later version than the sheet knows", () => {
  const sheet: Sheet = { tps: "1", election: "", practice: false, place: [], dpt: {}, contests: [CONTEST] };
  const told = (version: number) => ({ ...status([]), records: [{ contest: "ppwp", version, determined: false }] });
  expect([outdated(sheet, told(1)), outdated(sheet, told(2)), outdated(sheet, status([]))]).toEqual([false, true, false]);
  expect(outdated({ ...sheet, contests: [{ ...CONTEST, version: 2 }] }, told(2))).toBe(false);
});
