/** Practice: a server that is only pretended, in the phone itself, so that the very same app runs and nothing is sent. */
import type { Answered, Asked, Http } from "./wire/http";
import { base64url, hex, sha256, utf8 } from "./wire/bytes";
import { LineBroke } from "./wire/http";
import type { Sheet } from "./model/sheet";

/** As slow as a middling line, so that progress can be seen. */
const DELAY = 900;
export const ACCOUNT = "latihan";

export function pretend(loadSheet: () => Promise<Sheet>): Http {
  let number = 0;

  async function answer(asked: Asked): Promise<Answered> {
    const path = asked.url.replace(/^https?:\/\/[^/]+/, "").split("?")[0] ?? "";
    if (path === "/v1/settings")
      return said(200, {
        election: "Latihan",
        date: "",
        practice: true,
        now: new Date().toISOString(),
        accounts: null,
        photo: 8e6,
      });
    if (path.endsWith("/sheet")) return said(200, await loadSheet());
    if (path === "/v1/enrolments") return said(200, { certificate: await certificate((await loadSheet()).tps) });
    if (path === "/v1/tokens") return said(201, { token: "latihan", expires: 900, now: 0 });
    await new Promise((resolve) => setTimeout(resolve, DELAY));
    if (!navigator.onLine) throw new LineBroke(path);
    if (asked.method === "PUT" && path.startsWith("/v1/readings/")) return reading(path, String(asked.body));
    if (asked.method === "POST" && path === "/v1/uploads") return upload(asked);
    return said(404, { code: "receipt.not_yet", petunjuk: "", detail: "" });
  }

  async function reading(path: string, body: string): Promise<Answered> {
    const { contest, tps } = JSON.parse(body) as { contest: string; tps: string };
    return said(
      201,
      receipt(path.slice(-36), contest, "reading_submitted", hex(await sha256(utf8(body))), 0, tps, null),
    );
  }

  async function upload(asked: Asked): Promise<Answered> {
    const pairs = (asked.headers?.["Upload-Metadata"] ?? "").split(",").map((pair) => pair.split(" "));
    const values = Object.fromEntries(pairs.map(([name, value]) => [name, atob(value ?? "")])) as Record<
      string,
      string
    >;
    const size = Number(asked.headers?.["Upload-Length"]);
    const made = receipt(
      values["id"] ?? "",
      values["contest"] ?? "",
      "scan_received",
      values["sha256"] ?? "",
      size,
      values["tps"] ?? "",
      Number(values["page"]),
    );
    return said(201, made, { "Upload-Offset": String(size) });
  }

  function receipt(
    id: string,
    journal: string,
    kind: string,
    digest: string,
    size: number,
    tps: string,
    page: number | null,
  ) {
    number += 1;
    return {
      id,
      journal,
      number,
      kind,
      sha256: digest,
      size,
      tps,
      page,
      at: new Date().toISOString(),
      note: `LATIHAN - BUKAN TANDA TERIMA\n${id}\n${digest}\n`,
    };
  }

  return answer;
}

async function certificate(tps: string): Promise<string> {
  const part = (value: object) => base64url(utf8(JSON.stringify(value)));
  return `${part({ alg: "none" })}.${part({ sub: ACCOUNT, role: "kpps", area: tps, exp: Math.round(Date.now() / 1000) + 86_400 })}.`;
}

function said(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answered {
  const text = JSON.stringify(value);
  return { status, text, header: (name) => headers[name] ?? null };
}
