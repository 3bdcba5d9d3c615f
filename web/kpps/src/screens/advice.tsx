/** What is wrong with a picture and what to do about it, beside an arrow. */
import { T } from "../ui";
import type { Told } from "./verdict";

export function Advice({ told }: { told: Told | undefined }) {
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
