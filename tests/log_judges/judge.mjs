// Proofs and checkpoint as @sigstore/verify judges those of its own log. Prints why and ends with 1 where it rejects.
//
//   node judge.mjs FOLDER NAME PUBLIC.pem ASKED.json
import { createHash, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint.js");
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle.js");

const [folder, name, pem, asked] = process.argv.slice(2);
const publicKey = createPublicKey(readFileSync(pem));
const envelope = readFileSync(`${folder}/checkpoint`, "utf8");
const told = JSON.parse(readFileSync(asked, "utf8"));

// A C2SP key id is a hash over name and key; sigstore's log id is one over the key alone: the caller names ours.
const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
const id = createHash("sha256").update(`${name}\n`).update(Buffer.from([1])).update(raw).digest();
const logs = [{ logID: id, baseURL: `https://${name}`, publicKey, validFor: {} }];

try {
  for (const one of told.Proofs) {
    const entry = {
      canonicalizedBody: Buffer.from(one.Entry, "base64"),
      inclusionProof: {
        logIndex: String(one.Index),
        hashes: one.Hashes.map((hash) => Buffer.from(hash, "base64")),
        checkpoint: { envelope },
      },
    };
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, logs));
  }
  console.log("accepted");
} catch (error) {
  console.log(String(error));
  process.exitCode = 1;
}
