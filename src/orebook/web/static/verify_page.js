// The page around verify.js: a file and keys in, lines of text out.
"use strict";
(() => {
const at = (id) => document.getElementById(id);
const TITLES = { proved: "Proved", refused: "Refused: this receipt does not hold",
  undecided: "Not decided: nothing fails, and a key to prove it was lacking",
  unreadable: "Unreadable: this is no receipt, or a part of it is out of form" };
let dropped = null;

function say(outcome, title, groups) {
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const parts = [make("h2", title)];
  for (const [name, lines] of groups) {
    if (!lines.length) continue;
    const list = document.createElement("ul");
    list.append(...lines.map((line) => make("li", line)));
    parts.push(make("h3", name), list);
  }
  at("answer").dataset.outcome = outcome;
  at("answer").replaceChildren(...parts);
  at("answer").focus();
}
async function run(event) {
  event.preventDefault();
  const file = dropped || at("file").files[0];
  if (!file) return say("none", "No receipt was given", []);
  const written = at("policy").value, policy = written && !written.endsWith("\n") ? `${written}\n` : written;
  let trust;
  try {
    trust = await OrebookVerify.readTrust(at("key").value, at("author").value, policy);
  } catch (error) {
    return say("key", "A key or the policy cannot be used", [["Why", [error.message]]]);
  }
  const verdict = await OrebookVerify.check(new Uint8Array(await file.arrayBuffer()), trust);
  at("answer").dataset.verdict = JSON.stringify(verdict);
  const { refusal: no, statement: it } = verdict;
  say(verdict.outcome, TITLES[verdict.outcome], [
    ["Why", no ? [`${no.place}: expected ${no.expected}, found ${no.found || "other"}`] : []],
    ["Proved", verdict.proved], ["Not checked here", verdict.notChecked],
    ["The key that the receipt names, shown and not trusted", verdict.hint ? [verdict.hint] : []],
    ["The statement", it ? [`entry ${it.index}, leaf ${it.entry}`, `head of ${it.size} entries, root ${it.root}`, it.payload] : []],
  ]);
}
at("form").addEventListener("submit", run);
at("file").addEventListener("change", () => { dropped = null; });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  dropped = event.dataTransfer.files[0] || null;
  run(event);
});
})();
