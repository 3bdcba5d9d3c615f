/** Sends what waits, one item at a time, for as long as the app is open; only one tab does so at once (Web Locks).
 *
 * There is no timer that must survive the night: opening the app, a new signal, or the screen coming back wakes it.
 */
import { type Event, type Item, next } from "../model/item";
import type { Status } from "../model/status";
import { fetchProof, fetchStatus, sendItem, type Wire } from "../wire/send";
import { LineBroke } from "../wire/http";
import { NoToken } from "../wire/tokens";
import type { Officer, Photo } from "./db";

/** Milliseconds between looks for second receipts and for what became of things: soon after something arrived, then
 * ever less often, since nothing is as patient as a million phones. */
const LOOKS = [8_000, 20_000, 60_000, 120_000, 300_000] as const;
/** An officer who opens a screen looks for himself, but not more often than this. */
const OPENED = 8_000;
const LONGEST_SLEEP = 60_000;
/** Not more proofs than this in one look: the line may be needed. */
const PROOFS = 20;

export interface Errands {
  readonly name: string;
  items(): readonly Item[];
  /** Accounts whose officer is looking. */
  signedIn(): readonly string[];
  officer(account: string): Promise<Officer | undefined>;
  photo(id: string): Promise<Photo | undefined>;
  happened(id: string, event: Event): Promise<void>;
  sending(id: string | undefined, bytes: number): void;
  trouble(account: string, trouble: NoToken | undefined): void;
  signal(heard: boolean): void;
  status(tps: string, status: Status): Promise<void>;
  online(): boolean;
}

export class Sender {
  private wake: () => void = () => {};
  private poked = false;
  private looked = -Infinity;
  private looks = 0;
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
      this.looks = 0;
    }
    this.poked = true;
    this.wake();
  }

  /** Somebody wants to see what became of things. */
  opened(): void {
    if (this.wire.clock.here() - this.looked < OPENED) return;
    this.looked = -Infinity;
    this.poke();
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
    const pause = LOOKS[Math.min(this.looks, LOOKS.length - 1)] ?? LONGEST_SLEEP;
    if (this.errands.online() && Math.abs(this.wire.clock.here() - this.looked) > pause) await this.look();
    await this.sleep(Math.max(200, Math.min(wait ?? LONGEST_SLEEP, pause, LONGEST_SLEEP)));
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
      this.looks = 0;
      errands.trouble(item.account, undefined);
    } catch (error) {
      if (!(error instanceof NoToken)) throw error;
      this.bar(item.account, error);
    } finally {
      errands.sending(undefined, 0);
    }
  }

  /** Second receipts, and what became of what arrived. */
  private async look(): Promise<void> {
    this.looked = this.wire.clock.here();
    this.looks += 1;
    const arrived = this.errands.items().filter((item) => item.receipt);
    const accounts = new Set([...arrived.map((item) => item.account), ...this.errands.signedIn()]);
    for (const account of accounts) {
      const officer = this.barred.has(account) ? undefined : await this.errands.officer(account);
      if (!officer) continue;
      try {
        const status = await fetchStatus(this.wire, officer);
        if (status) await this.errands.status(officer.tps, status);
        await this.prove(officer, arrived);
      } catch (error) {
        if (error instanceof LineBroke) return;
        if (!(error instanceof NoToken)) throw error;
        if (error.lasting) this.bar(account, error);
      }
    }
  }

  /** A log that has no proof of one entry has none of later ones; the other logs may. */
  private async prove(officer: Officer, arrived: readonly Item[]): Promise<void> {
    const mine = arrived.filter((item) => item.state === "received" && item.account === officer.account);
    const behind = new Set<string>();
    for (const item of mine.sort((a, b) => (a.receipt?.number ?? 0) - (b.receipt?.number ?? 0)).slice(0, PROOFS)) {
      if (behind.has(item.contest)) continue;
      const proof = await fetchProof(this.wire, officer, item);
      if (proof) await this.errands.happened(item.id, { type: "proved", proof });
      else behind.add(item.contest);
    }
  }

  private bar(account: string, trouble: NoToken): void {
    this.barred.add(account);
    this.errands.trouble(account, trouble);
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
