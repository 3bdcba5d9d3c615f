/** One item over the line: a reading by PUT, a photo by tus 1.0.0, whole where the line is good, in chunks where not.
 *
 * What happened comes back as events for `model/item`; nothing here writes to the phone's storage.
 */
import type { Event, Item, Receipt } from "../model/item";
import type { Status } from "../model/status";
import type { Officer } from "../store/db";
import type { Clock } from "./clock";
import { type Answered, type Asked, type Http, LineBroke, problem, retryAfter } from "./http";
import type { Line } from "./line";
import { proves } from "./proof";
import { NoToken, type Tokens } from "./tokens";

const TUS = { "Tus-Resumable": "1.0.0" };
const BYTES = "application/offset+octet-stream";

export interface Wire {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly line: Line;
  readonly clock: Clock;
  readonly luck: () => number;
}

export interface Report {
  /** To be kept before anything further is sent. */
  readonly tell: (event: Event) => Promise<void>;
  /** Bytes on their way, not yet acknowledged. */
  readonly sent: (bytes: number) => void;
}

/** Raised inside to end the sending of one item with an event. */
class Ended extends Error {
  constructor(readonly event: Event) {
    super(event.type);
  }
}

/** Sends one item as far as the line lets it; the last event is told before this answers.
 *
 * @returns whether anything was heard from the server; raises NoToken where only a person can help.
 */
export async function sendItem(
  wire: Wire,
  officer: Officer,
  item: Item,
  bytes: Blob | undefined,
  report: Report,
): Promise<boolean> {
  const started = wire.clock.here();
  const failed = (after = 0): Event => ({
    type: "failed",
    now: wire.clock.here(),
    retryAfter: after,
    luck: wire.luck(),
  });
  try {
    const receipt =
      item.kind === "reading"
        ? await putReading(wire, officer, item)
        : await upload(wire, officer, item, bytes, report);
    await report.tell({ type: "received", receipt });
    return true;
  } catch (error) {
    if (error instanceof LineBroke) wire.line.cut((wire.clock.here() - started) / 1000);
    else if (!(error instanceof Ended) && !(error instanceof NoToken)) throw error;
    await report.tell(error instanceof Ended ? error.event : failed(error instanceof NoToken ? error.after : 0));
    if (error instanceof NoToken && error.lasting) throw error;
    return !(error instanceof LineBroke);
  }
}

/** A request with the officer's token; asks once more with a new one where the old is refused. */
async function authorised(wire: Wire, officer: Officer, asked: Asked, again = true): Promise<Answered> {
  const token = await wire.tokens.of(officer);
  const answer = await wire.http({ ...asked, headers: { ...asked.headers, Authorization: `Bearer ${token}` } });
  wire.clock.learn(answer.header("Date"));
  // 403: a device revoked since is told so when it asks for a token, in words and once.
  if ((answer.status !== 401 && answer.status !== 403) || !again) return answer;
  wire.tokens.forget(officer);
  return authorised(wire, officer, asked, false);
}

/** What an answer that is no success means. */
function ended(wire: Wire, answer: Answered): Ended {
  const told = problem(answer);
  const failed: Event = { type: "failed", now: wire.clock.here(), retryAfter: retryAfter(answer), luck: wire.luck() };
  const passing =
    answer.status >= 500 || [401, 408, 423, 425, 429].includes(answer.status) || told.code === "device.revoked";
  return new Ended(passing ? failed : { type: "refused", fault: told });
}

async function putReading(wire: Wire, officer: Officer, item: Item): Promise<Receipt> {
  const asked = { method: "PUT", url: `/v1/readings/${item.id}`, headers: item.headers, body: item.body ?? "" };
  const answer = await authorised(wire, officer, asked);
  if (answer.status !== 200 && answer.status !== 201) throw ended(wire, answer);
  return receiptIn(wire, answer, item);
}

/** The receipt of this very item. A hotel's sign-in page that answers in the server's place is none. */
function receiptIn(wire: Wire, answer: Answered, item: Item): Receipt {
  try {
    const receipt = JSON.parse(answer.text) as Receipt;
    if (receipt.id === item.id && receipt.number > 0 && receipt.journal === item.contest) return receipt;
  } catch {
    // not even JSON: the same
  }
  throw ended(wire, { ...answer, status: 502 });
}

async function upload(
  wire: Wire,
  officer: Officer,
  item: Item,
  bytes: Blob | undefined,
  report: Report,
): Promise<Receipt> {
  if (!bytes) throw new Ended({ type: "refused", fault: GONE });
  let offset = item.begun ? await whereTo(wire, officer, item, report) : undefined;
  if (offset === undefined) {
    await report.tell({ type: "progress", offset: 0 });
    const made = await create(wire, officer, item, bytes, report);
    if (typeof made !== "number") return made;
    offset = made;
  }
  while (offset < item.size) offset = await append(wire, officer, item, bytes, offset, report);
  return receipt(wire, officer, item);
}

