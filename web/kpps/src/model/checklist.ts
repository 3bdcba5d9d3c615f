/** What is still to do, page by page, and what the line on top says. Pure. */
import type { Item } from "./item";
import { type Contest, draftKey, groupOf, keyedFields, type Page, type Sheet, versionOf } from "./sheet";
import { counts, decided, faultOf, type ItemStatus, photographed, type Status, together } from "./status";
import { type Figures, figuresOf, keyOf } from "./sums";

export type Need = "photo" | "figures" | "send" | "mend" | "retake" | "done";

/** Where a page stands. */
export interface Row {
  readonly contest: Contest;
  readonly page: Page;
  /** The latest photo of the page. */
  readonly photo?: Item;
  /** The latest reading that holds this page's figures. */
  readonly reading?: Item;
  readonly keyed: number;
  readonly wanted: number;
  readonly need: Need;
  /** Somebody has sent a photo of it that is not at fault, perhaps the TPS's other officer. */
  readonly sent: boolean;
  /** What became of its figures, in the word of `model/status`. */
  readonly state?: string;
  /** Why none of its photos could be read. */
  readonly fault?: ItemStatus["why"];
}

export type Drafts = Readonly<Record<string, Draft>>;

/** The figures of a contest as far as they are keyed. */
export interface Draft {
  readonly figures: Figures;
  /** Taken over from the machine's reading: not independent. */
  readonly confirmed: readonly string[];
  /** Comparisons (`sums.keyOf`) of which the officer says that the form itself says so. */
  readonly asWritten: readonly string[];
}

export const NO_DRAFT: Draft = { figures: {}, confirmed: [], asWritten: [] };

/** The last that was made for a page in the record's present version. */
export function latest(items: readonly Item[], kind: Item["kind"], contest: Contest, page: number): Item | undefined {
  const fitting = items.filter(
    (item) =>
      item.kind === kind &&
      item.contest === contest.key &&
      (item.version ?? 1) === versionOf(contest) &&
      item.pages.includes(page),
  );
  return fitting.reduce<Item | undefined>((best, item) => (best && best.made >= item.made ? best : item), undefined);
}

export function row(contest: Contest, page: Page, items: readonly Item[], drafts: Drafts, status?: Status): Row {
  const photo = latest(items, "photo", contest, page.page);
  const reading = latest(items, "reading", contest, page.page);
  const figures = (drafts[draftKey(contest)] ?? NO_DRAFT).figures;
  const wanted = keyedFields(contest, page);
  const keyed = wanted.filter((field) => figures[field.name] !== undefined).length;
  const state = together(decided(status, contest.key, [page]));
  const fault = faultOf(status, contest.key, page.page);
  const base = {
    contest,
    page,
    keyed,
    wanted: wanted.length,
    sent: !fault && photographed(status, contest.key, page.page),
    ...(photo && { photo }),
    ...(reading && { reading }),
    ...(state && { state }),
    ...(fault && { fault }),
  };
  return { ...base, need: need(base, counts(status, contest.key, page)) };
}

/** A page that counts is done, also where the other officer of the TPS has sent it. */
function need(row: Omit<Row, "need">, counted: boolean): Need {
  if (counted && !row.photo && !row.keyed) return "done";
  if (!row.photo) return "photo";
  if (row.keyed < row.wanted) return "figures";
  if ([row.photo, row.reading].some((item) => item?.state === "refused")) return "mend";
  if ([row.photo, row.reading].some((item) => item?.state === "made")) return "send";
  return row.fault && !counted ? "retake" : "done";
}

export function checklist(sheet: Sheet, items: readonly Item[], drafts: Drafts, status?: Status): readonly Row[] {
  return sheet.contests.flatMap((contest) => contest.pages.map((page) => row(contest, page, items, drafts, status)));
}

/** The next thing for a thumb to do: keying the page just photographed before the next photo. */
export function nextToDo(rows: readonly Row[]): Row | undefined {
  return (
    rows.find((one) => one.need === "figures") ??
    rows.find((one) => one.need === "retake") ??
    rows.find((one) => one.need === "photo") ??
    rows.find((one) => one.need === "mend")
  );
}

/** The pages of a reading once all their figures are known; undefined while some are not. */
export function complete(contest: Contest, page: number, figures: Figures): readonly Page[] | undefined {
  const group = groupOf(contest, page);
  const wanted = group.flatMap((one) => keyedFields(contest, one));
  return wanted.length && wanted.every((field) => figures[field.name] !== undefined) ? group : undefined;
}

/** What a reading of these pages says: exactly the figures of the blocks they hold, and what belongs to them. */
export function readingOf(contest: Contest, tps: string, pages: readonly Page[], draft: Draft): object {
  const names = pages.flatMap((page) => page.fields.map((field) => field.name));
  const said = contest.checks.filter((check) => draft.asWritten.includes(keyOf(check)));
  const touched = said.filter((check) => figuresOf(check).some((name) => names.includes(name)));
  return {
    contest: contest.key,
    tps,
    ...(versionOf(contest) > 1 && { version: versionOf(contest) }),
    figures: Object.fromEntries(names.map((name) => [name, draft.figures[name] ?? null])),
    confirmed: draft.confirmed.filter((name) => names.includes(name)),
    as_written: [...new Set(touched.map((check) => check.code))],
  };
}

export interface Tally {
  readonly photos: number;
  readonly readings: number;
  readonly refused: number;
  readonly received: number;
}

/** How much waits on this phone, and how much has arrived. */
export function tally(items: readonly Item[]): Tally {
  const count = (fits: (item: Item) => boolean) => items.filter(fits).length;
  return {
    photos: count((item) => item.kind === "photo" && item.state === "made"),
    readings: count((item) => item.kind === "reading" && item.state === "made"),
    refused: count((item) => item.state === "refused"),
    received: count((item) => item.state === "received" || item.state === "proved"),
  };
}
