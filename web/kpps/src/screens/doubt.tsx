/** A sum that differs: asked about while its last number is still in front of one. */
import { useEffect, useRef } from "preact/hooks";
import { type Contest, fieldOf, type Page } from "../model/sheet";
import { briefly, figuresOf, keyOf, type Outcome } from "../model/sums";
import { Note, T, usePhone } from "../ui";

/** Where one number is keyed. */
export function address(contest: Contest, page: Page, name: string): string {
  return `/angka/${contest.key}/${page.page}/${name}`;
}

/** A figure as the review shows it. */
export function shown(figure: number | null | undefined): string {
  return figure === undefined ? "–" : figure === null ? "tak terbaca" : String(figure);
}

export function Doubt({
  contest,
  page,
  doubted,
  onward,
  again,
}: {
  contest: Contest;
  page: Page;
  doubted: readonly Outcome[];
  onward: () => void;
  again: () => void;
}) {
  const phone = usePhone();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);

  function asWritten(): void {
    const said = doubted.map((outcome) => keyOf(outcome.check));
    const known = phone.draft(contest).asWritten;
    void phone.keepDraft(contest, { asWritten: [...new Set([...known, ...said])] });
    onward();
  }

  return (
    <div class="doubt" role="alert">
      {doubted.map((outcome) => (
        <Note key={keyOf(outcome.check)} kind="held">
          <T {...briefly(outcome)} line />
        </Note>
      ))}
      <Involved contest={contest} page={page} outcomes={doubted} />
      <div class="actions">
        <button class="button primary" type="button" ref={first} onClick={again}>
          <T id="Periksa lagi angka ini" en="Check this figure again" />
        </button>
        <button class="button" type="button" onClick={asWritten}>
          <T id="Memang begitu di formulir" en="The form itself says so" />
        </button>
      </div>
    </div>
  );
}

/** The other numbers of a sum, to go back to. */
function Involved({ contest, page, outcomes: found }: { contest: Contest; page: Page; outcomes: readonly Outcome[] }) {
  const phone = usePhone();
  const figures = phone.draft(contest).figures;
  const names = [...new Set(found.flatMap((outcome) => figuresOf(outcome.check)))];
  return (
    <ul class="involved">
      {names.map((name) => {
        const field = fieldOf(contest, name);
        const on = contest.pages.find((one) => one.fields.some((other) => other.name === name)) ?? page;
        return (
          field && (
            <li key={name}>
              <a href={`#${address(contest, on, name)}`}>{field.id}</a> <b>{shown(figures[name])}</b>
            </li>
          )
        );
      })}
    </ul>
  );
}
