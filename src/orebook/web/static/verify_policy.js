// The reader's policy in the browser: which logs, which witnesses, how many of them are enough. A
// twin of orebook/log/policy.py (C2SP tlog-policy, tlog-cosignature); verify.js hands it its tools.
"use strict";
globalThis.OrebookPolicy = (tools) => {
const { malformed, tampered, show, fromBase64, publicKey, verifies, sha256, hex, joined, checkName, utf8 } = tools;
const POLICY_MAX = 1000000, LINES_MAX = 4096, TIME_MAX = 2n ** 63n - 1n, NONE = "none";
const AHEAD_MAX = 300; // seconds
const KINDS = { 1: "log", 4: "witness", 6: "either" }; // 06 is ML-DSA-44, which no browser verifies

async function readKey(vkey, wanted, place) {
  const [, name, id, material] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(vkey) || [];
  if (material === undefined) throw malformed("verifier key", "name+id+base64", show(vkey));
  const raw = fromBase64(material, "verifier key material"), kind = raw[0];
  if (![wanted, "either"].includes(KINDS[kind])) throw malformed(place, `a key of a ${wanted}`, `type ${kind}`);
  checkName(name);
  if (kind === 6) {
    if (raw.length !== 1313) throw malformed("ML-DSA-44 public key", "1312 bytes", String(raw.length - 1));
  } else {
    publicKey(raw.slice(1));
  }
  const known = hex((await sha256(joined(utf8.encode(`${name}\n`), raw))).slice(0, 4));
  if (id !== known) throw malformed("verifier key id", known, show(id));
  return { name, id, kind, key: raw.slice(1), who: `${name}+${id}`, checkable: kind !== 6 };
}

async function read(text) { // refuses what parse_policy refuses, with its place
  if (utf8.encode(text).length > POLICY_MAX) throw malformed("policy", `at most ${POLICY_MAX} bytes`, "more");
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw malformed("policy, byte", "no control characters");
  if (!text.endsWith("\n")) throw malformed("policy", "a newline at the end of each line", show(text.slice(-20)));
  const lines = text.split("\n"), policy = { logs: [], witnesses: [], groups: [], quorum: null };
  if (lines.length > LINES_MAX) throw malformed("policy", `at most ${LINES_MAX} lines`, String(lines.length));
  const names = new Set(), members = new Set();
  const fresh = (place, name) => {
    if (name === NONE || names.has(name)) throw malformed(place, "a name that is not taken", show(name));
    names.add(name);
    return name;
  };
  const once = (list, key, place, what) => {
    const twin = list.some((other) => hex(other.key) === hex(key.key));
    if (twin) throw malformed(place, `each ${what}'s key once`, show(key.name));
  };
  for (const [number, line] of lines.entries()) {
    const trimmed = line.replace(/^[ \t]+|[ \t]+$/g, ""), place = `policy, line ${number + 1}`;
    if (!trimmed || trimmed.startsWith("#")) continue;
    const [word, ...rest] = trimmed.split(/[ \t]+/);
    if (word === "log") {
      if (rest.length < 1 || rest.length > 2) throw malformed(place, "log VKEY [URL]", `${rest.length} words after log`);
      const key = await readKey(rest[0], "log", place);
      once(policy.logs, key, place, "log");
      policy.logs.push(key);
    } else if (word === "witness") {
      if (rest.length < 2 || rest.length > 3) throw malformed(place, "witness NAME VKEY [URL]", `${rest.length} words after witness`);
      const label = fresh(place, rest[0]), key = await readKey(rest[1], "witness", place);
      once(policy.witnesses, key, place, "witness");
      policy.witnesses.push({ ...key, label });
    } else if (word === "group") {
      if (rest.length < 3) throw malformed(place, "group NAME all|any|K MEMBER…", `${rest.length} words`);
      const [name, count, ...listed] = rest;
      for (const member of listed) {
        if (!names.has(member)) throw malformed(place, "members defined above", show(member));
        if (members.has(member)) throw malformed(place, "each name a member at most once", show(member));
        members.add(member);
      }
      const threshold = { all: listed.length, any: 1 }[count] ?? (/^[1-9][0-9]{0,8}$/.test(count) ? Number(count) : 0);
      if (threshold < 1 || threshold > listed.length) throw malformed(place, `all, any or a number from 1 to ${listed.length}`, show(count));
      policy.groups.push({ name: fresh(place, name), threshold, members: listed });
    } else if (word === "quorum") {
      if (rest.length !== 1) throw malformed(place, "quorum NAME", `${rest.length} words after quorum`);
      if (policy.quorum !== null) throw malformed(place, "one quorum line", "a second");
      if (rest[0] !== NONE && !names.has(rest[0])) throw malformed(place, "a witness or group defined above, or none", show(rest[0]));
      policy.quorum = rest[0];
    } else {
      throw malformed(place, "log, witness, group or quorum", show(word));
    }
  }
  if (policy.quorum === null) throw malformed("policy", "one line 'quorum NAME'", "none");
  return policy;
}
function words(name, policy) {
  if (name === NONE) return "no witness";
  const group = policy.groups.find((one) => one.name === name);
  if (!group) return `witness ${name}`;
  const inner = group.members.map((m) => (policy.groups.some((one) => one.name === m) ? `(${words(m, policy)})` : m));
  return `${group.threshold} of ${group.members.length}: ${inner.join(", ")}`;
}
function timeOf(value) { // the time of a timestamped signature, or null where it is none
  if (value.length <= 8) return null;
  const time = BigInt(`0x${hex(value.slice(0, 8))}`);
  return time > TIME_MAX ? null : time;
}
async function holds(key, text, value) { // true, false, or null where this browser has no Ed25519
  if (key.kind === 1) return verifies(key.key, utf8.encode(text), value);
  const time = timeOf(value);
  if (time === null) return false;
  return verifies(key.key, utf8.encode(`cosignature/v1\ntime ${time}\n${text}`), value.slice(8));
}

// Puts what the signatures of a head are worth into lines; refuses a bad one of any key it knows.
async function evaluate(policy, { note, head }, { logKey, now }, lines) {
  let logs = policy.logs.filter((key) => key.checkable);
  if (policy.logs.length && !logs.length) throw malformed("ML-DSA-44", "a log key that a browser can check", "none");
  if (logKey) {
    const own = { ...logKey, kind: 1, who: `${logKey.name}+${logKey.id}` };
    if (policy.logs.length && !logs.some((key) => key.who === own.who)) throw tampered("log key", "a log of the policy", show(own.name));
    if (!policy.logs.length) logs = [own];
  }
  const known = new Map([...logs, ...policy.witnesses.filter((key) => key.checkable)].map((key) => [key.who, key]));
  const signed = new Set(), unable = new Set(), times = new Map();
  for (const { name, id, value } of note.signatures) {
    const who = `${name}+${id}`, key = known.get(who), time = timeOf(value) ?? 0n;
    if (time >= (times.get(who) ?? 0n)) times.set(who, time);
    if (!key) continue;
    const good = await holds(key, note.text, value);
    if (good === false) throw tampered(`signature of ${name}`, "a signature over this text", "another");
    (good ? signed : unable).add(who);
  }
  if (!signed.size && !unable.size) throw tampered("note", "a signature of a known key", "none");
  const ours = logs.filter((key) => (signed.has(key.who) || unable.has(key.who)) && key.name === head.origin);
  if (!ours.length) throw tampered("checkpoint", "a signature of a log of the policy", "none");
  if (!ours.some((key) => signed.has(key.who))) return { unable: true, seen: [] };
  const counted = [], seen = [];
  const clock = ({ who }) => {
    const time = times.get(who), date = new Date(Number(time) * 1000);
    return isNaN(date) ? `${time} s after 1970` : date.toISOString().replace(".000", "");
  };
  for (const witness of policy.witnesses) {
    const { who, label } = witness, why = !times.has(who) ? "it has not signed this head"
      : !signed.has(who) ? "its kind of signature"
      : times.get(who) > now + AHEAD_MAX ? `it signed ${clock(witness)}, by the clock here a time to come` : "";
    if (why) seen.push(`witness ${label}: ${why}`); else counted.push(witness);
  }
  const stands = new Set([NONE, ...counted.map((witness) => witness.label)]);
  for (const group of policy.groups) {
    if (group.members.filter((member) => stands.has(member)).length >= group.threshold) stands.add(group.name);
  }
  const needed = words(policy.quorum, policy);
  lines.proved.push(`the log ${head.origin} has signed a head of ${head.size} entries`);
  if (stands.has(policy.quorum)) lines.proved.push(`your policy is met: it needs ${needed}`);
  else lines.open(`your policy is not met: it needs ${needed}`);
  for (const witness of counted) lines.proved.push(`witness ${witness.label} saw this head, by its clock ${clock(witness)}`);
  const listed = [...policy.logs, ...policy.witnesses].map((key) => key.who);
  for (const who of times.keys()) {
    if (!listed.includes(who) && !who.startsWith(`${head.origin}+`)) seen.push(`signature of ${who}: a key your policy does not name`);
  }
  return { unable: false, seen };
}
return Object.freeze({ read, evaluate });
};
