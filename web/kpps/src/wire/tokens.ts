/** Tokens of a quarter of an hour, minted with the certificate by whichever door answers; kept in memory only. */
import type { Officer } from "../store/db";
import type { Clock } from "./clock";
import { type Http, problem, retryAfter } from "./http";
import { signedRequest } from "./sign";

const PATH = "/v1/tokens";
/** A token is renewed this long before it ends, ms. */
const MARGIN = 60_000;

/** No token: `lasting` where asking again will not help before a person has. */
export class NoToken extends Error {
  constructor(
    readonly code: string,
    readonly told: { readonly id: string; readonly en: string },
    readonly lasting: boolean,
    readonly after: number,
  ) {
    super(code);
  }
}

export class Tokens {
  private kept = new Map<string, { token: string; until: number }>();

  constructor(
    private readonly http: Http,
    private readonly clock: Clock,
  ) {}

  async of(officer: Officer): Promise<string> {
    const kept = this.kept.get(officer.key.id);
    if (kept && kept.until - MARGIN > this.clock.here()) return kept.token;
    return this.mint(officer, true);
  }

  forget(officer: Officer): void {
    this.kept.delete(officer.key.id);
  }

  private async mint(officer: Officer, again: boolean): Promise<string> {
    const body = JSON.stringify({ certificate: officer.certificate });
    const headers = await signedRequest(officer.key, "POST", PATH, this.clock.there(), body);
    const answer = await this.http({ method: "POST", url: PATH, headers, body });
    this.clock.learn(answer.header("Suara-Time") ?? answer.header("Date"));
    if (answer.status === 200 || answer.status === 201) {
      const { token, expires, now } = JSON.parse(answer.text) as { token: string; expires: number; now: number };
      this.kept.set(officer.key.id, { token, until: this.clock.here() + (expires - now) * 1000 });
      return token;
    }
    const told = problem(answer);
    if (told.code === "signature.clock" && again) return this.mint(officer, false);
    throw new NoToken(
      told.code,
      told,
      answer.status >= 400 && answer.status < 500 && answer.status !== 429,
      retryAfter(answer),
    );
  }
}
