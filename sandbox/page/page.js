// The page of the sandbox Jira. Everything that is shown follows from what the sandbox answers; nothing is kept here but
// which ticket is looked at. parts.js draws, patch.js brings up to date.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { ticket: decodeURIComponent(location.hash.slice(1)) || null, people: {}, site: null, tickets: [], mark: "" };

async function call(path, wish) {
  const options = wish === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) };
  const answer = await fetch("/sandbox/api" + path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

function problem(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

// -- everything ---------------------------------------------------------------------------------------------

async function refresh() {
  const as = `as=${encodeURIComponent($("as").value)}`;
  const [tickets, site, turns] = await Promise.all([call(`/tickets?${as}`), call("/site"), call("/turns")]);
  state.tickets = tickets;
  const wanted = state.ticket;
  if (!tickets.some((one) => one.key === wanted)) {
    const shown = await ticketOf(wanted, tickets);
    if (state.ticket === wanted) state.ticket = shown;
  }
  const ticket = state.ticket ? await call(`/ticket/${encodeURIComponent(state.ticket)}?${as}`) : null;
  state.site = site;
  clock(site);
  patch($("tickets"), ...tickets.map(row));
  patch($("ticket"), ...(ticket ? ticketParts(ticket) : [el("p", { class: "soft" }, "No ticket yet.")]));
  patch($("turns"), ...turns.reverse().map(turn));
  const words = nextStep(ticket), tone = ticket?.standing?.tone || "";
  if ($("next").textContent !== words) $("next").textContent = words;
  for (const place of [$("next"), $("ticket")]) place.dataset.tone = tone;
  const rules = site.rules === 1 ? "One rule tells the worker of changes." : site.rules ? `${site.rules} rules tell the worker of changes.` : "None yet. docs/without-administrator.md tells what it is for.";
  if ($("rules").textContent !== rules) $("rules").textContent = rules;
}

// A link may name an evaluation: then its ticket is shown. A ticket may be newer than the list.
async function ticketOf(key, tickets) {
  const found = key ? await call(`/ticket/${encodeURIComponent(key)}?as=${encodeURIComponent($("as").value)}`).catch(() => null) : null;
  return found?.parent || found?.key || tickets[0]?.key || null;
}

function clock(site) {
  $("clock").textContent = moment(site.now);
  $("follows").textContent = site.followed ? "The worker follows this clock." : `No worker follows this clock: start it with SANDBOX_CLOCK=${site.url}`;
  $("follows").classList.toggle("amber-word", !site.followed);
  patch($("jumps"), ...site.jumps.map((one) => button(one.why ? `${one.label}: ${one.why}` : one.label, { "data-do": "jump", "data-at": one.at, class: "small" })));
}

function dress(site) {
  state.site = site;
  state.people = Object.fromEntries(site.people.map((one) => [one.nick, one]));
  state.people.bot = { name: "The worker", role: "" };
  $("flavour").textContent = site.flavour === "cloud" ? "Cloud" : "Data Center";
  $("as").append(...site.people.filter((one) => one.nick !== "bot").map((one) => el("option", { value: one.nick }, one.role ? `${one.name}, ${one.role}` : one.name)));
  $("as").value = "sam";
  $("projects").append(...site.projects.map((one) => el("option", { value: one.key }, `${one.key} (${one.name})`)));
  if (site.board) { $("board").href = site.board; $("board").hidden = false; }
  const settings = document.querySelector("[data-form=settings]");
  settings.elements.latency.value = site.latency;
  settings.elements.index_lag.value = site.index_lag;
  $("faults").append(...Object.keys(FAULTS).map((words) => button(words, { "data-do": "fault", "data-fault": words, class: "small" })));
}

const FAULTS = {
  "next call: 503": { action: "answer", status: 503 },
  "next call: 429, wait 5 s": { action: "answer", status: 429, headers: { "Retry-After": "5", "RateLimit-Reason": "jira-burst-based" } },
  "next answer is lost": { action: "reset-after" },
  "all well again": null,
};

// -- what people do --------------------------------------------------------------------------------------------

const act = (verb, wish, key) => call(`/ticket/${encodeURIComponent(key || state.ticket)}/${verb}`, { as: $("as").value, ...wish });

const DO = {
  show: (pressed) => { state.ticket = pressed.dataset.ticket; history.replaceState(null, "", `#${state.ticket}`); if (NARROW.matches) { $("box").open = false; scrollTo(0, 0); } },
  as: (pressed) => { $("as").value = pressed.dataset.as; },
  rule: () => act("run-rule", {}),
  reset: async () => { state.ticket = (await call("/reset", {})).tickets[0]; history.replaceState(null, "", `#${state.ticket}`); },
  label: () => act("label", { label: REQUEST }),
  unlabel: () => act("unlabel", { label: REQUEST }),
  close: () => act("close", {}),
  reopen: () => act("reopen", {}),
  unlink: (pressed) => act("unlink", { to: pressed.dataset.to }),
  jump: (pressed) => call("/settings", { forward: Math.max(0, (Date.parse(pressed.dataset.at) - Date.parse(state.site.now)) / 1000 + 1) }),
  fault: (pressed) => { const rule = FAULTS[pressed.dataset.fault]; return rule ? call("/faults", { account: "bot", ...rule }) : call("/faults/clear", {}); },
};

const FORMS = {
  create: async (form, value) => { state.ticket = (await call("/tickets", { project: value.project, summary: value.summary, description: value.description || null, as: $("as").value })).key; },
  comment: (form, value) => act("comment", { text: value.text, public: form.dataset.service ? Boolean(value.public) : null }, form.dataset.ticket),
  rule: (form, value) => call("/rules", { url: value.url, secret: value.secret, form: value.form, alone: Boolean(value.alone) }),
  link: (form, value) => act("link", { to: value.to, type: value.type }),
  vote: (form, value, grade) => {
    const told = value.client.trim() ? `\n\nClient: ${value.client.trim()}` : "";
    return act("comment", { as: form.dataset.as, text: `${grade}: ${value.reason.trim() || "as I see it"}${told}` }, form.dataset.ticket);
  },
  settings: (form, value) => call("/settings", { latency: Number(value.latency), index_lag: Number(value.index_lag) }),
};

async function attempt(what, after) {
  try {
    await what();
    problem("");
    after();
    await refresh();
  } catch (error) { problem(error.message); }
}

const NARROW = matchMedia("(max-width: 52rem)");
$("box").open = !NARROW.matches;

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-do]");
  if (pressed) attempt(() => DO[pressed.dataset.do](pressed), () => {});
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target, value = Object.fromEntries(new FormData(form));
  attempt(() => FORMS[form.dataset.form](form, value, event.submitter?.value), () => { if (form.dataset.form !== "settings") form.reset(); });
});

$("raw").addEventListener("change", () => $("turns").classList.toggle("with-raw", $("raw").checked));
$("as").addEventListener("change", () => refresh().catch((error) => problem(error.message)));
addEventListener("hashchange", () => { state.ticket = decodeURIComponent(location.hash.slice(1)) || state.ticket; refresh(); });

async function listen() {
  try {
    state.mark = (await call(`/news?seen=${encodeURIComponent(state.mark)}`)).mark;
    await refresh();
    if ($("problem").dataset.lost) { problem(""); delete $("problem").dataset.lost; }
  } catch (error) {
    problem("The sandbox does not answer.");
    $("problem").dataset.lost = "yes";
    await new Promise((again) => setTimeout(again, 1500));
  }
  setTimeout(listen, 0);
}

call("/site").then(dress).then(listen, (error) => problem(error.message));
