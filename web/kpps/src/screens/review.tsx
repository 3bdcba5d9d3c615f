/** A page keyed: all its numbers at a glance, its sums, and the button that queues them. */
import { useEffect, useRef } from "preact/hooks";
import { complete } from "../model/checklist";
import { type Contest, draftKey, type Field, groupOf, keyedFields, type Page } from "../model/sheet";
import { figuresOf, keyOf, outcomes, tell } from "../model/sums";
import { go } from "../route";
import { Icon, Note, T, usePhone, useView } from "../ui";
import { address, shown } from "./doubt";

interface Place {
  readonly contest: Contest;
  readonly page: Page;
  readonly fields: readonly Field[];
}

export function Review({ contest, page, fields }: Place) {
  const phone = usePhone();
  const view = useView();
  const draft = view.drafts[draftKey(contest)] ?? phone.draft(contest);
  const names = new Set(page.fields.map((field) => field.name));
  const found = outcomes(contest, { ...view.sheet?.dpt, ...draft.figures }).filter((outcome) =>
    figuresOf(outcome.check).some((name) => names.has(name)),
  );
  const open = found.filter((outcome) => !outcome.holds);
  const group = complete(contest, page.page, draft.figures);
  const waiting = groupOf(contest, page.page).filter((one) =>
    keyedFields(contest, one).some((field) => draft.figures[field.name] === undefined),
  );
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus({ preventScroll: true }), []);

  async function done(): Promise<void> {
    await phone.submit(contest, page.page);
    go("/");
  }

  return (
    <>
      <h2>
        <T id="Periksa" en="Check" />
      </h2>
      {open.map((outcome) => (
        <Note key={keyOf(outcome.check)} kind="held">
          <T {...tell(outcome)} line />
          {draft.asWritten.includes(keyOf(outcome.check)) && (
            <b class="said">
              Memang begitu di formulir{" "}
              <span class="en" lang="en">
                The form itself says so
              </span>
            </b>
          )}
        </Note>
      ))}
      {found.length > open.length && (
        <p class="sumline">
          <Icon name="counted" /> {found.length - open.length} penjumlahan cocok{" "}
          <span class="en" lang="en">
            sums agree
          </span>
        </p>
      )}
      <table class="review">
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">
                <T id={field.id} en={field.en} line />
              </th>
              <td class="n">{shown(draft.figures[field.name])}</td>
              <td class="n">
                <a class="quiet" href={`#${address(contest, page, field.name)}`}>
                  Ubah<span class="hidden"> {field.id}</span>
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {waiting.length > 0 && (
        <p class="soft">
          <T
            id={`Angka ini dikirim bersama halaman ${waiting.map((one) => one.page).join(", ")}.`}
            en={`These figures are sent together with page ${waiting.map((one) => one.page).join(", ")}.`}
            line
          />
        </p>
      )}
      <div class="actions sticky">
        <button class="button primary" type="button" ref={button} onClick={() => void done()}>
          {group ? <T id="Simpan dan kirim angka" en="Keep and send the figures" /> : <T id="Simpan" en="Keep" />}
        </button>
      </div>
    </>
  );
}
