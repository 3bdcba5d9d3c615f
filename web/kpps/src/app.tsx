/** The frame of every screen, and which one is shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useRoute } from "./route";
import { Account } from "./screens/account";
import { Enrol } from "./screens/enrol";
import { FiguresScreen } from "./screens/figures";
import { Home } from "./screens/home";
import { PageScreen } from "./screens/page";
import { PhotoScreen } from "./screens/photo";
import { Sent } from "./screens/sent";
import { TopLine } from "./topline";
import { T, useView } from "./ui";

const PLACES = [
  { at: "", href: "#/", id: "Formulir", en: "Forms" },
  { at: "kiriman", href: "#/kiriman", id: "Kiriman", en: "Sent" },
  { at: "akun", href: "#/akun", id: "Akun", en: "Account" },
] as const;

/** Receipts draw QR codes: fetched when first asked for, and kept on the phone by the service worker. */
function LaterReceipt({ id }: { id: string }) {
  const [Shown, set] = useState<ComponentType<{ id: string }>>();
  useEffect(() => void import("./screens/receipt").then((found) => set(() => found.default)), []);
  return Shown ? (
    <Shown id={id} />
  ) : (
    <main id="isi" class="wrap">
      <p class="empty">
        <T id="Membuka…" en="Opening…" />
      </p>
    </main>
  );
}

function Shown({ path }: { path: readonly string[] }) {
  const [where = "", contest = "", page = "", field] = path;
  switch (where) {
    case "foto":
      return <PhotoScreen contestKey={contest} number={Number(page)} />;
    case "angka":
      return <FiguresScreen key={`${contest}/${page}`} contestKey={contest} number={Number(page)} fieldName={field} />;
    case "halaman":
      return <PageScreen contestKey={contest} number={Number(page)} />;
    case "bukti":
      return <LaterReceipt id={contest} />;
    case "kiriman":
      return <Sent />;
    case "akun":
      return <Account />;
    default:
      return <Home />;
  }
}

export function App() {
  const view = useView();
  const path = useRoute();
  if (!view.ready)
    return (
      <p class="boot" role="status">
        Suara KPPS
      </p>
    );
  const busy = path[0] === "foto" || path[0] === "angka";
  return (
    <>
      <a
        class="skip"
        href="#isi"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("isi")?.querySelector<HTMLElement>("h1")?.focus();
        }}
      >
        Langsung ke isi <span lang="en">Skip to content</span>
      </a>
      {view.practice && (
        <p class="practice">
          <b>LATIHAN</b> — tidak ada yang dikirim{" "}
          <span class="en" lang="en">
            Practice: nothing is sent
          </span>{" "}
          <a href="./">Selesai</a>
        </p>
      )}
      <header class={busy ? "shorter" : ""}>
        {view.officer ? (
          <TopLine view={view} />
        ) : (
          <div class="brand">
            <div class="wrap">
              Suara <span>KPPS</span>
            </div>
          </div>
        )}
      </header>
      {view.officer ? <Shown path={path} /> : <Enrol />}
      {view.officer && !busy && (
        <nav class="places" aria-label="Bagian">
          {PLACES.map(({ at, href, id, en }) => (
            <a key={at} href={href} aria-current={(path[0] ?? "") === at ? "page" : undefined}>
              {id}{" "}
              <span class="en line" lang="en">
                {en}
              </span>
            </a>
          ))}
        </nav>
      )}
    </>
  );
}
