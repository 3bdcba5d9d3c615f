/** What became of what was sent: `GET /v1/tps/{kode}/status`, and the one word and icon of each state. */
import type { Item } from "./item";
import type { Words } from "./sheet";

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

export interface Status {
  readonly items: readonly ItemStatus[];
  readonly blocks: readonly BlockStatus[];
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

/** Whether a new photo would help: the machine could not read what is there. */
export function photoHelps(reasons: readonly { readonly code: string }[]): boolean {
  return reasons.some(({ code }) => code.startsWith("scan.") || code === "E403" || code === "read.uncertain");
}
