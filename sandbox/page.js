// The page of the sandbox Jira. Text that people wrote is only ever put in with textContent.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { ticket: null, lastCall: 0, total: 0, shown: "", people: {} };

async function call(path, wish) {
  const options = wish === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) };
  const answer = await fetch("/sandbox/api" + path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined)); // strings become text nodes
  return made;
}

const nameOf = (nick) => (nick ? state.people[nick] || nick : "nobody");
const time = (instant) => new Date(instant).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

async function act(verb, wish, key) {
  try {
    await call(`/ticket/${encodeURIComponent(key || state.ticket)}/${verb}`, { as: $("as").value, ...wish });
    problem("");
    await refresh();
  } catch (error) { problem(error.message); }
}

function problem(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

function button(text, onclick, kind) { return el("button", { type: "button", class: kind || false, onclick }, text); }

// -- tickets ------------------------------------------------------------------------------------------

function chips(ticket) {
  const hot = (label) => (label === "escalation-requested" || label.startsWith("sev-") ? "chip hot" : "chip");
  return [el("span", { class: `chip ${ticket.category}` }, ticket.status), ...ticket.labels.map((label) => el("span", { class: hot(label) }, label))];
}

function row(ticket) {
  const about = [el("strong", {}, ticket.key), " ", ticket.summary, el("div", {}, ...chips(ticket))];
  if (ticket.duedate) about.push(el("div", { class: "quiet" }, `due ${ticket.duedate}`));
  const current = String(ticket.key === state.ticket);
  return el("li", {}, el("button", { type: "button", "aria-current": current, onclick: () => show(ticket.key) }, ...about));
}

function show(key) {
  state.ticket = key;
  state.shown = "";
  refresh();
}

function comment(one) {
  const kind = one.visibility ? `restricted to ${one.visibility.value}` : one.public ? "public: the client sees this" : "internal";
  const seen = one.public && !one.visibility;
  return el("div", { class: seen ? "comment public" : "comment" },
    el("div", { class: "quiet" }, `${nameOf(one.author)}, ${time(one.created)} · ${kind}`), el("div", { class: "text" }, one.text));
}

function commentForm(ticket, service) {
  const text = el("textarea", { name: "text", rows: "3", required: "", "aria-label": `Comment on ${ticket.key}` });
  const isPublic = el("input", { type: "checkbox", name: "public" });
  const send = (event) => {
    event.preventDefault();
    act("comment", { text: text.value, public: service ? isPublic.checked : null }, ticket.key).then(() => { text.value = ""; });
  };
  const choice = service ? el("label", {}, isPublic, " public (the client sees it)") : null;
  return el("form", { onsubmit: send }, text, el("div", { class: "row" }, el("button", {}, "Comment"), choice));
}

function evaluation(one, service) {
  return el("div", { class: "evaluation" },
    el("strong", {}, `${one.key} ${one.summary}`), el("div", {}, ...chips(one)),
    el("div", { class: "quiet" }, `assigned to ${nameOf(one.assignee)}`),
    one.description ? el("details", {}, el("summary", {}, "Description"), el("div", { class: "text" }, one.description)) : null,
    ...one.comments.map((c) => comment(c)), commentForm(one, service));
}

function actions(ticket) {
  const asked = ticket.labels.includes("escalation-requested");
  const label = asked
    ? button("Take the request back", () => act("unlabel", { label: "escalation-requested" }))
    : button("Request escalation", () => act("label", { label: "escalation-requested" }), "main");
  const done = ticket.category === "done";
  return el("div", { class: "row" }, label, button(done ? "Reopen" : "Close", () => act(done ? "reopen" : "close", {})));
}

function detail(ticket) {
  const service = ticket.service;
  $("ticket").replaceChildren(
    el("h2", {}, `${ticket.key} ${ticket.summary}`), el("div", {}, ...chips(ticket)),
    el("p", { class: "quiet" }, `reported by ${nameOf(ticket.reporter)} · assigned to ${nameOf(ticket.assignee)} · due ${ticket.duedate || "–"}`),
    el("div", { class: "text" }, ticket.description), actions(ticket),
    el("h3", {}, `Evaluations (${ticket.subtasks.length})`), ...ticket.subtasks.map((one) => evaluation(one, service)),
    el("h3", {}, `Comments (${ticket.comments.length})`), ...ticket.comments.map((c) => comment(c)),
    commentForm(ticket, service));
}

// -- the worker's calls -------------------------------------------------------------------------------

async function watch() {
  const calls = await call(`/calls?after=${state.lastCall}`);
  for (const one of calls) {
    if (one.status === undefined && !one.fault) break; // still running: comes again
    state.lastCall = one.number;
    state.total += 1;
    const failed = one.status === undefined || one.status >= 400;
    const text = `${one.status || "lost"} ${one.method} ${one.path}${one.query ? "?" + one.query : ""} · ${Math.round(one.seconds * 1000)} ms`;
    $("calls").prepend(el("li", { class: failed ? "refused" : false, title: JSON.stringify(one.body) || "" }, text));
  }
  while ($("calls").children.length > 300) $("calls").lastChild.remove();
  $("total").textContent = state.total;
}

// -- everything ---------------------------------------------------------------------------------------

async function refresh() {
  const tickets = await call("/tickets");
  const gone = state.ticket && !tickets.some((ticket) => ticket.key === state.ticket);
  if (gone || (!state.ticket && tickets.length)) state.ticket = tickets.length ? tickets[0].key : null;
  const ticket = state.ticket ? await call(`/ticket/${encodeURIComponent(state.ticket)}`) : null;
  const now = JSON.stringify([tickets, ticket]);
  if (now === state.shown || writing()) return;
  state.shown = now;
  $("tickets").replaceChildren(...tickets.slice().reverse().map(row));
  if (ticket) detail(ticket); else $("ticket").replaceChildren(el("p", { class: "quiet" }, "No ticket yet."));
}

// A half-written comment must not be swept away by news.
const writing = () => [...document.querySelectorAll("#ticket textarea")].some((area) => area.value && area === document.activeElement);

async function site() {
  const about = await call("/site");
  $("flavour").textContent = about.flavour === "cloud" ? "Cloud" : "Data Center";
  $("clock").textContent = `its clock says ${time(about.now)}`;
  return about;
}

function dress(about) {
  state.people = Object.fromEntries(about.people.map((one) => [one.nick, one.name]));
  $("as").append(...about.people.map((one) => el("option", { value: one.nick }, one.name)));
  $("as").value = "sam";
  $("projects").append(...about.projects.map((one) => el("option", { value: one.key }, `${one.key} (${one.name})`)));
  $("settings").elements.latency.value = about.latency;
  $("settings").elements.index_lag.value = about.index_lag;
  const bad = (text, rule) => button(text, () => call("/faults", { account: "bot", ...rule }).catch((e) => problem(e.message)), "small");
  $("faults").append(
    bad("next call: 503", { action: "answer", status: 503 }),
    bad("next call: 429, wait 5 s", { action: "answer", status: 429, headers: { "Retry-After": "5", "RateLimit-Reason": "jira-burst-based" } }),
    bad("next answer is lost", { action: "reset-after" }),
    button("all well again", () => call("/faults/clear", {}), "small"));
  const jump = (text, seconds) => button(text, () => call("/settings", { forward: seconds }).then(site), "small");
  $("forward").append("Clock: ", jump("+30 min", 1800), jump("+2 h", 7200), jump("+1 day", 86400));
}

$("create").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    const wish = { project: form.elements.project.value, summary: form.elements.summary.value, description: form.elements.description.value || null, as: $("as").value };
    state.ticket = (await call("/tickets", wish)).key;
    form.reset();
    problem("");
    await refresh();
  } catch (error) { problem(error.message); }
});

$("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  call("/settings", { latency: Number(form.elements.latency.value), index_lag: Number(form.elements.index_lag.value) }).catch((e) => problem(e.message));
});

$("forget").addEventListener("click", () => { $("calls").replaceChildren(); state.total = 0; $("total").textContent = 0; });

async function beat() {
  try {
    await Promise.all([refresh(), watch(), site()]);
    if ($("problem").dataset.lost) { problem(""); delete $("problem").dataset.lost; }
  } catch (error) {
    problem("The sandbox does not answer.");
    $("problem").dataset.lost = "yes";
  }
  setTimeout(beat, 1500);
}

site().then(dress).then(beat, (error) => problem(error.message));
