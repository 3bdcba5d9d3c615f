/** What waits, as one file for a stick: lines of JSON that PPK's relay passes on, each item still signed by its officer. */
import type { Item } from "../model/item";
import { base64 } from "../wire/bytes";
import type { Officer, Photo } from "./db";

/** A head with the officer's certificate, then a line an item; photos in base64. */
export async function stick(
  officer: Officer,
  items: readonly Item[],
  photo: (id: string) => Promise<Photo | undefined>,
): Promise<Blob> {
  const lines = [
    JSON.stringify({ format: "suara-stick", version: 1, account: officer.account, certificate: officer.certificate }),
  ];
  for (const item of items) {
    const bytes = item.kind === "photo" ? (await photo(item.id))?.bytes : undefined;
    if (item.kind === "photo" && !bytes) continue;
    const body = bytes ? base64(bytes) : base64(new TextEncoder().encode(item.body ?? ""));
    lines.push(JSON.stringify({ kind: item.kind, id: item.id, headers: item.headers, body }));
  }
  return new Blob([`${lines.join("\n")}\n`], { type: "application/x-ndjson" });
}
