// Checks a receipt wholly in the reader's browser. A twin of orebook/log: the same checks in the
// same order, the same names of what is refused. Needs WebCrypto; asks nothing of any server.
"use strict";
(() => {
const FORM = "orebook/receipt/1";
const MEMBERS = "author_key,disclosures,leaf,log_key,proof,receipt";
const RECEIPT_MAX = 8000000, LEAF_MAX = 65535, PAYLOAD_MAX = 48000, NOTE_MAX = 1000000;
const DEPTH_MAX = 64, HASH = 32, SIZE_MAX = 2n ** 63n - 1n;
const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
const utf8 = new TextEncoder();

class Refusal extends Error {
  constructor(code, place, expected, found = "") {
    super(`${place}: expected ${expected}${found && `, found ${found}`}`);
    Object.assign(this, { code, place, expected, found });
  }
}
const malformed = (...words) => new Refusal("log.malformed", ...words);
const tampered = (...words) => new Refusal("log.tampered", ...words);
const show = (text) => JSON.stringify(String(text).slice(0, 40));
const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v) && !(v instanceof Numeral);

// ---- bytes and text
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part)));
const toBase64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
const toBase64url = (bytes) => toBase64(bytes).replace(/=+$/, "").replace(/\+/g, "-").replace(/\//g, "_");

function fromBase64(text, place) { // exactly one spelling per byte string
  let bytes = null;
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) {
    try { bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); } catch { bytes = null; }
  }
  if (bytes === null || toBase64(bytes) !== text) {
    throw malformed(place, "standard base64 with padding, its unused bits zero", show(text));
  }
  return bytes;
}
function fromBase64url(text, place) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw malformed(place, "base64url without padding", show(text));
  }
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  const bytes = Uint8Array.from(atob(plain + "=".repeat(-text.length & 3)), (c) => c.charCodeAt(0));
  if (toBase64url(bytes) !== text) {
    throw malformed(place, "base64url without padding, its unused low bits zero", show(text));
  }
  return bytes;
}
function decodeUtf8(bytes, place) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(place, "UTF-8", "other bytes");
  }
}

