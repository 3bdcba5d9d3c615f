/** One page's photo: the camera with the page's corners found live, or a picture from the gallery; then the verdict. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { eyeFor } from "../eye";
import { contestOf, pageOf, type Contest, type Page, type Sheet, type Words } from "../model/sheet";
import { go } from "../route";
import { StorageFull } from "../store/room";
import type { Prepared, Sight } from "../vision";
import { Icon, Note, Screen, T, usePhone, useView } from "../ui";
import { closeCamera, openCamera, takePicture } from "./camera";
import { tell, type Told } from "./verdict";

/** Milliseconds between two looks: the phone must stay cool. */
const PAUSE = 200;
/** The longer side of a frame that is looked at. */
const FRAME = 960;

export function PhotoScreen({ contestKey, number }: { contestKey: string; number: number }) {
  const { sheet } = useView();
  const contest = sheet && contestOf(sheet, contestKey);
  const page = sheet && pageOf(sheet, contestKey, number);
  if (!sheet || !contest || !page) return null;
  return <Photo key={`${contestKey}/${number}`} sheet={sheet} contest={contest} page={page} />;
}

interface Place {
  readonly sheet: Sheet;
  readonly contest: Contest;
  readonly page: Page;
}

function Photo({ sheet, contest, page }: Place) {
  const [taken, setTaken] = useState<Prepared>();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Words>();
  const expected = { contest: contest.key, page: page.page };

  async function prepare(photo: Blob): Promise<void> {
    setBusy(true);
    setWrong(undefined);
    try {
      setTaken(await eyeFor(sheet).prepare(photo, expected));
    } catch {
      setWrong({
        id: "Berkas ini bukan foto yang dapat dibuka. Pilih foto lain (JPEG atau PNG).",
        en: "This file is no photo that can be opened. Choose another (JPEG or PNG).",
      });
    } finally {
      setBusy(false);
    }
  }

  const title = { id: `Halaman ${page.page} · ${contest.id}`, en: `Page ${page.page}, ${contest.en}` };
  return (
    <Screen title={title} back="#/" tight>
      {wrong && (
        <Note kind="wrong">
          <T {...wrong} line />
        </Note>
      )}
      {taken ? (
        <Verdict
          sheet={sheet}
          contest={contest}
          page={page}
          taken={taken}
          again={() => setTaken(undefined)}
          wrong={setWrong}
        />
      ) : (
        <Viewfinder sheet={sheet} contest={contest} page={page} busy={busy} take={prepare} />
      )}
    </Screen>
  );
}

function Viewfinder({
  sheet,
  contest,
  page,
  busy,
  take,
}: Place & { busy: boolean; take: (photo: Blob) => Promise<void> }) {
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream>();
  const [barred, setBarred] = useState<string>();
  const sight = useSight(sheet, contest, page, video, stream);

  useEffect(() => {
    let gone = false;
    let opened: MediaStream | undefined;
    openCamera().then(
      (found) => {
        if (gone) return closeCamera(found);
        opened = found;
        if (video.current) video.current.srcObject = found;
        setStream(found);
      },
      (error: unknown) => setBarred(error instanceof DOMException ? error.name : "Error"),
    );
    return () => {
      gone = true;
      if (opened) closeCamera(opened);
    };
  }, []);

  const told = sight && tell(sight, contest, page.page, sheet);
  return (
    <>
      <p class="soft small">
        <T {...page} />
      </p>
      {barred ? (
        <NoCamera name={barred} />
      ) : (
        <div class={`finder ${told?.ok ? "finder-ok" : ""}`}>
          <video ref={video} autoplay muted playsInline aria-label="Gambar kamera" />
          {sight?.corners && (
            <svg viewBox={`0 0 ${sight.width} ${sight.height}`} aria-hidden="true">
              <polygon points={sight.corners.map((point) => point.join(",")).join(" ")} />
            </svg>
          )}
        </div>
      )}
      {!barred && <Advice told={told} />}
      <div class="actions">
        {!barred && (
          <button
            class="button primary"
            type="button"
            disabled={!stream || busy}
            onClick={() => stream && video.current && void takePicture(stream, video.current).then(take)}
          >
            <Icon name="camera" /> {busy ? <T id="Memeriksa…" en="Checking…" /> : <T id="Ambil foto" en="Take photo" />}
          </button>
        )}
        <Gallery busy={busy} take={take} primary={!!barred} />
      </div>
    </>
  );
}

/** Looks at the stream again and again, never at two frames at once. */
function useSight(
  sheet: Sheet,
  contest: Contest,
  page: Page,
  video: RefObject<HTMLVideoElement | null>,
  stream: MediaStream | undefined,
): Sight | undefined {
  const [sight, set] = useState<Sight>();
  useEffect(() => {
    if (!stream) return;
    let on = true;
    const eye = eyeFor(sheet);
    void (async () => {
      while (on) {
        const seen = video.current;
        if (seen?.videoWidth && document.visibilityState === "visible") {
          const shrink = Math.min(1, FRAME / Math.max(seen.videoWidth, seen.videoHeight));
          const size = {
            resizeWidth: Math.round(seen.videoWidth * shrink),
            resizeHeight: Math.round(seen.videoHeight * shrink),
          };
          const found = await createImageBitmap(seen, size)
            .then((frame) => eye.look(frame, { contest: contest.key, page: page.page }))
            .catch(() => undefined);
          if (on && found) set(found);
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    })();
    return () => {
      on = false;
    };
  }, [stream]);
  return sight;
}

function Advice({ told }: { told: Told | undefined }) {
  if (!told)
    return (
      <p class="advice" role="status">
        <T id="Mencari halaman…" en="Looking for the page…" />
      </p>
    );
  return (
    <p class={`advice ${told.ok ? "advice-ok" : ""}`} role="status">
      <span class="arrow" aria-hidden="true">
        {told.arrow}
      </span>
      <span>
        <b>{told.id}.</b> {told.hint.id}{" "}
        <span class="en line" lang="en">
          {told.en}. {told.hint.en}
        </span>
      </span>
    </p>
  );
}

function NoCamera({ name }: { name: string }) {
  const denied = name === "NotAllowedError";
  return (
    <Note kind="held">
      {denied ? (
        <T
          id="Kamera belum diizinkan. Buka pengaturan situs di peramban dan izinkan kamera, atau pilih foto dari galeri."
          en="The camera is not allowed yet. Allow it in the browser's site settings, or choose a photo from the gallery."
          line
        />
      ) : (
        <T
          id="Kamera tidak dapat dibuka di peramban ini. Ambil foto dengan aplikasi kamera, lalu pilih di sini."
          en="The camera cannot be opened in this browser. Take the photo with the camera app and choose it here."
          line
        />
      )}
    </Note>
  );
}

function Gallery({ busy, take, primary }: { busy: boolean; take: (photo: Blob) => Promise<void>; primary: boolean }) {
  return (
    <label class={`button file ${primary ? "primary" : ""}`}>
      <T id="Pilih dari galeri" en="From the gallery" />
      <input
        type="file"
        accept="image/*"
        class="hidden"
        disabled={busy}
        onChange={(event) => {
          const [photo] = event.currentTarget.files ?? [];
          if (photo) void take(photo);
        }}
      />
    </label>
  );
}

function Verdict({
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
