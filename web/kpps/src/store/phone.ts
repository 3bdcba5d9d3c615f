/** The app's whole state on this phone and what an officer can do to it. Screens read `view` and call methods; every
 * change is in IndexedDB before a screen shows it, so that nothing is lost by a reload or a flat battery. */
import { complete, NO_DRAFT, type Draft, type Drafts } from "../model/checklist";
import { step, type Event, type Item } from "../model/item";
import { type Contest, draftKey, type Page, type Sheet, type Words } from "../model/sheet";
import { outdated, type Status } from "../model/status";
import type { Prepared } from "../vision";
import { Clock } from "../wire/clock";
import { activate, askSettings } from "../wire/enrol";
import type { Http } from "../wire/http";
import { type DeviceKey, makeKey } from "../wire/key";
import { Line } from "../wire/line";
import { type NoToken, Tokens } from "../wire/tokens";
import { type Database, type Officer, open, type Photo } from "./db";
import { type Maker, photoItem, readingItem, signedAgain } from "./making";
import { StorageFull, withRoom } from "./room";
import { Sender } from "./sender";

/** What the screens see. */
export interface View {
  readonly ready: boolean;
  readonly practice: boolean;
  readonly officer?: Officer;
  /** Accounts enrolled on this phone, for signing in without a signal. */
  readonly accounts: readonly string[];
  readonly sheet?: Sheet;
  /** Of this account, oldest first. */
  readonly items: readonly Item[];
  readonly drafts: Drafts;
  readonly online: boolean;
  readonly sending?: { readonly id: string; readonly bytes: number };
  /** Only a person can help; `code` says which words. */
  readonly trouble?: Words & { readonly code: string };
  readonly full: boolean;
  readonly status?: Status;
  /** Server minus phone, ms. */
  readonly offset: number;
}

export class Phone {
  view: View;
  private db!: Database;
  private all = new Map<string, Item>();
  private readonly listeners = new Set<() => void>();
  private readonly channel: BroadcastChannel | undefined;
  private clock!: Clock;
  private sender!: Sender;

  constructor(
    private readonly name: string,
    private readonly http: Http,
    practice = false,
  ) {
    this.view = {
      ready: false,
      practice,
      accounts: [],
      items: [],
      drafts: {},
      online: navigator.onLine,
      full: false,
      offset: 0,
    };
    this.channel = "BroadcastChannel" in self ? new BroadcastChannel(name) : undefined;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private show(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    for (const listener of this.listeners) listener();
  }

  async boot(): Promise<void> {
    this.db = await open(this.name);
    const offset = ((await this.db.get("known", "offset")) as number | undefined) ?? 0;
    this.clock = new Clock(
      Date.now,
      offset,
      (learnt) => void this.know("offset", learnt).then(() => this.show({ offset: learnt })),
    );
    const wire = {
      http: this.http,
      tokens: new Tokens(this.http, this.clock),
      line: new Line(),
      clock: this.clock,
      luck: Math.random,
    };
    this.sender = new Sender({ ...this.errands(), name: this.name }, wire);
    await this.reload();
    this.show({ ready: true, offset });
    this.listen();
    this.sender.start();
  }

  private listen(): void {
    const signal = () => void this.signal();
    addEventListener("online", signal);
    addEventListener("offline", signal);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void this.signal());
    navigator.serviceWorker?.addEventListener("message", (event) => event.data === "send" && void this.signal());
    if (this.channel) this.channel.onmessage = () => void this.reload().then(() => this.sender.poke());
  }

  private async signal(): Promise<void> {
    this.show({ online: navigator.onLine });
    if (!navigator.onLine) return;
    for (const item of this.all.values())
      if (item.state === "made" && item.after) await this.happened(item.id, { type: "again" });
    this.sender.poke(true);
  }

  /** Everything as it lies in the database: at the start, and when another tab has changed something. */
  private async reload(): Promise<void> {
    const account = (await this.db.get("known", "session")) as string | undefined;
    this.all = new Map((await this.db.getAll("items")).map((item) => [item.id, item]));
    const accounts = (await this.db.getAllKeys("officers")).map(String);
    const officer = account === undefined ? undefined : await this.db.get("officers", account);
    if (!officer) {
      const { officer: _o, sheet: _s, status: _t, trouble: _u, ...rest } = this.view;
      this.view = { ...rest, accounts, items: [], drafts: {} };
      return this.show({});
    }
    const sheet = (await this.db.get("known", `sheet:${officer.tps}`)) as Sheet | undefined;
    const status = (await this.db.get("known", `status:${officer.tps}`)) as Status | undefined;
    this.show({
      accounts,
      officer,
      items: this.mine(officer),
      drafts: await this.drafts(officer.tps, sheet),
      ...(sheet && { sheet }),
      ...(status && { status }),
    });
  }

