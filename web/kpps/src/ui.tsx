/** The few parts that every screen is made of. */
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Words } from "./model/sheet";
import type { Phone, View } from "./store/phone";

export const PhoneContext = createContext<Phone | undefined>(undefined);

export function usePhone(): Phone {
  const phone = useContext(PhoneContext);
  if (!phone) throw new Error("no phone");
  return phone;
}

/** The phone's state, followed. */
export function useView(): View {
  const phone = usePhone();
  const [view, set] = useState(phone.view);
  useEffect(() => {
    set(phone.view);
    return phone.subscribe(() => set(phone.view));
  }, [phone]);
  return view;
}

/** For screens that show what became of things: asks anew when one is opened. */
export function useFollowed(): void {
  const phone = usePhone();
  useEffect(() => phone.opened(), [phone]);
}

/** Indonesian, and English beside it, small. */
export function T({ id, en, line }: Words & { line?: boolean }) {
  if (id === en || !en) return <span>{id}</span>;
  return (
    <span>
      {id}{" "}
      <span class={line ? "en line" : "en"} lang="en">
        {en}
      </span>
    </span>
  );
}

/** A screen: its heading takes the focus when it appears, so that a screen reader says where one is. */
export function Screen({
  title,
  back,
  children,
  tight,
  aside,
}: {
  title: Words;
  back?: string;
  children: ComponentChildren;
  tight?: boolean;
  aside?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title.id} · Suara KPPS`;
    const main = heading.current?.closest("main");
    main?.scrollTo(0, 0);
    if (!main?.contains(document.activeElement)) heading.current?.focus({ preventScroll: true });
  }, [title.id]);
  return (
    <main id="isi" class={tight ? "wrap tight" : "wrap"}>
      <div class="head">
        {back !== undefined && (
          <a class="back" href={back}>
            <Icon name="back" />
            <span class="hidden">
              Kembali <span lang="en">Back</span>
            </span>
          </a>
        )}
        <h1 tabIndex={-1} ref={heading}>
          <T {...title} line />
        </h1>
        {aside}
      </div>
      {children}
    </main>
  );
}

const PATHS: Readonly<Record<string, string>> = {
  back: "M10 3 5 8l5 5",
  awaited: "M8 2.5a5.5 5.5 0 1 0 .01 0",
  camera: "M2 5h3l1-1.5h4L11 5h3v7.5H2zM8 6.5a2.2 2.2 0 1 0 .01 0",
  keys: "M3 3.5h.01M8 3.5h.01M13 3.5h.01M3 8h.01M8 8h.01M13 8h.01M3 12.5h.01M8 12.5h.01M13 12.5h.01",
  send: "M8 13V3M4 7l4-4 4 4",
  received: "M8 3v8M4 8l4 4 4-4M3 14h10",
  read: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.5a1.5 1.5 0 1 0 .01 0",
  held: "M5.5 3v10M10.5 3v10",
  counted: "M3 8.5 6.5 12 13 4.5",
  verified: "M2 8.5 5 11.5 10 5M8.5 10.5l1 1L14.5 5",
  final: "M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  superseded: "M3 6h9l-2.5-2.5M13 10H4l2.5 2.5",
  withdrawn: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 12h.01",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name] ?? PATHS["awaited"]} />
    </svg>
  );
}

/** A state: one icon, one word. */
export function State({ name, words }: { name: string; words: Words }) {
  return (
    <span class={`state state-${name}`}>
      <Icon name={name} />
      <T {...words} />
    </span>
  );
}

export function Note({ kind, children }: { kind: "wrong" | "held" | "plain"; children: ComponentChildren }) {
  return (
    <div class={`note note-${kind}`} role={kind === "wrong" ? "alert" : undefined}>
      {children}
    </div>
  );
}

export function bytes(size: number): string {
  return size < 1_000_000 ? `${size && Math.max(1, Math.round(size / 1000))} KB` : `${(size / 1_000_000).toFixed(1).replace(".", ",")} MB`;
}
