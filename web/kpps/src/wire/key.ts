/** The device's key: ECDSA P-256, made on this phone, never leaving it (WebCrypto, not extractable). */
import { base64url, sha256, utf8 } from "./bytes";

const ECDSA = { name: "ECDSA", namedCurve: "P-256" } as const;

export interface PublicJwk {
  readonly crv: "P-256";
  readonly kty: "EC";
  readonly x: string;
  readonly y: string;
}

export interface DeviceKey {
  readonly private: CryptoKey;
  readonly public: PublicJwk;
  /** RFC 7638 thumbprint, base64url. */
  readonly id: string;
}

export async function thumbprint(jwk: PublicJwk): Promise<string> {
  const { crv, kty, x, y } = jwk;
  return base64url(await sha256(utf8(JSON.stringify({ crv, kty, x, y }))));
}

export async function makeKey(): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const jwk: PublicJwk = { crv: "P-256", kty: "EC", x: x ?? "", y: y ?? "" };
  return { private: pair.privateKey, public: jwk, id: await thumbprint(jwk) };
}

/** r ‖ s, 64 bytes: what RFC 9421 calls `ecdsa-p256-sha256`. */
export async function sign(key: DeviceKey, text: string): Promise<ArrayBuffer> {
  return crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.private, utf8(text));
}
