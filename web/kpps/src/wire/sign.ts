/** HTTP message signatures (RFC 9421) as this system uses them: which components each tag covers, and the two headers. */
import { base64, sha256, unbase64, utf8 } from "./bytes";
import { type DeviceKey, sign } from "./key";

export type Tag = "suara-scan" | "suara-reading" | "suara-request";

/** What is signed: `@method`, `@path` or a header's name → its value, in the order in which they are covered. */
export type Components = readonly (readonly [name: string, value: string])[];

export async function contentDigest(body: BufferSource): Promise<string> {
  return `sha-256=:${base64(await sha256(body))}:`;
}

export function signatureParams(names: readonly string[], created: number, keyid: string, tag: Tag): string {
  const covered = names.map((name) => `"${name}"`).join(" ");
  return `(${covered});created=${created};keyid="${keyid}";alg="ecdsa-p256-sha256";tag="${tag}"`;
}

/** RFC 9421 section 2.5. */
export function signatureBase(components: Components, params: string): string {
  const lines = components.map(([name, value]) => `"${name}": ${value}`);
  return [...lines, `"@signature-params": ${params}`].join("\n");
}

/** `Signature-Input` and `Signature`. `created` is in ms. */
export async function signed(
  key: DeviceKey,
  components: Components,
  tag: Tag,
  created: number,
): Promise<Record<string, string>> {
  const names = components.map(([name]) => name);
  const params = signatureParams(names, Math.floor(created / 1000), key.id, tag);
  const signature = base64(await sign(key, signatureBase(components, params)));
  return { "Signature-Input": `officer=${params}`, Signature: `officer=:${signature}:` };
}

/** Headers of a request that is signed as it is sent. */
export async function signedRequest(
  key: DeviceKey,
  method: string,
  path: string,
  created: number,
  body?: string,
): Promise<Record<string, string>> {
  const bare = path.split("?", 1)[0] ?? path;
  const components: [string, string][] = [
    ["@method", method],
    ["@path", bare],
  ];
  if (body === undefined) return signed(key, components, "suara-request", created);
  const digest = await contentDigest(utf8(body));
  const headers = await signed(key, [...components, ["content-digest", digest]], "suara-request", created);
  return { ...headers, "Content-Digest": digest, "Content-Type": "application/json" };
}

/** `Upload-Metadata` (tus 1.0.0): names and base64 values, in the order given. */
export function metadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${base64(utf8(value))}`)
    .join(",");
}

/** The values of `Upload-Metadata` again. */
export function metadataOf(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.split(" "));
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, new TextDecoder().decode(unbase64(value))]));
}

/** What goes with a photo, signed when it is made. */
export async function photoHeaders(
  key: DeviceKey,
  values: Readonly<Record<string, string>>,
  size: number,
  created: number,
): Promise<Record<string, string>> {
  const own = { "Upload-Length": String(size), "Upload-Metadata": metadata(values) };
  const components = Object.entries(own).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...own, ...(await signed(key, components, "suara-scan", created)) };
}

/** What goes with a reading, signed when it is made. */
export async function readingHeaders(
  key: DeviceKey,
  id: string,
  body: string,
  created: number,
): Promise<Record<string, string>> {
  const digest = await contentDigest(utf8(body));
  const type = "application/json";
  const components = [
    ["@method", "PUT"],
    ["@path", `/v1/readings/${id}`],
    ["content-digest", digest],
    ["content-type", type],
  ] as const;
  return {
    "Content-Digest": digest,
    "Content-Type": type,
    ...(await signed(key, components, "suara-reading", created)),
  };
}