const GONE = {
  code: "app.photo_gone",
  id: "Berkas foto ini tidak ada lagi di ponsel. Ambil foto baru.",
  en: "This photo is no longer on the phone. Take a new one.",
};

function at(item: Item): string {
  return `/v1/uploads/${item.id}`;
}

/** How far the server has got; undefined where it does not know the upload. */
async function whereTo(wire: Wire, officer: Officer, item: Item, report: Report): Promise<number | undefined> {
  const answer = await authorised(wire, officer, { method: "HEAD", url: at(item), headers: TUS });
  if (answer.status === 404 || answer.status === 410) {
    await report.tell({ type: "forgotten" });
    return undefined;
  }
  if (answer.status !== 200 && answer.status !== 204) throw ended(wire, answer);
  const offset = Number(answer.header("Upload-Offset") ?? 0);
  wire.line.arrived(offset - item.offset);
  await report.tell({ type: "progress", offset });
  return offset;
}

/** Begins the upload, with as much of the photo as the line bears. */
async function create(
  wire: Wire,
  officer: Officer,
  item: Item,
  bytes: Blob,
  report: Report,
): Promise<Receipt | number> {
  const size = wire.line.chunk(item.size);
  const headers = { ...TUS, ...item.headers, "Content-Type": BYTES };
  const started = wire.clock.here();
  const answer = await authorised(wire, officer, {
    method: "POST",
    url: "/v1/uploads",
    headers,
    body: bytes.slice(0, size),
    sent: report.sent,
    silence: wire.line.patience(size),
  });
  if (answer.status !== 201 && answer.status !== 200) throw ended(wire, answer);
  const offset = Number(answer.header("Upload-Offset") ?? 0);
  wire.line.through(offset, (wire.clock.here() - started) / 1000);
  if (offset === item.size && answer.text) return receiptIn(wire, answer, item);
  await report.tell({ type: "progress", offset });
  return offset;
}

async function append(
  wire: Wire,
  officer: Officer,
  item: Item,
  bytes: Blob,
  offset: number,
  report: Report,
): Promise<number> {
  const body = bytes.slice(offset, offset + wire.line.chunk(item.size - offset));
  const headers = { ...TUS, "Upload-Offset": String(offset), "Content-Type": BYTES };
  const started = wire.clock.here();
  const answer = await authorised(wire, officer, {
    method: "PATCH",
    url: at(item),
    headers,
    body,
    sent: (n) => report.sent(offset + n),
    silence: wire.line.patience(body.size),
  });
  if (answer.status === 409 || answer.status === 404 || answer.status === 410) {
    const known = await whereTo(wire, officer, item, report);
    if (known === undefined || known === offset) throw ended(wire, { ...answer, status: 503 });
    return known;
  }
  if (answer.status !== 204 && answer.status !== 200) throw ended(wire, answer);
  const reached = Number(answer.header("Upload-Offset") ?? offset + body.size);
  wire.line.through(reached - offset, (wire.clock.here() - started) / 1000);
  await report.tell({ type: "progress", offset: reached });
  return reached;
}

async function receipt(wire: Wire, officer: Officer, item: Item): Promise<Receipt> {
  const answer = await authorised(wire, officer, {
    method: "GET",
    url: `/v1/receipts/${item.id}?journal=${item.contest}`,
  });
  if (answer.status !== 200) throw ended(wire, answer.status === 404 ? { ...answer, status: 503 } : answer);
  return receiptIn(wire, answer, item);
}

/** The second receipt, checked; undefined while the log has none yet, or nobody can be asked. */
export async function fetchProof(wire: Wire, officer: Officer, item: Item): Promise<string | undefined> {
  const url = `/v1/receipts/${item.id}/proof?journal=${item.contest}`;
  const answer = await authorised(wire, officer, { method: "GET", url });
  const proof = answer.status === 200 ? answer.text : "";
  return item.receipt && (await proves(proof, item.receipt)) ? proof : undefined;
}

/** What became of everything this TPS sent; undefined where the server cannot say yet. */
export async function fetchStatus(wire: Wire, officer: Officer): Promise<Status | undefined> {
  const answer = await authorised(wire, officer, { method: "GET", url: `/v1/tps/${officer.tps}/status` });
  try {
    const status = answer.status === 200 ? (JSON.parse(answer.text) as Status) : undefined;
    return status?.tps === officer.tps ? status : undefined;
  } catch {
    return undefined;
  }
}