  private mine(officer: Officer): readonly Item[] {
    return [...this.all.values()].filter((item) => item.account === officer.account).sort((a, b) => a.made - b.made);
  }

  private async drafts(tps: string, sheet: Sheet | undefined): Promise<Drafts> {
    const found = await Promise.all(
      (sheet?.contests ?? [])
        .map(draftKey)
        .map(async (key) => [key, await this.db.get("drafts", `${tps}/${key}`)] as const),
    );
    return Object.fromEntries(found.filter(([, draft]) => draft)) as Drafts;
  }

  private async know(key: string, value: unknown): Promise<void> {
    await this.write(() => this.db.put("known", value, key));
  }

  /** A write; where the phone is full, the oldest photos that the public log has are given back first. */
  private async write<T>(put: () => Promise<T>, size = 0): Promise<T> {
    try {
      const answer = await withRoom(
        put,
        size,
        () => [...this.all.values()],
        (item) => this.giveBack(item),
      );
      if (this.view.full) this.show({ full: false });
      return answer;
    } catch (error) {
      if (error instanceof StorageFull) this.show({ full: true });
      throw error;
    }
  }

  private async giveBack(item: Item): Promise<void> {
    const photo = await this.db.get("photos", item.id);
    if (photo) {
      const { bytes: _gone, ...rest } = photo;
      await this.db.put("photos", rest);
    }
    await this.happened(item.id, { type: "freed" });
  }

  /** Enrols this phone: a new key, a certificate, and everything needed to work without a signal. */
  async enrol(account: string, code: string): Promise<void> {
    const settings = await askSettings(this.http, this.clock);
    const key = ((await this.db.get("known", `key:${account}`)) as DeviceKey | undefined) ?? (await makeKey());
    await this.know(`key:${account}`, key);
    const officer = await activate(this.http, account, code, key, settings, this.clock);
    await this.fetchSheet(officer.tps);
    await this.write(() => this.db.put("officers", officer));
    await this.db.delete("known", `key:${account}`);
    await this.resign(officer);
    await this.signIn(officer.account);
    void navigator.storage?.persist?.();
  }

  private async fetchSheet(tps: string): Promise<Sheet> {
    const answer = await this.http({ method: "GET", url: `/v1/tps/${tps}/sheet` });
    if (answer.status !== 200) throw new Error(`sheet: ${answer.status}`);
    const sheet = JSON.parse(answer.text) as Sheet;
    await this.know(`sheet:${tps}`, sheet);
    return sheet;
  }

  /** A record has begun anew: what is made from now on belongs to its new version. */
  private async renew(tps: string): Promise<void> {
    try {
      await this.fetchSheet(tps);
      await this.reload();
    } catch (error) {
      console.warn("sheet", error); // the next look at the status asks again
    }
  }

  /** Works without a signal: the key is on this phone. */
  async signIn(account: string): Promise<void> {
    await this.know("session", account);
    await this.reload();
    this.changed();
    this.sender.poke(true);
  }

  /** Hides the account. Key and queue stay, and go on being sent. */
  async signOut(): Promise<void> {
    await this.know("session", "");
    await this.reload();
    this.changed();
  }

  private changed(): void {
    this.channel?.postMessage("changed");
    const worker = navigator.serviceWorker?.controller ? navigator.serviceWorker.ready : undefined;
    const sync = (registration: ServiceWorkerRegistration) =>
      (registration as { sync?: { register(tag: string): Promise<void> } }).sync?.register("kirim");
    void worker?.then(sync).catch(() => {});
  }

  async photo(id: string): Promise<Photo | undefined> {
    return this.db.get("photos", id);
  }

  /** Keeps a photo and queues it; a page that has one already gets a new version. Raises StorageFull. */
  async keepPhoto(contest: Contest, page: Page, photo: Prepared): Promise<void> {
    const item = await photoItem(this.maker(), contest, page, photo);
    const bytes = await photo.jpeg.arrayBuffer();
    const kept: Photo = { id: item.id, bytes, width: photo.width, height: photo.height, sight: photo.sight };
    await this.write(async () => {
      const both = this.db.transaction(["photos", "items"], "readwrite");
      try {
        await Promise.all([both.objectStore("photos").put(kept), both.objectStore("items").put(item), both.done]);
      } catch (error) {
        throw both.error ?? error; // a request says only that all was aborted, the transaction says why
      }
    }, item.size);
    this.enter(item);
  }

