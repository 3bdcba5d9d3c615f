/** The form's own sums, checked as one types. The rules are the server's catalogue; only arithmetic is done here. */
import type { Check, Contest, Terms, Words } from "./sheet";

/** Field → figure as it stands on the paper; null: nothing legible there; a missing key: not keyed yet. */
export type Figures = Readonly<Record<string, number | null>>;

export interface Outcome {
  readonly check: Check;
  readonly left: number;
  readonly right: number;
  readonly holds: boolean;
}

function sum(terms: Terms, figures: Figures): number | undefined {
  let answer = 0;
  for (const [name, coefficient] of terms) {
    const figure = figures[name];
    if (figure === undefined || figure === null) return undefined;
    answer += coefficient * figure;
  }
  return answer;
}

/** A comparison, once all its figures are known. */
export function judge(check: Check, figures: Figures): Outcome | undefined {
  const left = sum(check.left, figures);
  const right = sum(check.right, figures);
  if (left === undefined || right === undefined) return undefined;
  return { check, left, right, holds: check.relation === "=" ? left === right : left <= right };
}

/** One comparison among those of its rule, e.g. the sum of one party's page: `E303:partai_4`. */
export function keyOf(check: Check): string {
  return `${check.code}:${check.left[0]?.[0] ?? ""}`;
}

export function figuresOf(check: Check): readonly string[] {
  return [...new Set([...check.left, ...check.right].map(([name]) => name))];
}

/** What can be said once `field` is known: the comparisons that use it and have everything they need. */
export function outcomes(contest: Contest, figures: Figures, field?: string): readonly Outcome[] {
  return contest.checks
    .filter((check) => field === undefined || figuresOf(check).includes(field))
    .map((check) => judge(check, figures))
    .filter((outcome): outcome is Outcome => outcome !== undefined);
}

export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ".");
}

/** The rule's own words with this form's figures in their gaps. */
export function tell(outcome: Outcome): Words {
  const difference = outcome.left - outcome.right;
  const gaps: Record<string, string> = {
    left: number(outcome.left),
    right: number(outcome.right),
    difference: `${difference < 0 ? "−" : "+"}${number(Math.abs(difference))}`,
  };
  const fill = (text: string) => text.replace(/\{(left|right|difference)\}/g, (_, name: string) => gaps[name] ?? "");
  return { id: fill(outcome.check.id), en: fill(outcome.check.en) };
}

/** The same in one line, for the moment at which the number is still in front of one. */
export function briefly({ check, left, right }: Outcome): Words {
  if (check.relation === "≤") {
    return {
      id: `Tertulis ${number(left)}, padahal paling banyak ${number(right)}.`,
      en: `The form says ${number(left)}, at most ${number(right)} can be.`,
    };
  }
  return {
    id: `Jumlah di formulir ${number(left)}, penjumlahan ${number(right)}.`,
    en: `The form says ${number(left)}, adding up gives ${number(right)}.`,
  };
}
