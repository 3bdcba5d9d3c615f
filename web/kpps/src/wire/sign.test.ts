import { describe, expect, it } from "vitest";
import { makeKey, thumbprint } from "./key";
import { metadata, photoHeaders, signatureBase, signatureParams } from "./sign";
import { utf8 } from "./bytes";

describe("signatures", () => {
  it("cover lines as RFC 9421 section 2.5 has them", () => {
    const params = signatureParams(["@method", "@path"], 1618884473, "k", "suara-request");
    expect(
      signatureBase(
        [
          ["@method", "POST"],
          ["@path", "/v1/tokens"],
        ],
        params,
      ),
    ).toBe(
      '"@method": POST\n"@path": /v1/tokens\n"@signature-params": ("@method" "@path");created=1618884473;keyid="k";alg="ecdsa-p256-sha256";tag="suara-request"',
    );
  });

  it("are r and s, verified by WebCrypto over the same base; the key cannot be taken out", async () => {
    const key = await makeKey();
    await expect(crypto.subtle.exportKey("pkcs8", key.private)).rejects.toThrow();
    const headers = await photoHeaders(key, { id: "x" }, 5, 1_000_000);
    const params = headers["Signature-Input"]?.replace("officer=", "") ?? "";
    const base = signatureBase(
      [
        ["upload-length", "5"],
        ["upload-metadata", headers["Upload-Metadata"] ?? ""],
      ],
      params,
    );
    const signature = Uint8Array.from(atob(headers["Signature"]?.slice(9, -1) ?? ""), (c) => c.charCodeAt(0));
    expect(signature).toHaveLength(64);
    const own = await crypto.subtle.importKey("jwk", { ...key.public }, { name: "ECDSA", namedCurve: "P-256" }, false, [
      "verify",
    ]);
    expect(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, own, signature, utf8(base))).toBe(true);
  });

  it("name keys by RFC 7638", async () => {
    // The example of RFC 7517 A.1; its thumbprint was worked out with Python's hashlib.
    const jwk = {
      kty: "EC",
      crv: "P-256",
      x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
      y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    } as const;
    expect(await thumbprint(jwk)).toBe("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
  });

  it("metadata is names and base64 values", () => {
    expect(metadata({ contest: "ppwp", page: "2" })).toBe("contest cHB3cA==,page Mg==");
  });
});
