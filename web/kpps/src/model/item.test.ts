import { describe, expect, it } from "vitest";
import { type Event, freeable, type Item, next, type Receipt, type State, step, wait } from "./item";

const RECEIPT: Receipt = {
  id: "a",
  journal: "ppwp",
  number: 1,
  kind: "scan_received",
  sha256: "",
  size: 9,
  tps: "",
  page: 1,
  at: "",
};
const ITEM: Item = {
  id: "a",
  kind: "photo",
  account: "k",
  tps: "t",
  contest: "ppwp",
  pages: [1],
  made: 1,
  urgency: 0,
  size: 9,
  sha256: "",
  headers: {},
  state: "made",
  offset: 0,
  begun: false,
  failures: 0,
  after: 0,
};
const EVENTS: readonly Event[] = [
  { type: "progress", offset: 5 },
  { type: "received", receipt: RECEIPT },
  { type: "proved", proof: "p" },
  { type: "failed", now: 1000, luck: 0.5 },
  { type: "refused", fault: { code: "c", id: "", en: "" } },
  { type: "forgotten" },
  { type: "again" },
  { type: "freed" },
];

/** Every item that some five events can lead to. */
function reachable(): Item[] {
  let found = [ITEM];
  for (let round = 0; round < 5; round += 1)
    found = [...found, ...found.flatMap((item) => EVENTS.map((event) => step(item, event)))].filter(
      (item, at, all) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(item)) === at,
    );
  return found;
}

describe("an item", () => {
  const all = reachable();

  it("is never given up once received, whatever happens", () => {
    for (const item of all.filter((one) => one.state === "received" || one.state === "proved")) {
      for (const event of EVENTS) expect(["received", "proved"] satisfies State[]).toContain(step(item, event).state);
      expect(item.receipt).toBeDefined();
    }
  });

  it("gives its bytes back only after the second receipt", () => {
    for (const item of all.filter((one) => one.freed)) expect(item.state).toBe("proved");
    expect(freeable(all).every((item) => item.state === "proved" && !item.freed)).toBe(true);
  });

  it("that was refused is tried again only when somebody asks", () => {
    const refused = step(ITEM, { type: "refused", fault: { code: "c", id: "", en: "" } });
    expect(next([refused], 1e12)).toEqual({});
    expect(next([step(refused, { type: "again" })], 1e12).item?.id).toBe("a");
  });

  it("waits longer each time, at most two minutes and as long as it is asked to", () => {
    const waits = Array.from({ length: 12 }, (_, failures) => wait(failures, 1));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBe(120_000);
    expect(wait(0, 0, 30)).toBeGreaterThanOrEqual(30_000);
  });

  it("that moves on is not punished for earlier failures", () => {
    const tired = { ...ITEM, failures: 6 };
    expect(step(tired, { type: "progress", offset: 4 }).failures).toBe(0);
    expect(step({ ...tired, offset: 4 }, { type: "progress", offset: 4 }).failures).toBe(6);
  });
});

describe("the queue", () => {
  it("sends readings first, then what decides most, then what was made first", () => {
    const some: Item[] = [
      { ...ITEM, id: "late", made: 9 },
      { ...ITEM, id: "data", urgency: 2 },
      { ...ITEM, id: "reading", kind: "reading", urgency: 2, made: 10 },
      { ...ITEM, id: "early", made: 2 },
    ];
    const sent: string[] = [];
    let left = some;
    while (left.length) {
      const { item } = next(left, 0);
      if (!item) break;
      sent.push(item.id);
      left = left.filter((one) => one !== item);
    }
    expect(sent).toEqual(["reading", "early", "late", "data"]);
  });

  it("goes round what must wait, and says how long", () => {
    expect(
      next(
        [
          { ...ITEM, after: 50 },
          { ...ITEM, id: "b", urgency: 2 },
        ],
        10,
      ).item?.id,
    ).toBe("b");
    expect(next([{ ...ITEM, after: 50 }], 10)).toEqual({ wait: 40 });
  });
});
