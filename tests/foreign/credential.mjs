// Checks credentials with jose and Digital Bazaar's libraries alone. Reads one object on standard
// input: DID documents, contexts, credentials and an encoded list; prints one verdict for each.
import { readFileSync } from "node:fs";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import * as suite2022 from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import { decodeList } from "@digitalbazaar/vc-bitstring-status-list";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import jsonld from "jsonld";
import jsigs from "jsonld-signatures";

const given = JSON.parse(readFileSync(0, "utf8"));
const methods = new Map();
for (const did of given.dids) for (const m of did.verificationMethod) methods.set(m.id, m);

const documentLoader = async (url) => {
  const found = given.contexts[url] ?? given.dids.find((d) => d.id === url);
  const method = methods.get(url);
  if (!found && !method) throw new Error(`not known: ${url}`);
  const document = found ?? { "@context": "https://w3id.org/security/jwk/v1", ...method };
  return { contextUrl: null, documentUrl: url, document };
};

async function token(text) {
  const { kid, typ } = decodeProtectedHeader(text);
  const key = await importJWK(methods.get(kid).publicKeyJwk, "EdDSA");
  const { payload } = await compactVerify(text, key, { algorithms: ["EdDSA"] });
  return { typ, credential: JSON.parse(new TextDecoder().decode(payload)) };
}

async function inside(document) {
  const cryptosuite = suite2022.createVerifyCryptosuite
    ? suite2022.createVerifyCryptosuite()
    : suite2022.cryptosuite;
  const suite = new DataIntegrityProof({ cryptosuite });
  const purpose = new jsigs.purposes.AssertionProofPurpose();
  const result = await jsigs.verify(document, { suite, purpose, documentLoader });
  if (!result.verified) throw result.error.errors?.[0] ?? result.error;
  return { credential: document };
}

for (const item of given.items) {
  try {
    const said = item.token ? await token(item.token) : await inside(item.document);
    // In safe mode a member that no context defines is an error, and is not dropped in silence.
    await jsonld.expand(said.credential, { safe: true, documentLoader });
    const subject = said.credential.credentialSubject;
    if (subject.encodedList) {
      const list = await decodeList({ encodedList: subject.encodedList });
      said.set = [];
      for (let at = 0; at < list.length; at++) if (list.getStatus(at)) said.set.push(at);
      said.size = list.length;
    }
    console.log(JSON.stringify(said));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.message ?? error) }));
  }
}
