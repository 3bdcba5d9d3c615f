/** Enrolment: an account and a one-time code, once, with a signal. What comes back works offline for days. */
import type { Officer } from "../store/db";
import type { Clock } from "./clock";
import { type Answered, type Http, problem } from "./http";
import type { DeviceKey } from "./key";
import { signedRequest } from "./sign";
import type { Words } from "../model/sheet";
import { unbase64 } from "./bytes";

/** `GET /v1/settings` (`ingest/sheet.py`). */
export interface Settings {
  readonly election: string;
  readonly date: string;
  readonly practice: boolean;
  readonly now: string;
  /** Where phones are enrolled; null: at this very address. */
  readonly accounts: string | null;
  readonly photo: number;
}

const PATH = "/v1/enrolments";

/** Enrolment was turned down, in words. */
export class Refused extends Error {
  constructor(readonly told: Words & { readonly code: string }) {
    super(told.code);
  }
}

interface Claims {
  readonly sub: string;
  readonly role: string;
  readonly area: string;
  readonly exp: number;
}

/** What a certificate (a JWS) says of itself; whether it is genuine the server judges. */
export function claims(certificate: string): Claims {
  const part = (certificate.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
  return JSON.parse(new TextDecoder().decode(unbase64(part))) as Claims;
}

export async function askSettings(http: Http, clock: Clock): Promise<Settings> {
  const settings = JSON.parse(ok(await http({ method: "GET", url: "/v1/settings" })).text) as Settings;
  clock.learn(settings.now);
  return settings;
}

/** The certificate for this key. Asking again with the same account, code and key gives the same right once more, so
 * that a lost answer costs nothing; the caller keeps the key until one came. */
export async function activate(
  http: Http,
  account: string,
  code: string,
  key: DeviceKey,
  settings: Settings,
  clock: Clock,
): Promise<Officer> {
  const body = JSON.stringify({ account, code, jwk: key.public });
  const headers = await signedRequest(key, "POST", PATH, clock.there(), body);
  const answer = ok(await http({ method: "POST", url: `${settings.accounts ?? ""}${PATH}`, headers, body }));
  const { certificate } = JSON.parse(answer.text) as { certificate: string };
  const { sub, role, area, exp } = claims(certificate);
  return { account: sub, tps: area, role, key, certificate, until: exp * 1000 };
}

function ok(answer: Answered): Answered {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Refused(problem(answer));
}
