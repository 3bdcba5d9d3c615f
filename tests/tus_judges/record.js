// Asks @tus/server what requests.json asks of us, and writes down what it answers: node record.js answers.json
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const KEPT = [
  "cache-control", "tus-checksum-algorithm", "tus-max-size", "tus-resumable", "tus-version", "upload-length",
  "upload-metadata", "upload-offset",
];
const PRESENT = ["location", "upload-expires"];

/** The photo of the Python side: bytes that begin like a JPEG. */
function photo(size) {
  const data = Buffer.alloc(size, 0x2e);
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]).copy(data);
  return data;
}

/** One request over a plain connection: node adds nothing but Host and Connection. */
function ask(port, method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: "127.0.0.1", method, path, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const folder = await mkdtemp(join(tmpdir(), "tus-"));
const store = new FileStore({ directory: folder, expirationPeriodInMilliseconds: 3 * 86_400_000 });
const tus = new Server({
  path: "/v1/uploads", datastore: store, maxSize: 8_000_000, disableTerminationForFinishedUploads: true,
});
const listening = tus.listen({ host: "127.0.0.1", port: 0 });
await new Promise((resolve) => listening.once("listening", resolve));

const { size, stories } = JSON.parse(await readFile(new URL("requests.json", import.meta.url)));
const whole = photo(size);
const answers = {};
for (const [story, steps] of Object.entries(stories)) {
  let place = "/v1/uploads/8c2f6f0e-1f5c-4c5e-9d57-0d8f0f6b8a11";
  for (const step of steps) {
    const body = step.body === undefined ? undefined : whole.subarray(step.body[0], step.body[1]);
    const headers = { "Tus-Resumable": "1.0.0", ...step.headers };
    for (const name of Object.keys(headers)) if (headers[name] === null) delete headers[name];
    if (headers["Upload-Metadata"] === "good") headers["Upload-Metadata"] = "page Mg==";
    headers["Content-Length"] = String(body?.length ?? 0);
    const path = step.path === "place" ? place : step.path;
    const said = await ask(listening.address().port, step.method, path, headers, body);
    if (said.headers.location) place = new URL(said.headers.location).pathname;
    const kept = KEPT.filter((name) => said.headers[name] !== undefined).map((name) => [name, said.headers[name]]);
    const there = PRESENT.filter((name) => said.headers[name] !== undefined);
    answers[`${story}: ${step.name}`] = { status: said.statusCode, headers: Object.fromEntries(kept), there };
  }
}
listening.close();
listening.closeAllConnections();
await rm(folder, { recursive: true });
await writeFile(process.argv[2], `${JSON.stringify(answers, null, 1)}\n`);
