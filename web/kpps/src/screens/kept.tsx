/** A photo that was taken: what the eye says of it, and whether it is kept. */
import { useEffect, useState } from "preact/hooks";
import { contestOf, pageOf, type Contest, type Page, type Sheet, type Words } from "../model/sheet";
import { go } from "../route";
import { StorageFull } from "../store/room";
import type { Prepared, Sight } from "../vision";
import { T, usePhone } from "../ui";
import { Advice } from "./advice";
import { tell } from "./verdict";
import type { Place } from "./viewfinder";

export function Verdict({
  sheet,
  contest,
  page,
  taken,
  again,
  wrong,
}: Place & { taken: Prepared; again: () => void; wrong: (told: Words) => void }) {
  const phone = usePhone();
  const [busy, setBusy] = useState(false);
  const told = tell(taken.sight, contest, page.page, sheet);
  const other =
    taken.sight.verdict.code === "scan.wrong_page" || taken.sight.verdict.code === "scan.wrong_form"
      ? shown(sheet, taken.sight)
      : undefined;

  async function keep(where: Contest, sheetPage: Page): Promise<void> {
    setBusy(true);
    try {
      await phone.keepPhoto(where, sheetPage, taken);
      go(`/angka/${where.key}/${sheetPage.page}`);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      wrong({
        id: "Penyimpanan penuh, foto ini belum tersimpan. Hapus berkas lain di ponsel atau kirim dulu yang menunggu, lalu coba lagi. Foto yang sudah ada tetap aman.",
        en: "Storage is full; this photo is not kept. Delete other files or let what waits be sent, then try again. Photos kept before are safe.",
      });
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <div class="shot">
        <Picture photo={taken} />
      </div>
      <Advice
        told={told.ok ? { ...told, hint: { id: "Semua angka terlihat.", en: "All figures can be seen." } } : told}
      />
      <div class="actions">
        {told.ok && (
          <button class="button primary" type="button" disabled={busy} onClick={() => void keep(contest, page)}>
            <T id="Simpan, lalu ketik angka" en="Keep, then key in" />
          </button>
        )}
        {other && (
          <button
            class="button primary"
            type="button"
            disabled={busy}
            onClick={() => void keep(other.contest, other.page)}
          >
            <T
              id={`Simpan sebagai ${other.contest.id}, halaman ${other.page.page}`}
              en={`Keep as ${other.contest.en}, page ${other.page.page}`}
              line
            />
          </button>
        )}
        <button class={`button ${told.ok || other ? "" : "primary"}`} type="button" disabled={busy} onClick={again}>
          <T id="Ulangi foto" en="Take it again" />
        </button>
        {!told.ok && (
          <button class="button" type="button" disabled={busy} onClick={() => void keep(contest, page)}>
            <T id="Simpan juga, beri tanda" en="Keep anyway, marked" />
          </button>
        )}
      </div>
      <p class="soft small">{Math.round(taken.jpeg.size / 1000)} KB</p>
    </>
  );
}

/** The page that a photo shows, where its tag says so and this TPS has it. */
function shown(sheet: Sheet, sight: Sight): { contest: Contest; page: Page } | undefined {
  const contest = sight.contest === null ? undefined : contestOf(sheet, sight.contest);
  const page = contest && sight.page !== null ? pageOf(sheet, contest.key, sight.page) : undefined;
  return contest && page ? { contest, page } : undefined;
}

function Picture({ photo }: { photo: Prepared }) {
  const [url, set] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(photo.jpeg);
    set(made);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  return url ? (
    <>
      <img src={url} alt="Foto yang baru diambil" />
      {photo.sight.corners && (
        <svg viewBox={`0 0 ${photo.width} ${photo.height}`} aria-hidden="true">
          <polygon points={photo.sight.corners.map((point) => point.join(",")).join(" ")} />
        </svg>
      )}
    </>
  ) : null;
}
