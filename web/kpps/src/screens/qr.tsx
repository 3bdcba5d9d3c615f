/** A text as a QR code, drawn as one path: works offline, prints, and zooms without blur. */
import { encode } from "uqr";
import type { Receipt } from "../model/item";

/** What a receipt's code holds: the signed note where there is one, else what the server said. */
export function payload(receipt: Receipt): string {
  if (receipt.note) return receipt.note;
  const { note: _none, ...said } = receipt;
  return JSON.stringify(said);
}

/** The path of the dark modules, a unit each, with four units of quiet around. */
export function path(text: string): { readonly d: string; readonly size: number } {
  const { data, size } = encode(text, { ecc: "L", border: 4 });
  const runs: string[] = [];
  data.forEach((line, y) => {
    for (let x = 0; x < size; x += 1) {
      if (!line[x]) continue;
      const start = x;
      while (line[x + 1]) x += 1;
      runs.push(`M${start} ${y}h${x - start + 1}v1h-${x - start + 1}z`);
    }
  });
  return { d: runs.join(""), size };
}

export function Qr({ text, label }: { text: string; label: string }) {
  const { d, size } = path(text);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={d} />
    </svg>
  );
}
