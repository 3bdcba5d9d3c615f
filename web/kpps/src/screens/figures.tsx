/** Keying: one number a screen beside its crop, in the order of the paper, the form's sums checked as one types. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { latest } from "../model/checklist";
import { contestOf, draftKey, keyedFields, pageOf, type Contest, type Field, type Page } from "../model/sheet";
import { keyOf, type Outcome, outcomes } from "../model/sums";
import { go } from "../route";
import { Icon, Screen, T, usePhone, useView } from "../ui";
import { FieldCrop, useOpened } from "./crop";
import { address, Doubt } from "./doubt";
import { Review } from "./review";

/** Three boxes a number. */
const DIGITS = 3;

/** Without `fieldName`: the number that was the first not keyed yet when the page was opened, else the review. */
export function FiguresScreen({
  contestKey,
  number,
  fieldName,
}: {
  contestKey: string;
  number: number;
  fieldName: string | undefined;
}) {
  const view = useView();
  const contest = view.sheet && contestOf(view.sheet, contestKey);
  const page = view.sheet && pageOf(view.sheet, contestKey, number);
  const photo = useOpened(contest && latest(view.items, "photo", contest, number)?.id);
  const start = useRef<string | undefined>(undefined);
  if (!contest || !page) return null;
  const fields = keyedFields(contest, page);
  const figures = view.drafts[draftKey(contest)]?.figures ?? {};
  const here =
    fieldName ?? (start.current ??= fields.find((field) => figures[field.name] === undefined)?.name ?? "periksa");
  const at = fields.findIndex((field) => field.name === here);
  const field = fields[at];
  const title = { id: `Halaman ${page.page} · ${contest.id}`, en: `Page ${page.page}, ${contest.en}` };
  return (
    <Screen
      title={title}
      back="#/"
      tight
      aside={
        field && (
          <span class="soft small step">
            {at + 1} dari {fields.length}
            <span class="hidden" lang="en">
              {" "}
              of {fields.length}
            </span>
          </span>
        )
      }
    >
      {field ? (
        <OneNumber key={field.name} contest={contest} page={page} fields={fields} at={at} field={field} photo={photo} />
      ) : (
        <Review contest={contest} page={page} fields={fields} />
      )}
    </Screen>
  );
}

interface Place {
  readonly contest: Contest;
  readonly page: Page;
  readonly fields: readonly Field[];
  readonly photo: ReturnType<typeof useOpened>;
}

/** Comparisons that do not hold and of which nobody has said yet that the form itself says so. */
function doubts(found: readonly Outcome[], asWritten: readonly string[]): readonly Outcome[] {
  return found.filter((outcome) => !outcome.holds && !asWritten.includes(keyOf(outcome.check)));
}

function OneNumber({ contest, page, fields, at, field, photo }: Place & { at: number; field: Field }) {
  const phone = usePhone();
  const draft = phone.draft(contest);
  const known = draft.figures[field.name];
  const [text, setText] = useState(typeof known === "number" ? String(known) : "");
  const [doubted, setDoubted] = useState<readonly Outcome[]>([]);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus({ preventScroll: true }), []);

  function onward(): void {
    const next = fields[at + 1];
    go(address(contest, page, next ? next.name : "periksa"));
  }

  function keep(figure: number | null): void {
    const figures = { ...draft.figures, [field.name]: figure };
    const found = outcomes(contest, { ...phone.view.sheet?.dpt, ...figures }, field.name);
    const open = doubts(found, draft.asWritten);
    const confirmed = draft.confirmed.filter((name) => name !== field.name);
    void phone.keepDraft(contest, { figures, confirmed });
    if (open.length) setDoubted(open);
    else onward();
  }

  function press(key: string): void {
    setDoubted([]);
    setText((now) => (key === "←" ? now.slice(0, -1) : `${now}${key}`.replace(/^0+(?=\d)/, "").slice(0, DIGITS)));
    input.current?.focus({ preventScroll: true });
  }

  return (
    <form
      class="number"
      onSubmit={(event) => {
        event.preventDefault();
        if (text) keep(Number(text));
      }}
    >
      <label for="angka">
        <T id={field.id} en={field.en} line />
      </label>
      <FieldCrop photo={photo} field={field} size={contest.size} />
      {doubted.length ? (
        <Doubt contest={contest} page={page} doubted={doubted} onward={onward} again={() => setDoubted([])} />
      ) : (
        <>
          <input
            id="angka"
            class="figure"
            ref={input}
            inputMode="none"
            autocomplete="off"
            pattern="[0-9]*"
            maxLength={DIGITS}
            value={text}
            aria-describedby="angka-bantu"
            onInput={(event) =>
              setText(
                event.currentTarget.value
                  .replace(/\D/g, "")
                  .replace(/^0+(?=\d)/, "")
                  .slice(0, DIGITS),
              )
            }
          />
          <p class="hidden" id="angka-bantu">
            Ketik angka, lalu Enter. Kotak berisi X, garis, atau kosong di depan tidak diketik; semua X berarti 0.
          </p>
          <Pad press={press} ready={text !== ""} />
          <div class="below">
            {at > 0 ? (
              <a class="quiet" href={`#${address(contest, page, fields[at - 1]?.name ?? "")}`}>
                Sebelumnya{" "}
                <span class="en" lang="en">
                  Back
                </span>
              </a>
            ) : (
              <span />
            )}
            <button class="quiet" type="button" onClick={() => keep(null)}>
              Tak terbaca{" "}
              <span class="en" lang="en">
                Not legible
              </span>
            </button>
          </div>
        </>
      )}
      <Sums contest={contest} field={field} />
    </form>
  );
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "←", "0"];

function Pad({ press, ready }: { press: (key: string) => void; ready: boolean }) {
  return (
    <div class="pad">
      {KEYS.map((key) => (
        <button
          key={key}
          type="button"
          tabIndex={-1}
          onClick={() => press(key)}
          aria-label={key === "←" ? "Hapus" : key}
        >
          {key}
        </button>
      ))}
      <button class="go" disabled={!ready}>
        Lanjut
      </button>
    </div>
  );
}

/** The sums of this number that are known to hold: said only after keying, so that nobody is led to an answer. */
function Sums({ contest, field }: { contest: Contest; field: Field }) {
  const phone = usePhone();
  const figures = phone.draft(contest).figures;
  if (figures[field.name] === undefined) return null;
  const held = outcomes(contest, figures, field.name).filter(
    (outcome) => outcome.holds && outcome.check.relation === "=",
  );
  if (!held.length) return null;
  return (
    <p class="sumline">
      <Icon name="counted" /> {held.length} penjumlahan cocok{" "}
      <span class="en" lang="en">
        sums agree
      </span>
    </p>
  );
}
