/** The second receipt as far as a phone can check it: the entry names what was sent, and its path leads to the head.
 *
 * Signatures of the log and its witnesses are not checked here: a phone has nobody's key but from the very server that
 * would have to be doubted. Whoever scans the code has them.
 */
import type { Receipt } from "../model/item";
import { base64, sha256, unbase64 } from "./bytes";

const HEADER = "c2sp.org/tlog-proof@v1";
const EXTRA = "extra ";

/** The proof without the entry: small enough for a code. */
export function bare(proof: string): string {
  return proof.replace(/\nextra [^\n]*/, "");
}

/** Whether this proves that what the receipt names stands in the log (RFC 9162 §2.1.3.2, C2SP tlog-proof). */
export async function proves(proof: string, receipt: Receipt): Promise<boolean> {
  try {
    return await follows(proof, receipt);
  } catch {
    return false;
  }
}

async function follows(proof: string, receipt: Receipt): Promise<boolean> {
  const end = proof.indexOf("\n\n");
  const [header, extra = "", index, ...hashes] = proof.slice(0, end).split("\n");
  const [origin = "", size = "", root] = proof.slice(end + 2).split("\n");
  if (header !== HEADER || !extra.startsWith(EXTRA) || !origin.endsWith(`/${receipt.journal}`)) return false;
  if (index !== `index ${receipt.number - 1}`) return false;
  const entry = unbase64(extra.slice(EXTRA.length));
  if (!named(JSON.parse(new TextDecoder().decode(entry)) as Record<string, unknown>, receipt)) return false;
  return (await rootOf(entry, receipt.number - 1, Number(size), hashes.map(unbase64))) === root;
}

/** The entry is of what was sent. A reading's figures are not in the log, only a commitment to them. */
function named(entry: Record<string, unknown>, receipt: Receipt): boolean {
  const of = receipt.kind === "scan_received" ? entry["sha256"] === receipt.sha256 : true;
  return of && entry["kind"] === receipt.kind && entry["tps"] === receipt.tps && entry["at"] === receipt.at;
}

/** The root to which a path leads, base64; undefined where it is no path of that tree. */
async function rootOf(
  entry: Uint8Array<ArrayBuffer>,
  index: number,
  size: number,
  hashes: readonly Uint8Array<ArrayBuffer>[],
): Promise<string | undefined> {
  if (!(index < size)) return undefined;
  let [at, last] = [index, size - 1];
  let found = await hashed(0, entry);
  for (const hash of hashes) {
    if (last === 0) return undefined;
    const right = at % 2 === 1;
    if (right || at === last) {
      found = await hashed(1, hash, found);
      while (!right && at % 2 === 0 && at) [at, last] = [at / 2, half(last)];
    } else found = await hashed(1, found, hash);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? base64(found) : undefined;
}

const half = (n: number): number => Math.floor(n / 2);

async function hashed(kind: number, ...parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await sha256(await new Blob([Uint8Array.of(kind), ...parts]).arrayBuffer()));
}