  private maker(): Maker {
    return { officer: this.officer(), clock: this.clock, items: this.view.items };
  }

  private enter(item: Item): void {
    this.all.set(item.id, item);
    this.show({ items: this.mine(this.officer()) });
    this.changed();
    this.sender.poke();
  }

  private officer(): Officer {
    if (!this.view.officer) throw new Error("nobody is signed in");
    return this.view.officer;
  }

  draft(contest: Contest): Draft {
    return this.view.drafts[draftKey(contest)] ?? NO_DRAFT;
  }

  /** Keeps what was keyed; every number at once, so that a flat battery costs none. */
  async keepDraft(contest: Contest, change: Partial<Draft>): Promise<void> {
    const draft = { ...this.draft(contest), ...change };
    const key = draftKey(contest);
    this.show({ drafts: { ...this.view.drafts, [key]: draft } });
    try {
      await this.write(() => this.db.put("drafts", draft, `${this.officer().tps}/${key}`));
      this.channel?.postMessage("changed");
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error; // the line on top says it, and the next number tries again
    }
  }

  /** Queues the reading of every page that belongs together, once all of them are keyed. */
  async submit(contest: Contest, page: number): Promise<void> {
    const draft = this.draft(contest);
    const pages = complete(contest, page, draft.figures);
    if (!pages) return;
    const item = await readingItem(this.maker(), contest, pages, draft);
    if (this.all.has(item.id)) return;
    await this.write(() => this.db.put("items", item));
    this.enter(item);
  }

  /** After a new enrolment: what has not arrived is signed again, and begun afresh where it had begun. */
  private async resign(officer: Officer): Promise<void> {
    const open = [...this.all.values()].filter((item) => item.account === officer.account && !item.receipt);
    for (const item of open) {
      const headers = await signedAgain(item, { officer, clock: this.clock, items: [] });
      await this.change(item.id, (now) => ({ ...step(step(now, { type: "again" }), { type: "forgotten" }), headers }));
    }
  }

  /** Lets a refused item be tried again. */
  async again(id: string): Promise<void> {
    await this.happened(id, { type: "again" });
    this.sender.poke(true);
  }

  private happened(id: string, event: Event): Promise<void> {
    return this.change(id, (item) => step(item, event));
  }

  /** Read and written in one transaction: another tab may know more than this one. */
  private async change(id: string, to: (item: Item) => Item): Promise<void> {
    const line = this.db.transaction("items", "readwrite");
    const before = await line.store.get(id);
    if (!before) return;
    const item = to(before);
    await Promise.all([line.store.put(item), line.done]);
    this.all.set(id, item);
    if (this.view.officer) this.show({ items: this.mine(this.view.officer) });
    this.channel?.postMessage("changed");
  }

  /** A screen that shows what became of things was opened. */
  opened(): void {
    this.sender.opened();
  }

  /** Sends now, whatever was waited for. */
  hurry(): void {
    void this.signal();
  }

  private errands() {
    return {
      items: () => [...this.all.values()],
      officer: (account: string) => this.db.get("officers", account),
      photo: (id: string) => this.db.get("photos", id),
      happened: (id: string, event: Event) => this.happened(id, event),
      sending: (id: string | undefined, bytes: number) => {
        const { sending: _old, ...rest } = this.view;
        this.view = rest;
        this.show(id === undefined ? {} : { sending: { id, bytes } });
      },
      trouble: (account: string, trouble: NoToken | undefined) => {
        const { trouble: _old, ...rest } = this.view;
        if (account === rest.officer?.account) this.view = rest;
        if (trouble && account === rest.officer?.account)
          this.show({ trouble: { code: trouble.code, ...trouble.told } });
      },
      signal: (heard: boolean) => {
        this.show({ online: navigator.onLine && heard });
      },
      status: async (tps: string, status: Status) => {
        if (this.view.officer?.tps === tps) this.show({ status });
        await this.know(`status:${tps}`, status);
        if (this.view.officer?.tps === tps && outdated(this.view.sheet, status)) await this.renew(tps);
      },
      signedIn: () => (this.view.officer ? [this.view.officer.account] : []),
      online: () => navigator.onLine,
    };
  }
}