// ---- JSON: read strictly, written one way (RFC 8785 on the restricted kind)
class Numeral { // a number that is no integer within 2^53, kept as written
  constructor(text) { this.text = text; }
}
function readJson(text, place) {
  let at = 0;
  const wrong = (found = text[at] ?? "the end") => malformed(place, "JSON in UTF-8", `${show(found)} at ${at}`);
  const space = () => { while (" \t\n\r".includes(text[at] || "x")) at += 1; };
  const take = (token) => { if (!text.startsWith(token, at)) throw wrong(); at += token.length; };
  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw wrong();
    at += found[0].length;
    return found[0];
  };
  const string = () => JSON.parse(match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y));
  const list = (end, item) => {
    at += 1; space();
    if (text[at] === end) { at += 1; return; }
    for (;;) {
      space(); item(); space();
      if (text[at] === end) { at += 1; return; }
      take(",");
    }
  };
  const value = (depth) => {
    if (depth > 900) throw malformed(place, "JSON in UTF-8", "nesting without end");
    const first = text[at];
    if (first === "{") {
      const object = Object.create(null);
      list("}", () => {
        const name = string();
        if (name in object) throw malformed(place, "each name once per object", `${show(name)} twice`);
        space(); take(":"); space();
        object[name] = value(depth + 1);
      });
      return object;
    }
    if (first === "[") {
      const array = [];
      list("]", () => array.push(value(depth + 1)));
      return array;
    }
    if (first === '"') return string();
    for (const [token, constant] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(token, at)) { at += token.length; return constant; }
    }
    const number = match(/-?(?:0|[1-9][0-9]{0,4299})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y);
    return /^-?[0-9]+$/.test(number) && Number.isSafeInteger(Number(number)) ? Number(number) : new Numeral(number);
  };
  space();
  const whole = value(0);
  space();
  if (at !== text.length) throw wrong();
  return whole;
}
const lone = (text) => /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
const step = (name) => name.replace(/~/g, "~0").replace(/\//g, "~1");

function admitKind(value, place, depth) {
  const where = `JSON ${place || "/"}`;
  if (value instanceof Numeral) throw malformed(where, "an integer within 2^53-1 (else text)", value.text);
  if (typeof value === "string" && lone(value)) throw malformed(where, "text without lone surrogates");
  if (value === null || typeof value !== "object") return;
  if (depth === 0) throw malformed(where, `nesting of at most ${DEPTH_MAX}`, "deeper nesting");
  for (const [name, member] of Object.entries(value)) {
    if (/[^\u0000-\u007f]/.test(name)) throw malformed(where, "names in ASCII", show(name));
    admitKind(member, `${place}/${step(name)}`, depth - 1);
  }
}
function writeJson(value) {
  if (value instanceof Numeral) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((n) => `${JSON.stringify(n)}:${writeJson(value[n])}`).join(",")}}`;
}
function readCanonical(text) {
  const value = readJson(text, "canonical JSON");
  admitKind(value, "", DEPTH_MAX);
  const wanted = writeJson(value);
  if (wanted !== text) {
    let at = 0;
    while (wanted[at] === text[at]) at += 1;
    throw malformed(`canonical JSON, byte ${at}`, show(wanted.slice(at, at + 12)), show(text.slice(at, at + 12)));
  }
  return value;
}
function readForeign(bytes, place) {
  const value = readJson(decodeUtf8(bytes, place), place);
  const deep = (v, left) => v !== null && typeof v === "object" && !(v instanceof Numeral)
    && (left === 0 || Object.values(v).some((member) => deep(member, left - 1)));
  if (deep(value, DEPTH_MAX)) throw malformed(place, `nesting of at most ${DEPTH_MAX}`, "deeper nesting");
  return value;
}

// ---- Ed25519: keys of the prime-order group alone; the curve's signatures are WebCrypto's
const mod = (a) => ((a % P) + P) % P;
function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = b * b % P) if (e & 1n) result = result * b % P;
  return result;
}
const D = mod(-121665n * power(121666n, P - 2n));
const littleEndian = (bytes) => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
const smallOrder = (y) => y === 0n || y === 1n || y === P - 1n || mod(D * power(y, 4n) + 2n * y * y - 1n) === 0n;
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) { // RFC 8032 section 5.1.4
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2), d = mod(2n * z1 * z2);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
function inGroup(y) { // RFC 8032 section 5.1.3, then L times the point is the identity
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(v * x * x) !== u) return false;
  let sum = [0n, 1n, 1n, 0n], point = [x, y, 1n, mod(x * y)];
  for (let k = L; k > 0n; k >>= 1n, point = add(point, point)) if (k & 1n) sum = add(sum, point);
  return sum[0] === 0n && sum[1] === sum[2];
}
function publicKey(raw) {
  const place = "Ed25519 public key";
  if (raw.length !== 32) throw malformed(place, "32 bytes", String(raw.length));
  const number = littleEndian(raw), y = number & (1n << 255n) - 1n;
  if (y >= P || (number >> 255n && (y === 1n || y === P - 1n))) throw malformed(place, "a canonical encoding", hex(raw));
  if (smallOrder(y)) throw malformed(place, "a point of large order", hex(raw));
  if (!inGroup(y)) throw malformed(place, "a point of the prime-order group", hex(raw));
  return raw;
}
async function verifies(raw, message, signature) { // true, false, or null where there is no Ed25519
  let key;
  try {
    key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  if (signature.length !== 64 || littleEndian(signature.slice(32)) >= L) return false;
  if (smallOrder(littleEndian(signature.slice(0, 32)) & (1n << 255n) - 1n)) return false;
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
}
const thumbprint = async (raw) => toBase64url(await sha256(utf8.encode(writeJson({ crv: "Ed25519", kty: "OKP", x: toBase64url(raw) }))));

// ---- tree (RFC 6962; RFC 9162 section 2.1.3.2)
const leafHash = (bytes) => sha256(joined([0], bytes));
const nodeHash = (left, right) => sha256(joined([1], left, right));
async function verifyInclusion(index, size, leaf, path, root) {
  if (index >= size) throw malformed("leaf index", `a number from 0 to below the tree size ${size}`, String(index));
  let node = leaf, at = index, last = size - 1n;
  for (const [count, sibling] of path.entries()) {
    if (last === 0n) throw malformed("inclusion path", `${count} hashes`, String(path.length));
    if (at & 1n || at === last) {
      node = await nodeHash(sibling, node);
      while (!(at & 1n) && at) { at >>= 1n; last >>= 1n; }
    } else {
      node = await nodeHash(node, sibling);
    }
    at >>= 1n; last >>= 1n;
  }
  if (last) throw malformed("inclusion path", "more hashes for this size", String(path.length));
  if (!same(node, root)) throw tampered(`root of the tree of ${size} from leaf ${index}`, hex(root), hex(node));
}

// ---- notes, checkpoints, proofs (C2SP signed-note, tlog-checkpoint, tlog-proof)
function checkName(name) {
  if (!name || /[+\s\u0000-\u001f\u0085]/.test(name)) {
    throw malformed("key name", "text without spaces, plus or control characters", show(name));
  }
}
async function readVkey(vkey) {
  const [, name, id, material] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(vkey) || [];
  if (material === undefined) throw malformed("verifier key", "name+id+base64", show(vkey));
  const raw = fromBase64(material, "verifier key material");
  if (raw[0] !== 1) throw malformed("verifier key type", "01 (Ed25519)", hex(raw.slice(0, 1)));
  checkName(name);
  const key = publicKey(raw.slice(1));
  const wanted = hex((await sha256(joined(utf8.encode(`${name}\n`), raw))).slice(0, 4));
  if (id !== wanted) throw malformed("verifier key id", wanted, show(id));
  return { name, id, key, vkey };
}
function readNote(whole) {
  if (utf8.encode(whole).length > NOTE_MAX) throw malformed("note", `at most ${NOTE_MAX} bytes`, "more");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0) throw malformed("note", "a blank line before the signatures", "none");
  const text = whole.slice(0, at + 1), tail = whole.slice(at + 2);
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw malformed("note text", "no control characters but newline");
  if (!tail.endsWith("\n")) throw malformed("note", "a newline after the last signature", "none");
  const lines = tail.slice(0, -1).split("\n");
  if (lines.length > 64) throw malformed("note", "at most 64 signatures", String(lines.length));
  return { text, signatures: lines.map(readSignature) };
}
function readSignature(line) {
  const [, name, material] = /^— ([^ ]*) (.*)$/su.exec(line) || [];
  if (material === undefined) throw malformed("note signature", "'— name base64'", show(line));
  checkName(name);
  const raw = fromBase64(material, `signature of ${name}`);
  if (raw.length <= 4) throw malformed(`signature of ${name}`, "a key id and a signature", `${raw.length} bytes`);
  return { name, id: hex(raw.slice(0, 4)), value: raw.slice(4) };
}
function readSize(text, place) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > SIZE_MAX) {
    throw malformed(place, "a decimal number without leading zeros", show(text));
  }
  return BigInt(text);
}
async function readCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length < 3) throw malformed("checkpoint", "origin, size and root, each on its line");
  const [origin, sizeText, rootText, ...more] = lines;
  const size = readSize(sizeText, "checkpoint size"), root = fromBase64(rootText, "checkpoint root");
  if ([origin, ...more].some((line) => !line)) throw malformed("checkpoint line", "non-empty text of one line");
  if (root.length !== HASH) throw malformed("checkpoint root", `${HASH} bytes`, String(root.length));
  if (size === 0n && !same(root, await sha256(new Uint8Array()))) {
    throw malformed("checkpoint root", "that of the empty tree at size 0", hex(root));
  }
  return { origin, size, root };
}
async function readProof(data) {
  const at = data.indexOf("\n\n");
  if (at < 0) throw malformed("proof", "an empty line before the checkpoint", "none");
  const head = data.slice(0, at), checkpoint = data.slice(at + 2), lines = head.split("\n");
  if (/[^\u0000-\u007f]/.test(head)) throw malformed("proof", "ASCII before the checkpoint", "other bytes");
  if (lines.shift() !== "c2sp.org/tlog-proof@v1") throw malformed("proof, line 1", "c2sp.org/tlog-proof@v1", show(head));
  if (lines[0]?.startsWith("extra ")) fromBase64(lines.shift().slice(6), "proof, extra");
  if (!lines[0]?.startsWith("index ")) throw malformed("proof", "a line 'index N'", show(lines[0] ?? "none"));
  const index = readSize(lines.shift().slice(6), "proof, index");
  if (lines.length > 63) throw malformed("proof", "at most 63 hashes", String(lines.length));
  const path = lines.map((line, i) => fromBase64(line, `proof, hash ${i}`));
  if (path.some((item) => item.length !== HASH)) throw malformed("proof", `hashes of ${HASH} bytes`, "another length");
  const note = readNote(checkpoint);
  return { index, path, note, head: await readCheckpoint(note.text) };
}
async function openNote(note, verifier) { // unable: there is no Ed25519
  let found = false, unable = false, unknown = 0;
  for (const signature of note.signatures) {
    if (signature.name !== verifier.name || signature.id !== verifier.id) { unknown += 1; continue; }
    const holds = await verifies(verifier.key, utf8.encode(note.text), signature.value);
    if (holds === false) throw tampered(`signature of ${signature.name}`, "a signature over this text", "another");
    found = true; unable ||= holds === null;
  }
  if (!found) throw tampered("note", `a signature of a known key (${verifier.name})`, "none");
  return { unable, unknown };
}

// ---- SD-JWT (RFC 9901 section 7.1) and the leaf
const RESERVED = ["_sd", "_sd_alg", "..."];
const digestOf = async (text) => toBase64url(await sha256(utf8.encode(text)));
function readDisclosure(text, member) {
  const parts = readForeign(fromBase64url(text, "disclosure"), "disclosure");
  if (!Array.isArray(parts) || parts.length !== (member ? 3 : 2)) {
    throw malformed("disclosure", member ? "[salt, name, value]" : "[salt, value]", show(writeJson(parts)));
  }
  if (typeof parts[0] !== "string") throw malformed("disclosure salt", "text");
  if (member && (typeof parts[1] !== "string" || RESERVED.includes(parts[1]))) {
    throw malformed("disclosure name", "text that is not a reserved name", show(parts[1]));
  }
  return parts;
}
function openPayload(payload, available) {
  const seen = new Set(), used = new Set();
  let sealed = 0, ordered = true;
  const meet = (item, place) => {
    if (typeof item !== "string") throw malformed(place, "a digest as text", typeof item);
    if (seen.has(item)) throw tampered(place, "each digest once in the whole payload", `${item} twice`);
    seen.add(item);
    const text = available.get(item);
    if (text === undefined) sealed += 1; else used.add(item);
    return text;
  };
  const opened = (value, place, depth) =>
    Array.isArray(value) ? elements(value, place, depth - 1) : isObject(value) ? members(value, place, depth - 1) : value;
  const deep = (place) => malformed(place, `nesting of at most ${DEPTH_MAX}`, "deeper nesting");
  const members = (value, place, depth) => {
    if (depth < 0) throw deep(place);
    const shown = Object.create(null);
    for (const [name, member] of Object.entries(value)) {
      if (name === "_sd") continue;
      if (RESERVED.includes(name)) throw malformed(place || "/", "no reserved name", show(name));
      shown[name] = opened(member, `${place}/${step(name)}`, depth);
    }
    if (!("_sd" in value)) return shown;
    const digests = value._sd;
    if (!Array.isArray(digests)) throw malformed(`${place}/_sd`, "an array", typeof digests);
    for (const item of digests) {
      const text = meet(item, `${place}/_sd`);
      if (text === undefined) continue;
      const [, name, inner] = readDisclosure(text, true);
      if (name in shown) throw malformed(place || "/", "no name that already stands there", show(name));
      shown[name] = opened(inner, `${place}/${step(name)}`, depth);
    }
    if (!digests.length || digests.some((item, i) => i && item < digests[i - 1])) ordered = false;
    return shown;
  };
  const elements = (value, place, depth) => {
    if (depth < 0) throw deep(place);
    const shown = [];
    for (const [i, element] of value.entries()) {
      const here = `${place}/${i}`;
      if (!isObject(element) || !("..." in element)) { shown.push(opened(element, here, depth)); continue; }
      if (Object.keys(element).length !== 1) throw malformed(here, "nothing beside ...", "other members");
      const text = meet(element["..."], here);
      if (text !== undefined) shown.push(opened(readDisclosure(text, false)[1], here, depth));
    }
    return shown;
  };
  const algorithm = "_sd_alg" in payload ? payload._sd_alg : "sha-256";
  if (algorithm !== "sha-256") throw malformed("/_sd_alg", "sha-256", show(algorithm));
  const rest = Object.assign(Object.create(null), payload);
  delete rest._sd_alg;
  return { shown: members(rest, "", DEPTH_MAX), seen, used, sealed, ordered };
}
function readLeaf(leaf) {
  if (utf8.encode(leaf).length > LEAF_MAX) throw malformed("leaf", `at most ${LEAF_MAX} bytes`, "more");
  const parts = leaf.split(".");
  if (parts.length !== 3) throw malformed("JWS", "three parts joined by dots", show(leaf));
  const headBytes = fromBase64url(parts[0], "JWS header"), header = readForeign(headBytes, "JWS header");
  if (!isObject(header)) throw malformed("JWS header", "an object");
  if (header.alg !== "Ed25519" && header.alg !== "EdDSA") throw malformed("JWS alg", "Ed25519 (or EdDSA)", show(header.alg));
  if ("crit" in header) throw malformed("JWS crit", "no critical extension", show(header.crit));
  if ("b64" in header && header.b64 !== true) throw malformed("JWS b64", "an encoded payload", "b64 false");
  for (const name of ["kid", "typ"]) {
    if (name in header && typeof header[name] !== "string") throw malformed(`JWS ${name}`, "text");
  }
  const body = fromBase64url(parts[1], "JWS payload"), signature = fromBase64url(parts[2], "JWS signature");
  if (signature.length !== 64) throw malformed("JWS signature", "64 bytes", String(signature.length));
  if (body.length > PAYLOAD_MAX) throw malformed("leaf payload", `at most ${PAYLOAD_MAX} bytes`, String(body.length));
  if (Object.keys(header).sort().join() !== "alg,kid,typ") {
    throw malformed("leaf header", "alg, kid and typ, and nothing else", show(Object.keys(header)));
  }
  if (header.typ !== "orebook+sd-jwt") throw malformed("leaf typ", "orebook+sd-jwt", show(header.typ));
  if (!header.kid) throw malformed("leaf kid", "the name of a key", "nothing");
  admitKind(header, "", DEPTH_MAX);
  if (writeJson(header) !== decodeUtf8(headBytes, "JWS header")) throw malformed("leaf header", "canonical JSON");
  const payload = readCanonical(decodeUtf8(body, "canonical JSON"));
  if (!isObject(payload)) throw malformed("leaf payload", "an object");
  const met = openPayload(payload, new Map());
  if (("_sd_alg" in payload) !== met.seen.size > 0) throw malformed("/_sd_alg", "present exactly when there are digests");
  for (const item of met.seen) {
    if (!/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(item)) throw malformed("digest", "43 characters that spell 32 bytes", show(item));
  }
  if (!met.ordered) throw malformed("/…/_sd", "a non-empty sorted array", "another order");
  return { header, payload, signature, bytes: utf8.encode(leaf), signed: utf8.encode(`${parts[0]}.${parts[1]}`) };
}

// ---- the receipt
function readReceipt(bytes) {
  if (bytes.length > RECEIPT_MAX) throw malformed("receipt", `at most ${RECEIPT_MAX} bytes`, String(bytes.length));
  if (bytes[bytes.length - 1] !== 10) throw malformed("receipt", "one line with its newline");
  const value = readCanonical(decodeUtf8(bytes.slice(0, -1), "canonical JSON"));
  if (!isObject(value) || value.receipt !== FORM) throw malformed("receipt", `receipt ${FORM}`);
  if (Object.keys(value).sort().join() !== MEMBERS) throw malformed("receipt", `members ${MEMBERS}`, show(Object.keys(value)));
  const text = (item, place) => { if (typeof item !== "string") throw malformed(place, "text", typeof item); };
  if (!Array.isArray(value.disclosures)) throw malformed("receipt disclosures", "an array");
  const stated = value.author_key;
  if (stated !== null && (!isObject(stated) || Object.keys(stated).sort().join() !== "leaf,proof")) {
    throw malformed("receipt author_key", "null, or a leaf and a proof");
  }
  text(value.leaf, "receipt leaf");
  value.disclosures.forEach((item) => text(item, "receipt disclosures"));
  text(value.proof, "receipt proof");
  text(value.log_key, "receipt log_key");
  for (const item of stated ? [stated.leaf, stated.proof] : []) text(item, "receipt author_key");
  return value;
}
async function reveal(payload, texts) {
  const available = new Map();
  for (const text of texts) {
    if (/[^\u0000-\u007f]/.test(text)) throw malformed("disclosure", "base64url", show(text));
    const key = await digestOf(text);
    if (available.has(key)) throw tampered("disclosures", "each once", `${key} twice`);
    available.set(key, text);
  }
  const opened = openPayload(payload, available);
  for (const key of available.keys()) {
    if (!opened.used.has(key)) throw tampered("disclosures", "only those named by a digest in the payload", key);
  }
  return opened;
}
const knowsLog = (trust) => trust.logKey || trust.policy?.logs.length;
const policies = () => OrebookPolicy({ malformed, tampered, show, fromBase64, publicKey, verifies, sha256, hex, joined, checkName, utf8 });
async function placed(leaf, proof, trust, lines) {
  const { logKey, policy } = trust, { origin, size, root } = proof.head, knows = knowsLog(trust);
  const opened = !knows ? null : policy ? await policies().evaluate(policy, proof, trust, lines) : await openNote(proof.note, logKey);
  if (knows && !policy && logKey.name !== origin) throw tampered("checkpoint origin", `that of a key that signed (${logKey.name})`, show(origin));
  await verifyInclusion(proof.index, size, await leafHash(leaf.bytes), proof.path, root);
  const place = `entry ${proof.index} under the head of ${size} entries of ${origin}`;
  if (!knows || opened.unable) {
    lines.open(knows ? "the log's signature: this browser has no Ed25519" : "the log's signature: no key of the log was given from elsewhere");
    lines.notChecked.push(`${place}: the path fits, the head is not vouched for`);
    if (!knows) lines.notChecked.push("witnesses: without a key of the log they vouch for nothing");
    return;
  }
  if (!policy) lines.proved.push(`the log ${origin} has signed a head of ${size} entries`);
  lines.proved.push(`this statement is ${place}, byte for byte`);
  lines.notChecked.push(...(policy ? opened.seen : [`witnesses: no policy was given (${opened.unknown} signature(s) not looked at)`]));
}
async function statedKey(stated, kid, { index, head: { origin } }, trust, lines) {
  const leaf = readLeaf(stated.leaf), proof = await readProof(stated.proof);
  const apart = newLines();
  await placed(leaf, proof, trust, apart);
  if (apart.undecided && knowsLog(trust)) lines.open("the entry that names the author's key: its head does not meet your policy");
  if (proof.head.origin !== origin) throw tampered("author key statement", `an entry of ${origin}`, show(proof.head.origin));
  if (proof.index > index) throw tampered("author key statement", `an entry before ${index}`, `entry ${proof.index}`);
  const word = (value = "") => String(value), list = (value) => (Array.isArray(value) ? value : []);
  const keys = list(leaf.payload.keys).map((jwk) => [fromJwk(jwk), word(leaf.payload.author)]);
  for (const fact of list(leaf.payload.facts)) {
    if (!isObject(fact) || !("public_key" in fact)) continue;
    if (typeof fact.public_key !== "string") throw malformed("author key", "text");
    keys.push([readKey(fact.public_key), word(fact.party)]);
  }
  for (const [key, holder] of keys) if (await thumbprint(key) === kid) return { key, holder, index: proof.index };
  throw tampered("author key statement", `a key named ${show(kid)}`, `${keys.length} other key(s)`);
}
const readKey = (text) => publicKey(fromBase64url(text, "author key"));
function fromJwk(jwk) {
  if (!isObject(jwk) || jwk.kty !== "OKP" || jwk.crv !== "Ed25519") throw malformed("JWK", "kty OKP with crv Ed25519");
  if ("d" in jwk) throw malformed("JWK", "a public key only", "a private member d");
  if (typeof jwk.x !== "string") throw malformed("JWK x", "base64url text");
  return publicKey(fromBase64url(jwk.x, "JWK x"));
}
const newLines = () => ({ proved: [], notChecked: [], undecided: false, open(line) { this.undecided = true; this.notChecked.push(line); } });

async function signedBy(receipt, leaf, entry, trust, lines) {
  const kid = leaf.header.kid;
  const named = receipt.author_key && await statedKey(receipt.author_key, kid, entry, trust, lines);
  const key = trust.authorKey || (named && named.key);
  if (!key) return lines.open("the author's signature: neither given from elsewhere nor stated by the log");
  const holds = await verifies(key, leaf.signed, leaf.signature);
  if (holds === false) throw tampered("JWS signature", `one by key ${await thumbprint(key)}`, `kid ${show(kid)}`);
  if (holds === null) return lines.open("the author's signature: this browser has no Ed25519");
  const author = String(leaf.payload.author ?? "");
  if (trust.authorKey) {
    lines.proved.push(`the key ${await thumbprint(key)}, given by you, has signed it`);
  } else if (!knowsLog(trust)) {
    lines.notChecked.push(`whose key ${kid} is: it fits, the log that states it is unproved`);
  } else {
    lines.proved.push(`the key ${kid} has signed it, which entry ${named.index} of the log names`);
    lines.notChecked.push(`whose key that is: entry ${named.index} says so; none was given from elsewhere`);
  }
  if (named && author !== named.holder) lines.notChecked.push(`whether ${show(author)} agrees: the key is stated as that of ${show(named.holder)}`);
}
async function check(bytes, trust) {
  const lines = newLines();
  let hint = "";
  try {
    const receipt = readReceipt(bytes);
    hint = receipt.log_key;
    const leaf = readLeaf(receipt.leaf);
    const opened = await reveal(leaf.payload, receipt.disclosures);
    const proof = await readProof(receipt.proof);
    await placed(leaf, proof, trust, lines);
    const { origin, size, root } = proof.head;
    if ("book" in opened.shown && opened.shown.book !== origin) throw tampered("statement book", origin, show(opened.shown.book));
    await signedBy(receipt, leaf, proof, trust, lines);
    const count = receipt.disclosures.length;
    if (count) lines.proved.push(`the ${count} disclosed value(s) are those sealed in the statement`);
    if (opened.sealed) lines.notChecked.push(`${opened.sealed} digest(s) not opened: sealed values or decoys`);
    lines.notChecked.push("a later head: whether the log still tells this history needs a newer proof",
      "revocation: whether the key was revoked before this entry is not in a receipt",
      "truth: a signature says who stated it, not that it is so");
    const statement = { entry: hex(await leafHash(leaf.bytes)), index: String(proof.index), origin,
      size: String(size), root: hex(root), kid: leaf.header.kid, sealed: opened.sealed, payload: writeJson(opened.shown) };
    return { outcome: lines.undecided ? "undecided" : "proved", proved: lines.proved, notChecked: lines.notChecked, refusal: null, statement, hint };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, place, expected, found } = error;
    return { outcome: code === "log.tampered" ? "refused" : "unreadable", proved: [], notChecked: [],
      refusal: { code, place, expected, found }, statement: null, hint };
  }
}
async function readTrust(key, authorKey, policy = "") { // a policy's text
  return { logKey: key.trim() ? await readVkey(key.trim()) : null,
    authorKey: authorKey.trim() ? readKey(authorKey.trim()) : null,
    policy: policy.trim() ? await policies().read(policy) : null, now: Math.floor(Date.now() / 1000) };
}
globalThis.OrebookVerify = Object.freeze({ check, readTrust });
})();
