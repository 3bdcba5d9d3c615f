/** Sends what waits, one item at a time, for as long as the app is open; only one tab does so at once (Web Locks).
 *
 * There is no timer that must survive the night: opening the app, a new signal, or the screen coming back wakes it.
 */
import { type Event, type Item, next } from "../model/item";
import { fetchProof, fetchStatus, sendItem, type Wire } from "../wire/send";
import { LineBroke } from "../wire/http";
import { NoToken } from "../wire/tokens";
import type { Officer, Photo } from "./db";

/** Seconds between two looks for second receipts and for what became of things. */
const LOOK_AGAIN = 60_000;
const LONGEST_SLEEP = 60_000;
/** Not more proofs than this in one look: the line may be needed. */
const PROOFS = 20;

export interface Errands {
  readonly name: string;
  items(): readonly Item[];
  officer(account: string): Promise<Officer | undefined>;
  photo(id: string): Promise<Photo | undefined>;
  happened(id: string, event: Event): Promise<void>;
  sending(id: string | undefined, bytes: number): void;
  trouble(account: string, trouble: NoToken | undefined): void;
  signal(heard: boolean): void;
  status(tps: string, status: unknown): Promise<void>;
  online(): boolean;
}

export class Sender {
  private wake: () => void = () => {};
  private poked = false;
  private looked = -Infinity;
  /** Accounts that only a person can help, until something changes. */
  private barred = new Set<string>();

  constructor(
    private readonly errands: Errands,
    private readonly wire: Wire,
  ) {}

  start(): void {
    const locks = navigator.locks as LockManager | undefined;
    if (locks) void locks.request(`kirim:${this.errands.name}`, () => this.loop());
    else void this.loop();
  }

  /** Something has changed: look at once. `fresh` also forgets who was barred. */
  poke(fresh = false): void {
    if (fresh) {
      this.barred.clear();
      this.looked = -Infinity;
    }
    this.poked = true;
    this.wake();
  }

  private async loop(): Promise<never> {
    for (;;) {
      this.poked = false;
      try {
        await this.once();
      } catch (error) {
        console.warn("sender", error);
        await this.sleep(5_000);
      }
    }
  }

  private async once(): Promise<void> {
    const open = this.errands.items().filter((item) => !this.barred.has(item.account));
    const { item, wait } = this.errands.online()
      ? next(open, this.wire.clock.here())
      : { item: undefined, wait: undefined };
    if (item) return this.send(item);
    if (this.errands.online() && this.wire.clock.here() - this.looked > LOOK_AGAIN) await this.look();
    await this.sleep(Math.max(200, Math.min(wait ?? LONGEST_SLEEP, LONGEST_SLEEP)));
  }

  private async send(item: Item): Promise<void> {
    const { errands } = this;
    const officer = await errands.officer(item.account);
    if (!officer) {
      this.barred.add(item.account);
      return;
    }
    const photo = item.kind === "photo" ? await errands.photo(item.id) : undefined;
    const bytes = photo?.bytes && new Blob([photo.bytes]);
    errands.sending(item.id, item.offset);
    const report = {
      tell: (event: Event) => errands.happened(item.id, event),
      sent: (sent: number) => errands.sending(item.id, sent),
    };
    try {
      errands.signal(await sendItem(this.wire, officer, item, bytes, report));
      errands.trouble(item.account, undefined);
    } catch (error) {
      if (!(error instanceof NoToken)) throw error;
      this.barred.add(item.account);
      errands.trouble(item.account, error);
    } finally {
      errands.sending(undefined, 0);
    }
  }

  /** Second receipts, and what became of what arrived. */
  private async look(): Promise<void> {
    this.looked = this.wire.clock.here();
    const waiting = this.errands.items().filter((item) => item.state === "received" && !this.barred.has(item.account));
    const arrived = this.errands.items().filter((item) => item.receipt);
    const accounts = new Set(arrived.map((item) => item.account));
    try {
      for (const item of waiting.slice(0, PROOFS)) {
        const officer = await this.errands.officer(item.account);
        const proof = officer && (await fetchProof(this.wire, officer, item));
        if (!proof) break;
        await this.errands.happened(item.id, { type: "proved", proof });
      }
      for (const account of accounts) {
        const officer = await this.errands.officer(account);
        const status = officer && !this.barred.has(account) && (await fetchStatus(this.wire, officer));
        if (officer && status) await this.errands.status(officer.tps, status);
      }
    } catch (error) {
      if (!(error instanceof LineBroke) && !(error instanceof NoToken)) throw error;
    }
  }

  private sleep(ms: number): Promise<void> {
    if (this.poked) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
