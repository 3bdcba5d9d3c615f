/** What became of what was sent: `GET /v1/tps/{kode}/status`, and the one word and icon of each state. */
import type { Item } from "./item";
import { type Contest, type Page, type Sheet, versionOf, type Words } from "./sheet";

/** One photo or reading, by its number in the contest's journal: the one on its receipt. */
export interface ItemStatus {
  readonly contest: string;
  readonly number: number;
  readonly kind: string;
  readonly page: number | null;
  readonly state: string;
  readonly fault: string | null;
  readonly why: (Words & { readonly code: string }) | null;
}

export interface BlockStatus {
  readonly contest: string;
  readonly block: string;
  readonly state: string;
  readonly reasons: readonly (Words & { readonly code: string })[];
  readonly figures: Readonly<Record<string, number | null>> | null;
  readonly read: Readonly<Record<string, number | null>> | null;
}

/** Which version a record is in. */
export interface RecordStatus {
  readonly contest: string;
  readonly version: number;
  readonly determined: boolean;
}

export interface Status {
  readonly tps: string;
  readonly items: readonly ItemStatus[];
  readonly blocks: readonly BlockStatus[];
  readonly records?: readonly RecordStatus[];
}

/** Whether a record has begun anew since the phone learnt its sheet. */
export function outdated(sheet: Sheet | undefined, status: Status): boolean {
  const known = new Map(sheet?.contests.map((contest) => [contest.key, versionOf(contest)]));
  return (status.records ?? []).some((one) => (known.get(one.contest) ?? one.version) < one.version);
}

/** `election.block.WORDS`. */
export const STATES: Readonly<Record<string, Words>> = {
  awaited: { id: "belum masuk", en: "not yet in" },
  received: { id: "diterima", en: "received" },
  read: { id: "dibaca", en: "read" },
  held: { id: "ditahan", en: "held" },
  counted: { id: "dihitung", en: "counted" },
  verified: { id: "diverifikasi", en: "verified" },
  final: { id: "final", en: "final" },
  superseded: { id: "diganti", en: "superseded" },
  withdrawn: { id: "ditarik", en: "withdrawn" },
};

/** What became of one item that has its receipt. */
export function fateOf(status: Status | undefined, item: Item | undefined): ItemStatus | undefined {
  const { journal, number } = item?.receipt ?? {};
  return status?.items.find((one) => one.contest === journal && one.number === number);
}

/** What the machine read of a contest, where a decision has shown it. */
export function machine(status: Status | undefined, contest: string): Readonly<Record<string, number | null>> {
  const read = (status?.blocks ?? []).filter((one) => one.contest === contest).map((one) => one.read ?? {});
  return Object.assign({}, ...read) as Record<string, number | null>;
}

/** Why no photo of a page could be read; undefined while one could, or one has yet to be looked at. */
export function faultOf(status: Status | undefined, contest: string, page: number): ItemStatus["why"] | undefined {
  const photos = speaking(status, contest, page);
  return photos.every((one) => one.why) ? photos.at(-1)?.why : undefined;
}

/** Whether some photo of a page has arrived, whoever sent it. */
export function photographed(status: Status | undefined, contest: string, page: number): boolean {
  return speaking(status, contest, page).length > 0;
}

/** Photos of a page that a later one, or a later version of the record, has not made void. */
function speaking(status: Status | undefined, contest: string, page: number): readonly ItemStatus[] {
  return (status?.items ?? []).filter(
    (one) => one.contest === contest && one.page === page && one.state !== "superseded",
  );
}

/** What was decided on the figures of pages. */
export function decided(status: Status | undefined, contest: string, pages: readonly Page[]): readonly BlockStatus[] {
  const blocks = new Set(pages.flatMap((page) => page.fields.map((field) => field.block)));
  return (status?.blocks ?? []).filter((one) => one.contest === contest && blocks.has(one.block));
}

/** From what is furthest from being over: several blocks are told in the word of the one that lags. */
const ORDER = ["withdrawn", "held", "awaited", "received", "read", "counted", "verified", "final"];
const COUNTING = new Set(["counted", "verified", "final"]);

/** The one word for several blocks; undefined where nothing is known of them. */
export function together(blocks: readonly BlockStatus[]): string | undefined {
  return ORDER.find((state) => blocks.some((one) => one.state === state));
}

/** Whether the figures of a page count. */
export function counts(status: Status | undefined, contest: string, page: Page): boolean {
  return COUNTING.has(together(decided(status, contest, [page])) ?? "");
}

/** The word for an item that arrived: of a reading what was decided on it, of a photo what came of looking at it. */
export function stateOf(status: Status | undefined, contest: Contest | undefined, item: Item): string {
  const own = fateOf(status, item);
  if (!own || item.kind === "photo" || own.state === "superseded" || !contest) return own?.state ?? "received";
  const pages = contest.pages.filter((page) => item.pages.includes(page.page));
  const word = together(decided(status, contest.key, pages)) ?? "received";
  return ["held", ...COUNTING].includes(word) ? word : "received";
}

/** Whether a new photo would help: the machine could not read what is there. */
export function photoHelps(reasons: readonly { readonly code: string }[]): boolean {
  return reasons.some(({ code }) => unreadable(code) || code === "read.uncertain");
}

/** Whether a reason is that a photo could not be read, or is of something else. */
export function unreadable(code: string): boolean {
  return code.startsWith("scan.") || code === "E403";
}
