/** What became of what was sent: `GET /v1/tps/{kode}/status`, and the one word and icon of each state. */
import type { Words } from "./sheet";

export interface ItemStatus {
  readonly id: string;
  readonly kind: string;
  readonly contest: string;
  readonly page: number | null;
  readonly state: string;
  readonly number: number;
  readonly fault: string | null;
  readonly read: Readonly<Record<string, number | null>> | null;
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

/** What the machine read of a contest, page after page and block after block; later ones win. */
export function machine(status: Status | undefined, contest: string): Readonly<Record<string, number | null>> {
  const read = [...(status?.items ?? []), ...(status?.blocks ?? [])].filter((one) => one.contest === contest).map((one) => one.read ?? {});
  return Object.assign({}, ...read) as Record<string, number | null>;
}

/** Whether a new photo would help: the machine could not read what is there. */
export function photoHelps(reasons: readonly { readonly code: string }[]): boolean {
  return reasons.some(({ code }) => code.startsWith("scan.") || code.startsWith("page.") || code === "E403");
}
