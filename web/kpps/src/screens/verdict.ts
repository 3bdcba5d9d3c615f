/** A photo's verdict in words, with an arrow. Pure. */
import type { Corner, Sight } from "../vision";
import { type Contest, contestOf, type Sheet, type Words } from "../model/sheet";

const CORNERS: Readonly<Record<Corner, Words & { readonly arrow: string }>> = {
  "top left": { id: "kiri atas", en: "top left", arrow: "↖" },
  "top right": { id: "kanan atas", en: "top right", arrow: "↗" },
  "bottom left": { id: "kiri bawah", en: "bottom left", arrow: "↙" },
  "bottom right": { id: "kanan bawah", en: "bottom right", arrow: "↘" },
};

export interface Told extends Words {
  readonly arrow: string;
  readonly ok: boolean;
  /** What to do about it. */
  readonly hint: Words;
}

export function tell(sight: Sight, contest: Contest, page: number, sheet: Sheet): Told {
  const missing = sight.missing.map((corner) => CORNERS[corner]);
  switch (sight.verdict.code) {
    case "ok":
      return say(
        "✓",
        "Foto baik",
        "The photo is good",
        "Tahan dan ambil foto.",
        "Hold still and take the photo.",
        true,
      );
    case "scan.no_page":
      return say(
        "?",
        "Halaman tidak ditemukan",
        "No page found",
        "Letakkan formulir rata, seluruh halaman dalam gambar.",
        "Lay the form flat, with the whole page in the picture.",
      );
    case "scan.corner_missing":
      return say(
        missing.map((corner) => corner.arrow).join(" ") || "↔",
        missing.length ? `Sudut ${missing.map((corner) => corner.id).join(" dan ")} terpotong` : "Sudut terpotong",
        missing.length
          ? `The ${missing.map((corner) => corner.en).join(" and ")} corner is cut off`
          : "A corner is cut off",
        "Geser ponsel ke arah panah, atau mundur.",
        "Move the phone towards the arrow, or step back.",
      );
    case "scan.blurred":
      return say(
        "≈",
        "Terlalu buram",
        "Too blurred",
        "Tahan ponsel dengan dua tangan, ketuk layar, tunggu tajam.",
        "Hold the phone with both hands and wait until it is sharp.",
      );
    case "scan.too_dark":
      return say(
        "☾",
        "Terlalu gelap",
        "Too dark",
        "Nyalakan lampu atau pindah ke tempat terang.",
        "Switch on a light or move where it is brighter.",
      );
    case "scan.glare":
      return say(
        "☀",
        "Silau di atas angka",
        "Glare on the figures",
        "Miringkan ponsel atau jauhkan lampu.",
        "Tilt the phone or move the light away.",
      );
    case "scan.too_small":
      return say(
        "⤢",
        "Terlalu jauh",
        "Too far away",
        "Dekatkan ponsel sampai halaman memenuhi gambar.",
        "Come closer until the page fills the picture.",
      );
    case "scan.wrong_page":
      return say(
        "⇄",
        `Ini halaman ${sight.page ?? "lain"}, seharusnya ${page}`,
        `This is page ${sight.page ?? "another"}, it should be ${page}`,
        "Ambil halaman yang benar, atau simpan sebagai halaman itu.",
        "Take the right page, or keep it as that page.",
      );
    case "scan.wrong_form": {
      const other = sight.contest ? contestOf(sheet, sight.contest) : undefined;
      return say(
        "⇄",
        `Ini formulir ${other?.id ?? "lain"}, seharusnya ${contest.id}`,
        `This is the form of ${other?.en ?? "another contest"}, it should be ${contest.en}`,
        "Ambil formulir yang benar, atau simpan sebagai formulir itu.",
        "Take the right form, or keep it as that form.",
      );
    }
  }
}

function say(arrow: string, id: string, en: string, hintId: string, hintEn: string, ok = false): Told {
  return { arrow, id, en, ok, hint: { id: hintId, en: hintEn } };
}
