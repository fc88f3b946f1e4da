// The desk's page. Whatever a document, certificate or server says becomes text, never markup.
"use strict";

const SIDE_BY_SIDE = 4;
const LEVELS = { refuse: ["problem", "✗ Problem"], warn: ["warning", "! Warning"], inform: ["", "Note"] };
const SIGNS = { Passed: "✓ Passed", Failed: "✗ Failed", Indeterminate: "? Indeterminate" };
const OUTCOMES = { refused: "REFUSED", warned: "warning", informed: "note", passed: "passed", "not-applicable": "–" };
const PIN_NOTES = {
  page: "",
  pad: "The PIN is entered at the token’s own pad, once you have chosen to sign.",
  pinentry: "Pinentry asks for the PIN in a window of its own, once you have chosen to sign.",
  configured: "The PIN comes from where the configuration says; nobody is asked.",
};

let session = "";
let desk = { signers: [] };
let review = null;
const queue = [];
const counts = { Passed: 0, Indeterminate: 0, Failed: 0, "Not judged": 0 };
let running = 0;
let arrived = 0;

const find = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class DeskError extends Error {
  constructor(problem) {
    super(problem.message);
    this.problem = problem;
  }
}

async function call(method, path, query = {}, body = undefined) {
  let response;
  try {
    const headers = session ? { "Iki-Session": session } : {};
    const address = `${path}?${new URLSearchParams(query)}`;
    response = await fetch(address, { method, headers, body, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch {
    throw new DeskError({ message: "the desk did not take this, or does not answer", hint: "can the file be read? was the desk closed in the terminal?" });
  }
  if (response.ok) return response;
  let problem = { message: `the desk answered ${response.status}`, hint: "" };
  try { problem = await response.json(); } catch { /* as it is */ }
  if (problem.code === "desk-session") showTrouble(problem);
  throw new DeskError(problem);
}

const ask = async (...what) => (await call(...what)).json();

function describeProblem(problem) {
  const lines = [make("p", {}, make("strong", {}, "Not done: "), problem.message ?? String(problem))];
  if (problem.hint) lines.push(make("p", {}, `What helps: ${problem.hint}`));
  if (problem.findings?.length) lines.push(drawFindings(problem.findings));
  return lines;
}

function showTrouble(problem) {
  find("trouble").replaceChildren(...describeProblem(problem));
  find("trouble").hidden = false;
}

function problemOf(error) {
  return error instanceof DeskError ? error.problem : { message: `${error.name}: ${error.message}`, hint: "reload the page" };
}

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Verifying ------------------------------------------------------------------------------------------------

const SUFFIXES = [".countersigned.p7s", ".p7s"];

// Signatures that came with the file they are over; as the command does, the countersigned one is looked at.
function pairFiles(files) {
  const found = new Map(files.map((file) => [file.name, file]));
  const pairs = [];
  for (const file of files) {
    const beside = SUFFIXES.map((suffix) => found.get(file.name + suffix)).filter(Boolean);
    const name = SUFFIXES.map((suffix) => file.name.endsWith(suffix) && file.name.slice(0, -suffix.length)).find(Boolean);
    if (!name || !found.has(name)) pairs.push([file, ...beside]);
  }
  return pairs;
}

function addFiles(files) {
  for (const [file, signature, other] of pairFiles([...files])) {
    arrived += 1;
    const beside = [signature && `with ${signature.name}`, other && `without ${other.name}, which it takes the place of`];
    const name = make("th", { scope: "row" }, file.name, ...beside.filter(Boolean).map((text) => make("small", {}, text)));
    const row = make("tr", {}, name, make("td", { class: "state" }, tag("waiting", "… waiting")), make("td"), make("td"), make("td"));
    find("rows").append(row);
    queue.push([file, signature, row, find("require").value]);
  }
  find("verdicts").hidden = arrived === 0;
  summarise();
  while (running < SIDE_BY_SIDE && queue.length) work();
}

async function work() {
  running += 1;
  for (let next = queue.shift(); next; next = queue.shift()) await judge(...next);
  running -= 1;
}

async function judge(file, signature, row, require) {
  row.cells[1].replaceChildren(tag("waiting", "… judging"));
  try {
    if (file.size > desk.max_octets) throw new DeskError({ message: `larger than the ${desk.max_octets} octets that the desk takes`, hint: "is it the right file?" });
    if (!signature && file.name.toLowerCase().endsWith(".p7s")) throw new DeskError({ message: "a signature; what it is over is another file", hint: "drop both at once" });
    const query = { name: file.name, require, ...(signature ? { signature: signature.name, front: signature.size } : {}) };
    showVerdict(row, await ask("POST", "/api/verify", query, signature ? new Blob([signature, file]) : file));
  } catch (error) {
    const problem = problemOf(error);
    counts["Not judged"] += 1;
    row.cells[1].replaceChildren(tag("problem", "✗ Not judged"));
    row.cells[3].replaceChildren(problem.message, ...(problem.hint ? [make("small", {}, problem.hint)] : []));
  }
  summarise();
}

function showVerdict(row, verdict) {
  counts[verdict.word] += 1;
  row.cells[0].firstChild.textContent = verdict.name;
  const code = [verdict.verdict, verdict.sub_indication].filter(Boolean).join(", ");
  const reserve = verdict.word === "Passed" && verdict.warnings ? ` with ${verdict.warnings} warning${verdict.warnings > 1 ? "s" : ""}` : "";
  row.cells[1].replaceChildren(tag(verdict.word.toLowerCase(), `${SIGNS[verdict.word]}${reserve}`), make("small", {}, code));
  row.cells[2].replaceChildren(...verdict.signers.split("; ").map((text) => make("div", {}, text || "none")));
  const found = [[verdict.problems, "problem"], [verdict.warnings, "warning"]].filter(([count]) => count);
  row.cells[3].replaceChildren(found.map(([count, word]) => `${count} ${word}${count > 1 ? "s" : ""}`).join(", ") || "none");
  if (verdict.first_finding) row.cells[3].append(make("small", {}, verdict.first_finding));
  const link = make("a", { href: verdict.report, target: "_blank", rel: "noopener noreferrer" }, "Report");
  link.append(make("span", { class: "hidden-input" }, ` of ${verdict.name}, in a new tab`));
  row.cells[4].replaceChildren(link);
}

const tag = (kind, text) => make("span", { class: `tag ${kind}` }, text);

function summarise() {
  const judged = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(counts).filter(([, count]) => count).map(([word, count]) => `${count} ${word.toLowerCase()}`);
  find("summary").textContent = `${judged} of ${arrived} documents judged${parts.length ? `: ${parts.join(", ")}` : ""}.`;
  find("csv").disabled = find("clear").disabled = judged < arrived;
}

async function saveCSV() {
  try { save(await (await call("GET", "/api/verdicts.csv")).blob(), "verdicts.csv"); } catch (error) { showTrouble(problemOf(error)); }
}

async function clearDesk() {
  try { await ask("POST", "/api/clear"); } catch (error) { showTrouble(problemOf(error)); return; }
  for (const word of Object.keys(counts)) counts[word] = 0;
  arrived = 0;
  find("rows").replaceChildren();
  find("verdicts").hidden = true;
  find("done").hidden = true;
  closeReview();
  find("files").focus();
}

// Signing --------------------------------------------------------------------------------------------------

function drawFindings(findings) {
  if (!findings.length) return make("p", {}, "None.");
  const rows = findings.map((finding, index) => {
    const [kind, word] = LEVELS[finding.level];
    const said = make("td", {}, finding.message, ...(finding.hint ? [make("small", {}, finding.hint)] : []));
    return make("tr", {}, make("th", { scope: "row" }, String(index + 1)), make("td", { class: "state" }, tag(kind, word)), make("td", {}, finding.where), said, make("td", {}, finding.code, make("small", {}, finding.clause)));
  });
  return drawTable(["No.", "Level", "Where", "What", "Rule"], rows);
}

function drawTable(headings, rows) {
  const head = make("tr", {}, ...headings.map((text) => make("th", { scope: "col" }, text)));
  return make("div", { class: "wide" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function drawEntries(entries) {
  if (!entries) return [make("p", {}, "This document cannot be shown as a workbook.")];
  const headings = ["Row", ...entries.columns.map(([letters, text]) => (text ? `${letters}: ${text}` : letters))];
  if (entries.has_beyond) headings.push("Further cells");
  const rows = entries.rows.map((row) => make("tr", {}, make("th", { scope: "row" }, String(row.number)), ...row.cells.map(drawCell), ...(entries.has_beyond ? [make("td", {}, row.beyond)] : [])));
  const table = drawTable(headings, rows);
  table.className = "entries";
  for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", "Entries"]]) table.setAttribute(name, value);
  const more = entries.more_rows ? ` ${entries.more_rows} more rows are signed as well, and not shown here.` : "";
  return [make("p", {}, `Sheet ${entries.sheet}, ${entries.rows.length} ${entries.rows.length === 1 ? "entry" : "entries"}.${more}${entries.hash_first ? " The column of the Hash stands first." : ""} The signature covers the whole workbook.`), table];
}

function drawCell(cell) {
  if (!cell) return make("td");
  const attributes = { ...(cell.stored ? { title: cell.stored } : {}), ...(cell.findings.length ? { class: "marked" } : {}) };
  const box = make("td", attributes, cell.text);
  if (cell.is_formula) box.append(make("small", {}, "formula"));
  if (cell.findings.length) box.append(" ", make("span", { class: "mark" }, `→ finding ${cell.findings.join(", ")}`));
  return box;
}

function drawRules(rules) {
  return drawTable(["Rule", "Answer", "What it looked at"], rules.map((rule) =>
    make("tr", {}, make("th", { scope: "row" }, rule.code), make("td", { class: "state" }, OUTCOMES[rule.outcome]), make("td", {}, ...rule.evidence.map((text) => make("div", {}, text))))));
}

async function lookAt(event) {
  event.preventDefault();
  closeReview();
  find("done").hidden = true;
  const file = find("document").files[0];
  if (!file) return;
  find("progress").textContent = `Looking at ${file.name}…`;
  const image = find("image-file").files[0];
  const query = { signer: find("signer").value, name: file.name, image: find("image").value.trim() };
  if (image) Object.assign(query, { front: image.size, image_name: image.name, part: find("part").value, part_value: find("part-value").value });
  try {
    if (image && image.size > desk.max_image_octets) throw new DeskError({ message: `${image.name} is larger than the ${desk.max_image_octets} octets that the desk hashes`, hint: "type the Hash that `iki cpl hash IMAGE` prints" });
    if (image && !image.size) throw new DeskError({ message: `${image.name} is empty`, hint: "is it the right file?" });
    if (file.size > desk.max_octets) throw new DeskError({ message: `${file.name} is larger than the ${desk.max_octets} octets that the desk takes` });
    review = await ask("POST", "/api/reviews", query, image ? new Blob([image, file]) : file);
    review.pin = desk.signers.find((signer) => signer.name === query.signer).pin;
    showReview();
  } catch (error) {
    showRefusal(error);
  }
  find("progress").textContent = "";
}

function showReview() {
  const { explanation, refuses, confirmation } = review;
  const verb = explanation.operation === "sign" ? "Sign" : "Countersign";
  find("review-title").textContent = `${verb} ${review.name} as ${explanation.signer}`;
  const state = refuses ? ["problem", "✗ Refused"] : confirmation ? ["warning", "! Allowed, with warnings"] : ["passed", "✓ Allowed"];
  find("review-verdict").replaceChildren(tag(...state), refuses ? " Policy refuses this; it cannot be signed." : " The rules are asked once more when you sign.");
  const facts = { "Signer": `${review.display_name} (${explanation.role})`, "Certificate": `serial ${explanation.certificate.serial}`, "Document": `SHA-256 ${explanation.sha256}`, "Policy": explanation.policy.where };
  for (const image of review.images) facts[`Image ${image.file}`] = `Hash ${image.hash} (${image.what})`;
  find("review-facts").replaceChildren(...Object.entries(facts).flatMap(([what, value]) => [make("dt", {}, what), make("dd", {}, value)]));
  find("review-findings").replaceChildren(drawFindings(review.findings));
  find("review-entries").replaceChildren(...drawEntries(review.entries));
  find("review-rules").replaceChildren(drawRules(explanation.rules));
  find("confirm").hidden = refuses;
  showWhen(".when-warned", Boolean(confirmation));
  showWhen(".when-asked", review.pin === "page");
  showWhen(".when-stamped", Boolean(desk.tsa));
  document.querySelector("label[for=confirmation]").textContent = `Type ${confirmation} to confirm`;
  find("pin-note").textContent = PIN_NOTES[review.pin];
  find("do-sign").textContent = verb;
  find("review").hidden = false;
  checkConfirmation();
  find("review-title").focus();
}

function showWhen(selector, wanted) {
  for (const element of document.querySelectorAll(selector)) element.hidden = !wanted;
}

function checkConfirmation() {
  find("do-sign").disabled = Boolean(review?.confirmation) && find("confirmation").value !== review.confirmation;
}

function takePIN() {
  const octets = new TextEncoder().encode(find("pin").value);
  find("pin").value = "";
  return octets;
}

async function signIt(event) {
  event.preventDefault();
  if (!review || find("do-sign").disabled) return;
  find("refusal").hidden = true;
  find("do-sign").disabled = find("leave").disabled = true;
  find("progress").textContent = "The token is asked…";
  const pin = takePIN();
  const listening = setInterval(() => listen(review), 700);
  try {
    const answered = call("POST", `/api/reviews/${review.review}/sign`, { confirmation: find("confirmation").value, timestamp: find("timestamp").checked ? "yes" : "no" }, pin);
    pin.fill(0);
    await showSigned(await (await answered).json());
  } catch (error) {
    showRefusal(error);
    checkConfirmation();
  } finally {
    clearInterval(listening);
    find("leave").disabled = false;
    find("progress").textContent = "";
  }
}

async function listen(about) {
  try {
    const { notices } = await ask("GET", `/api/reviews/${about.review}/notices`);
    if (notices.length) find("progress").textContent = notices.at(-1);
  } catch { /* the answer to the signature says what is wrong */ }
}

async function showSigned(done) {
  closeReview();
  const verb = done.operation === "sign" ? "Signed" : "Countersigned";
  const again = make("button", { type: "button" }, `Save ${done.name} again`);
  const download = async () => save(await (await call("GET", `/api/signed/${done.signed}`)).blob(), done.name);
  again.addEventListener("click", () => download().catch((error) => showTrouble(problemOf(error))));
  find("done").replaceChildren(
    make("p", {}, make("strong", {}, `✓ ${verb} `), `as ${done.role} by ${done.display_name}: ${done.name}`),
    make("p", { class: "mono" }, `SHA-256 ${done.sha256}`),
    make("p", {}, `${done.next}.`),
    ...(done.findings.length ? [drawFindings(done.findings)] : []),
    make("p", {}, again),
  );
  find("done").hidden = false;
  find("done").focus();
  find("choose").reset();
  await download();
}

function showRefusal(error) {
  find("refusal").replaceChildren(...describeProblem(problemOf(error)));
  find("refusal").hidden = false;
  find("refusal").focus();
}

function showPart() {
  const wanted = { element: "Tag of the element", range: "From octet A up to octet B, as A:B" }[find("part").value];
  find("part-value").hidden = !wanted;
  find("part-value").required = Boolean(wanted);
  find("part-value").setAttribute("aria-label", wanted ?? "");
  find("part-value").placeholder = { element: "0x0000", range: "A:B" }[find("part").value] ?? "";
}

function closeReview() {
  review = null;
  find("confirm").reset();
  find("review").hidden = true;
  find("refusal").hidden = true;
}

async function leaveReview() {
  const left = review;
  closeReview();
  find("choose").reset();
  find("document").focus();
  if (left) await ask("POST", `/api/reviews/${left.review}/leave`).catch(() => {});
}

// Opening --------------------------------------------------------------------------------------------------

function listenToPerson() {
  find("files").addEventListener("change", () => { addFiles(find("files").files); find("files").value = ""; });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      find("drop").classList.toggle("over", name === "dragover");
      if (name === "drop") addFiles(event.dataTransfer.files);
    });
  }
  find("csv").addEventListener("click", saveCSV);
  find("clear").addEventListener("click", clearDesk);
  find("choose").addEventListener("submit", lookAt);
  find("confirm").addEventListener("submit", signIt);
  find("confirmation").addEventListener("input", checkConfirmation);
  find("part").addEventListener("change", showPart);
  find("choose").addEventListener("reset", () => setTimeout(showPart));
  find("leave").addEventListener("click", leaveReview);
}

async function open() {
  const token = location.hash.slice(1);
  history.replaceState(null, "", "/");
  try {
    desk = await ask("POST", "/api/session", {}, token);
  } catch (error) {
    find("who").textContent = "Not open.";
    showTrouble(problemOf(error));
    return;
  }
  session = desk.session;
  delete desk.session;
  find("who").textContent = `for ${desk.requester}, on this machine alone`;
  find("foot").textContent = `iki ${desk.version}, configuration ${desk.configuration}. Nothing here is kept: what is on the desk goes with it, and the record of signatures stays.`;
  find("limits").textContent = `up to ${desk.max_documents} at a time, each of up to ${Math.floor(desk.max_octets / 1048576)} MiB; they stay on this machine`;
  find("signer").replaceChildren(...desk.signers.map((signer) => make("option", { value: signer.name }, `${signer.name} – ${signer.operation}s as ${signer.role}`)));
  find("sign").hidden = !desk.signers.length;
  find("tsa").textContent = desk.tsa ?? "";
  listenToPerson();
  find("desk").hidden = false;
}

open();
