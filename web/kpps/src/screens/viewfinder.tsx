/** The camera's picture with the page's corners found live; without a camera, the gallery. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { eyeFor } from "../eye";
import type { Contest, Page, Sheet } from "../model/sheet";
import type { Sight } from "../vision";
import { Icon, Note, T } from "../ui";
import { Advice } from "./advice";
import { closeCamera, openCamera, takePicture } from "./camera";
import { tell } from "./verdict";

/** Milliseconds between two looks: the phone must stay cool. */
const PAUSE = 200;
/** The longer side of a frame that is looked at. */
const FRAME = 960;

/** The page that is wanted. */
export interface Place {
  readonly sheet: Sheet;
  readonly contest: Contest;
  readonly page: Page;
}

export function Viewfinder({
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
