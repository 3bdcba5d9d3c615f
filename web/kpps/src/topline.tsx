/** The line on top, which always tells the truth: what lies on this phone, and whether it can leave. */
import { tally } from "./model/checklist";
import type { Words } from "./model/sheet";
import type { View } from "./store/phone";
import { Icon, T } from "./ui";

export interface Line extends Words {
  readonly kind: "good" | "wait" | "wrong";
}

function counted(photos: number, readings: number): Words {
  const parts = (photo: string, reading: string) =>
    [photos && `${photos} ${photo}`, readings && `${readings} ${reading}`].filter(Boolean).join(", ");
  return {
    id: parts("foto", "lembar angka"),
    en: parts(photos === 1 ? "photo" : "photos", readings === 1 ? "set of figures" : "sets of figures"),
  };
}

/** Pure: what the line says. */
export function truth(view: Pick<View, "items" | "online" | "full" | "sending" | "trouble">): Line {
  const { photos, readings, refused, received } = tally(view.items);
  const what = counted(photos, readings);
  const waits = photos + readings > 0;
  if (view.full)
    return {
      kind: "wrong",
      id: `Penyimpanan ponsel penuh — ${waits ? `${what.id} tetap aman` : "kosongkan ruang"}`,
      en: "Phone storage is full",
    };
  if (view.trouble)
    return {
      kind: "wrong",
      id: `Pengiriman berhenti — ${waits ? `${what.id} aman di ponsel ini` : "lihat Akun"}`,
      en: "Sending has stopped — see Account",
    };
  if (!view.online && waits)
    return {
      kind: "wait",
      id: `Tanpa sinyal — ${what.id} aman di ponsel ini`,
      en: `No signal — ${what.en} safe on this phone`,
    };
  if (!view.online)
    return { kind: "wait", id: "Tanpa sinyal — tidak ada yang menunggu", en: "No signal — nothing is waiting" };
  if (waits)
    return {
      kind: "wait",
      id: view.sending ? `Mengirim — ${what.id} lagi` : `Menunggu giliran — ${what.id} aman di ponsel ini`,
      en: view.sending ? `Sending — ${what.en} to go` : `Waiting — ${what.en} safe on this phone`,
    };
  if (refused)
    return { kind: "wrong", id: `${refused} kiriman ditolak — lihat Kiriman`, en: `${refused} refused — see Sent` };
  if (received)
    return { kind: "good", id: "Semua yang dibuat sudah diterima", en: "Everything made so far has been received" };
  return { kind: "good", id: "Siap — belum ada yang dikirim", en: "Ready — nothing sent yet" };
}

const ICONS = { good: "counted", wait: "awaited", wrong: "warn" } as const;

export function TopLine({ view }: { view: View }) {
  const line = truth(view);
  return (
    <p class={`truth truth-${line.kind}`} role="status">
      <span class="wrap">
        <Icon name={ICONS[line.kind]} />
        <span>
          <T id={line.id} en={line.en} line />
        </span>
      </span>
    </p>
  );
}
