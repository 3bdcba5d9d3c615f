/** One thing on its way to the server, and what may happen to it. Pure: no clock, no network, no storage.
 *
 * `made → received → proved`; whatever goes wrong on the way leaves it `made`, with a time to come back; only a refusal
 * that sending again cannot mend stops it, in words. Nothing here ever drops an item.
 */
import type { Words } from "./sheet";

export type Kind = "reading" | "photo";
export type State = "made" | "received" | "proved" | "refused";

/** The server's first-stage receipt. */
export interface Receipt {
  readonly id: string;
  readonly journal: string;
  readonly number: number;
  readonly kind: string;
  readonly sha256: string;
  readonly size: number;
  readonly tps: string;
  readonly page: number | null;
  readonly at: string;
  readonly note?: string;
}

export interface Item {
  readonly id: string;
  readonly kind: Kind;
  readonly account: string;
  readonly tps: string;
  readonly contest: string;
  /** Of the record that it belongs to; the first where it says nothing. */
  readonly version?: number;
  /** Of a photo its page, of a reading every page whose figures it holds. */
  readonly pages: readonly number[];
  /** When it was made, by the phone's own clock (ms). */
  readonly made: number;
  readonly urgency: number;
  readonly size: number;
  readonly sha256: string;
  /** What is sent with it, signed when it was made. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a reading: the very bytes that were signed. */
  readonly body?: string;
  readonly replaces?: string;
  readonly verdict?: string;
  readonly state: State;
  /** Bytes the server has said it has. */
  readonly offset: number;
  /** The server knows this upload: go on, do not begin. */
  readonly begun: boolean;
  readonly failures: number;
  /** Not before this moment (ms). */
  readonly after: number;
  readonly receipt?: Receipt;
  readonly proof?: string;
  readonly fault?: Words & { readonly code: string };
  /** The photo's bytes were given back to make room, after the second receipt. */
  readonly freed?: boolean;
}

export type Event =
  | { readonly type: "progress"; readonly offset: number }
  | { readonly type: "received"; readonly receipt: Receipt }
  | { readonly type: "proved"; readonly proof: string }
  | { readonly type: "failed"; readonly now: number; readonly retryAfter?: number; readonly luck: number }
  | { readonly type: "refused"; readonly fault: Words & { readonly code: string } }
  | { readonly type: "forgotten" }
  | { readonly type: "again" }
  | { readonly type: "freed" };

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 120_000;

/** How long to wait after so many failures in a row: doubling, and spread so that phones do not come back together. */
export function wait(failures: number, luck: number, retryAfter = 0): number {
  const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 10));
  return retryAfter * 1000 + most * (0.5 + luck / 2);
}

/** The item after an event. An event that does not fit its state changes nothing. */
export function step(item: Item, event: Event): Item {
  switch (event.type) {
    case "progress":
      if (item.state !== "made") return item;
      return { ...item, begun: true, offset: event.offset, failures: event.offset > item.offset ? 0 : item.failures };
    case "received":
      if (item.state === "proved") return item;
      return {
        ...without(item, "fault"),
        state: "received",
        receipt: event.receipt,
        offset: item.size,
        failures: 0,
        after: 0,
      };
    case "proved":
      return item.state === "received" ? { ...item, state: "proved", proof: event.proof } : item;
    case "failed": {
      if (item.state !== "made") return item;
      const after = event.now + wait(item.failures, event.luck, event.retryAfter);
      return { ...item, failures: item.failures + 1, after };
    }
    case "refused":
      return item.state === "made" ? { ...item, state: "refused", fault: event.fault } : item;
    case "forgotten":
      return item.state === "made" ? { ...item, begun: false, offset: 0 } : item;
    case "again":
      return item.state === "refused"
        ? { ...without(item, "fault"), state: "made", failures: 0, after: 0 }
        : { ...item, after: 0 };
    case "freed":
      return item.state === "proved" ? { ...item, freed: true } : item;
  }
}

function without<K extends keyof Item>(item: Item, key: K): Omit<Item, K> & Item {
  const { [key]: _gone, ...rest } = item;
  return rest as Omit<Item, K> & Item;
}

/** Readings before photos; among those what decides most first, then what was made first. */
export function order(a: Item, b: Item): number {
  const kind = (item: Item) => (item.kind === "reading" ? 0 : 1);
  return kind(a) - kind(b) || a.urgency - b.urgency || a.made - b.made || (a.id < b.id ? -1 : 1);
}

/** What to send now, and if nothing: how long until something may be (ms; undefined: nothing waits). */
export function next(items: readonly Item[], now: number): { item?: Item; wait?: number } {
  const waiting = items.filter((item) => item.state === "made").sort(order);
  const item = waiting.find((one) => one.after <= now);
  if (item) return { item };
  const soonest = Math.min(...waiting.map((one) => one.after));
  return Number.isFinite(soonest) ? { wait: soonest - now } : {};
}

/** Photos whose bytes the phone may give back, oldest first: only those that the public log has. */
export function freeable(items: readonly Item[]): readonly Item[] {
  return items
    .filter((item) => item.kind === "photo" && item.state === "proved" && !item.freed)
    .sort((a, b) => a.made - b.made);
}
