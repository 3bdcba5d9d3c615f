/** What a phone knows of its TPS: `GET /v1/tps/{kode}/sheet` (`ingest/sheet.py`). No code that runs but look-ups. */
import type { Corner, PageTag, Rect } from "../vision";

/** Indonesian first, English beside it. */
export interface Words {
  readonly id: string;
  readonly en: string;
}

export interface Field extends Words {
  readonly name: string;
  readonly block: string;
  readonly boxes: readonly Rect[];
  readonly candidate: boolean;
}

export interface Page extends Words {
  readonly page: number;
  readonly tags: readonly {
    readonly family: string;
    readonly id: number;
    readonly rect: Rect;
    readonly turn: number;
  }[];
  readonly marks: readonly { readonly corner: Corner; readonly squares: readonly Rect[] }[];
  readonly fields: readonly Field[];
}

export type Terms = readonly (readonly [figure: string, coefficient: number])[];

export interface Check extends Words {
  readonly code: string;
  readonly block: string;
  readonly relation: "=" | "≤";
  readonly left: Terms;
  readonly right: Terms;
}

export interface Contest extends Words {
  readonly key: string;
  readonly form: string;
  readonly size: readonly [width: number, height: number];
  readonly candidates: "keyed" | "confirmed";
  readonly pages: readonly Page[];
  readonly checks: readonly Check[];
  /** Of the record: 1 until the vote or the count is ordered anew. Sheets of older releases say nothing. */
  readonly version?: number;
  readonly ground?: (Words & { readonly order: string }) | null;
}

/** The version of the record that whatever is made now belongs to. */
export function versionOf(contest: Contest): number {
  return contest.version ?? 1;
}

/** Under which name what is keyed for a contest is kept: figures of one version are nothing in the next. */
export function draftKey(contest: Contest): string {
  return versionOf(contest) > 1 ? `${contest.key}@${versionOf(contest)}` : contest.key;
}

export interface Sheet {
  readonly tps: string;
  readonly election: string;
  readonly practice: boolean;
  /** Provinsi, kabupaten/kota, kecamatan, kelurahan. */
  readonly place: readonly string[];
  readonly dpt: Readonly<Record<string, number>>;
  readonly contests: readonly Contest[];
}

export function contestOf(sheet: Sheet, key: string): Contest | undefined {
  return sheet.contests.find((contest) => contest.key === key);
}

export function pageOf(sheet: Sheet, key: string, number: number): Page | undefined {
  return contestOf(sheet, key)?.pages.find((page) => page.page === number);
}

export function fieldOf(contest: Contest, name: string): Field | undefined {
  return contest.pages.flatMap((page) => page.fields).find((field) => field.name === name);
}

/** The pages as the eye must know them. */
export function tagsOf(sheet: Sheet): PageTag[] {
  return sheet.contests.flatMap((contest) =>
    contest.pages.map((page) => ({
      contest: contest.key,
      page: page.page,
      id: page.tags[0]?.id ?? null,
      size: contest.size,
      tags: page.tags,
      marks: page.marks,
      boxes: page.fields.flatMap((field) => field.boxes),
    })),
  );
}

/** The fields of a page that its officer keys before the machine has read it. */
export function keyedFields(contest: Contest, page: Page): readonly Field[] {
  return contest.candidates === "confirmed" ? page.fields.filter((field) => !field.candidate) : page.fields;
}

/** Pages that share a block are sent as one reading: a block's figures come whole or not at all. In page order. */
export function groups(contest: Contest): readonly (readonly Page[])[] {
  const found: Page[][] = [];
  const of = new Map<string, Page[]>();
  for (const page of contest.pages) {
    const blocks = [...new Set(page.fields.map((field) => field.block))];
    const group = blocks.map((block) => of.get(block)).find(Boolean) ?? [];
    if (!group.length) found.push(group);
    group.push(page);
    for (const block of blocks) of.set(block, group);
  }
  return found;
}

export function groupOf(contest: Contest, page: number): readonly Page[] {
  return groups(contest).find((group) => group.some((one) => one.page === page)) ?? [];
}

/** Smaller goes first: totals and votes, then parties' pages, then voters and ballots. */
export function urgency(page: Page): number {
  const blocks = page.fields.map((field) => field.block);
  if (blocks.includes("suara")) return 0;
  return blocks.includes("administrasi") ? 2 : 1;
}
