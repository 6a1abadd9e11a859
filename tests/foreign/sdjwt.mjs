// Verifies SD-JWTs with @sd-jwt/core and jose alone. Reads [{token, x}] on standard input, prints for
// each the opened claims, or why it was refused.
import { readFileSync } from "node:fs";
import { SDJwtInstance } from "@sd-jwt/core";
import { digest } from "@sd-jwt/crypto-nodejs";
import { compactVerify, importJWK } from "jose";

for (const { token, x } of JSON.parse(readFileSync(0, "utf8"))) {
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", x }, "Ed25519");
  const verifier = async (data, signature) => {
    await compactVerify(`${data}.${signature}`, key);
    return true;
  };
  try {
    const checker = new SDJwtInstance({ verifier, hasher: digest, hashAlg: "sha-256" });
    const { payload } = await checker.verify(token);
    console.log(JSON.stringify({ claims: payload }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.message ?? error) }));
  }
}
