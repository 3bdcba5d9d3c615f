import { expect, it } from "vitest";
import type { Receipt } from "../model/item";
import { base64, sha256, utf8 } from "./bytes";
import { bare, proves } from "./proof";

type Bytes = Uint8Array<ArrayBuffer>;

async function hash(kind: number, ...parts: readonly Bytes[]): Promise<Bytes> {
  return new Uint8Array(await sha256(Uint8Array.from([kind, ...parts.flatMap((part) => [...part])])));
}

/** RFC 6962 §2.1 as it is written: root, and path of one leaf. */
async function tree(leaves: readonly Bytes[]): Promise<Bytes> {
  if (leaves.length === 1) return hash(0, leaves[0] as Bytes);
  const k = split(leaves.length);
  return hash(1, await tree(leaves.slice(0, k)), await tree(leaves.slice(k)));
}

async function path(m: number, leaves: readonly Bytes[]): Promise<readonly Bytes[]> {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...(await path(m, leaves.slice(0, k))), await tree(leaves.slice(k))]
    : [...(await path(m - k, leaves.slice(k))), await tree(leaves.slice(0, k))];
}

const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));

const AT = "2029-02-14T12:00:00.000Z";

function receipt(number: number): Receipt {
  const named = { id: "a", journal: "ppwp", number, kind: "scan_received", sha256: String(number) };
  return { ...named, size: 1, tps: "1", page: 1, at: AT };
}

function leaf(number: number): Bytes {
  return utf8(JSON.stringify({ at: AT, kind: "scan_received", sha256: String(number), tps: "1", v: 1 }));
}

async function proof(number: number, size: number, origin = "test.invalid/ppwp"): Promise<string> {
  const leaves = Array.from({ length: size }, (_, at) => leaf(at + 1));
  const hashes = (await path(number - 1, leaves)).map(base64);
  const head = [origin, String(size), base64(await tree(leaves))];
  const extra = `extra ${base64(leaf(number))}`;
  return ["c2sp.org/tlog-proof@v1", extra, `index ${number - 1}`, ...hashes, "", ...head, "", "— x AAAA", ""].join("\n");
}

it("follows the path of every entry of every small log to its head", async () => {
  for (let size = 1; size <= 12; size += 1)
    for (let number = 1; number <= size; number += 1)
      expect(await proves(await proof(number, size), receipt(number)), `${number} of ${size}`).toBe(true);
});

it("takes nothing for a proof that is of another entry, log or head, or no proof at all", async () => {
  const good = await proof(3, 11);
  const others = [
    "",
    "<!doctype html><title>Masuk Wi-Fi</title>",
    await proof(4, 11),
    await proof(3, 11, "test.invalid/pdpr"),
    bare(good),
    good.replace("\n11\n", "\n3\n"),
    good.replace(base64(leaf(3)), base64(leaf(4))),
    good.replace(/\n[^\n]{44}\n/, "\n"),
  ];
  const taken = await Promise.all(others.map((text) => proves(text, receipt(3))));
  expect(taken).toEqual(others.map(() => false));
});

it("shows the proof without the entry, so that the code stays small", async () => {
  const shown = bare(await proof(3, 11));
  expect(shown).not.toContain("extra");
  expect(shown.split("\n")[1]).toBe("index 2");
});
