/** Items as they are made: named, signed and ready to wait for days. Nothing is stored or sent here. */
import { latest, readingOf, type Draft } from "../model/checklist";
import type { Item } from "../model/item";
import { type Contest, type Page, urgency, versionOf } from "../model/sheet";
import type { Prepared } from "../vision";
import { hex, sha256, utf8, uuid } from "../wire/bytes";
import type { Clock } from "../wire/clock";
import { metadataOf, photoHeaders, readingHeaders } from "../wire/sign";
import type { Officer } from "./db";

/** Who makes something, when, and what was made before. */
export interface Maker {
  readonly officer: Officer;
  readonly clock: Clock;
  readonly items: readonly Item[];
}

/** A photo of a page; where the page has one already, a new version of it. */
export async function photoItem(maker: Maker, contest: Contest, page: Page, photo: Prepared): Promise<Item> {
  const before = latest(maker.items, "photo", contest, page.page);
  const id = uuid();
  const verdict = photo.sight.verdict.code;
  const values = {
    id,
    contest: contest.key,
    tps: maker.officer.tps,
    page: String(page.page),
    sha256: photo.sha256,
    filetype: "image/jpeg",
    ...(before && { replaces: before.id }),
    verdict,
    ...(versionOf(contest) > 1 && { version: String(versionOf(contest)) }),
  };
  return {
    ...fresh(maker, id, "photo", contest, [page]),
    size: photo.jpeg.size,
    sha256: photo.sha256,
    headers: await photoHeaders(maker.officer.key, values, photo.jpeg.size, maker.clock.there()),
    verdict,
    ...(before && { replaces: before.id }),
  };
}

/** The figures of pages that belong together; the reading before, where it says the very same. */
export async function readingItem(maker: Maker, contest: Contest, pages: readonly Page[], draft: Draft): Promise<Item> {
  const body = JSON.stringify(readingOf(contest, maker.officer.tps, pages, draft));
  const before = latest(maker.items, "reading", contest, pages[0]?.page ?? 0);
  if (before?.body === body) return before;
  const id = uuid();
  return {
    ...fresh(maker, id, "reading", contest, pages),
    size: utf8(body).length,
    sha256: hex(await sha256(utf8(body))),
    headers: await readingHeaders(maker.officer.key, id, body, maker.clock.there()),
    body,
    ...(before && { replaces: before.id }),
  };
}

/** What goes with an item that has not arrived, signed by another key: after a new enrolment, under the same id. */
export async function signedAgain(item: Item, { officer, clock }: Maker): Promise<Item["headers"]> {
  if (item.body !== undefined) return readingHeaders(officer.key, item.id, item.body, clock.there());
  return photoHeaders(officer.key, metadataOf(item.headers["Upload-Metadata"] ?? ""), item.size, clock.there());
}

function fresh({ officer, clock }: Maker, id: string, kind: Item["kind"], contest: Contest, pages: readonly Page[]) {
  const state = { state: "made", offset: 0, begun: false, failures: 0, after: 0 } as const;
  const { account, tps } = officer;
  const what = {
    contest: contest.key,
    ...(versionOf(contest) > 1 && { version: versionOf(contest) }),
    pages: pages.map((page) => page.page),
    urgency: Math.min(...pages.map(urgency)),
  };
  return { id, kind, account, tps, ...what, made: clock.here(), ...state };
}
