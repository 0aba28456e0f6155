// The page of the sandbox Jira. Everything that is shown follows from what the sandbox answers; nothing is kept here but
// which ticket is looked at.
"use strict";

const $ = (id) => document.getElementById(id);
const ZONE = "America/New_York";
const REQUEST = "escalation-requested";
const GRADES = [["SEV-1", "everything is down"], ["SEV-2", "work is severely disrupted"], ["Other", "it can wait"]];
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

const person = (nick) => state.people[nick] || { name: nick || "nobody", role: "" };
const instant = (at, form) => new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hourCycle: "h23", ...form }).format(new Date(at));
const moment = (at) => `${instant(at, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })} ET`;
const day = (date) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(new Date(date));

// -- a ticket, in parts ---------------------------------------------------------------------------------

const isSeverity = (label) => label.startsWith("sev-");
const kind = (label) => (label === "sla-breached" || label === "sev-1" ? "chip bad" : label === "sla-at-risk" || label === "sev-2" ? "chip warm" : label === REQUEST ? "chip accent" : "chip");
const recordOf = (ticket) => ticket.properties?.escalation || {};
const markOf = (one) => one.properties?.escalation || {};
const titleOf = (one) => (/\((.+?)\)/.exec(one.summary) || [null, one.summary])[1];
const button = (text, attributes) => el("button", { type: "button", ...attributes }, text);

function chips(ticket) {
  return [el("span", { class: `chip ${ticket.category}` }, ticket.status), ...ticket.labels.map((label) => el("span", { class: kind(label), "data-key": label }, label))];
}

function row(ticket) {
  const about = [el("strong", {}, ticket.key), ` ${ticket.summary}`, el("span", { class: "chips" }, ...chips(ticket)), ticket.duedate ? el("span", { class: "quiet" }, `due ${day(ticket.duedate)}`) : null];
  const current = String(ticket.key === state.ticket);
  return el("li", { "data-key": ticket.key }, el("button", { type: "button", "data-do": "show", "data-ticket": ticket.key, "aria-current": current }, ...about));
}

function latestRound(ticket) {
  const number = Math.max(0, ...ticket.subtasks.map((one) => markOf(one).round || 0));
  return { number, evaluations: ticket.subtasks.filter((one) => (markOf(one).round || 0) === number && number) };
}

function stages(ticket) {
  const { evaluations } = latestRound(ticket);
  const voted = evaluations.filter((one) => one.category === "done").length;
  const record = recordOf(ticket);
  const asked = ticket.labels.includes(REQUEST);
  const decided = !asked && ticket.labels.some(isSeverity);
  const steps = [
    ["Requested", asked || decided, "the label is on"],
    [evaluations.length ? `Panel: ${decided ? evaluations.length : voted} of ${evaluations.length}` : "Panel", evaluations.length > 0 && (decided || voted === evaluations.length), "three people vote"],
    [decided ? `Graded ${record.decision?.grade || ""}` : "Graded", decided, "label and date"],
    ["Client told", decided && Boolean(record.told), "one public comment"],
  ];
  return el("ol", { class: "stages", "data-key": "stages" }, ...steps.map(([name, done, words]) =>
    el("li", { class: done ? "done" : false }, el("span", { class: "dot", "aria-hidden": "true" }, done ? "✓" : ""), el("span", {}, el("strong", {}, name), el("span", { class: "quiet" }, done ? "done" : words)))));
}

function nextStep(ticket) {
  if (!ticket) return "Report a bug to begin with.";
  if (ticket.portal) return `You look at ${ticket.key} as the client who asked: only what they may see. Act as somebody else to go on.`;
  const { evaluations } = latestRound(ticket);
  const open = evaluations.filter((one) => one.category !== "done");
  if (ticket.category === "done") return `${ticket.key} is closed. Nothing more happens.`;
  if (ticket.labels.includes("sla-breached")) return `The promise for ${ticket.key} is broken: see what its people were told. Close it when it is fixed.`;
  if (ticket.labels.includes("sla-at-risk")) return `The promise for ${ticket.key} is at risk, and its people were told. Move the clock past the night, or close the ticket.`;
  if (ticket.labels.includes(REQUEST) && !evaluations.length) return "The worker is opening three evaluations …";
  if (ticket.labels.includes(REQUEST) && open.length) return `${evaluations.length - open.length} of ${evaluations.length} have voted. Vote below as each of the panel: press a grade. Or move the clock and see who is reminded.`;
  if (ticket.labels.includes(REQUEST)) return "All have voted. The worker is deciding …";
  if (ticket.labels.some(isSeverity)) return `${ticket.key} is graded: label, date and the answer to the client are there. Move the clock to see what becomes of the promise, or close the ticket.`;
  return `A client waits on ${ticket.key}. Press Request escalation, as Support does: the label goes on, and the worker takes over.`;
}

function comment(one) {
  const seen = one.public && !one.visibility;
  const bot = one.author === "bot";
  const whom = one.visibility ? `for ${one.visibility.value} only` : seen ? (bot ? "the client is told" : "the client sees this") : "internal";
  return el("article", { class: seen ? "comment public" : "comment", "data-key": `c${one.id}` },
    el("p", { class: "quiet" }, el("strong", {}, person(one.author).name), ` · ${moment(one.created)} · `, el("span", { class: "whom" }, whom)), el("div", { class: "text" }, one.text));
}

function commentForm(ticket, service) {
  const text = el("textarea", { name: "text", rows: "2", required: "", "aria-label": `Comment on ${ticket.key}` });
  const choice = service ? el("label", { "data-key": "public" }, el("input", { type: "checkbox", name: "public" }), " the client sees it") : null;
  return el("form", { "data-form": "comment", "data-ticket": ticket.key, "data-service": service ? "yes" : false, "data-key": `f${ticket.key}`, class: "stack" },
    text, el("div", { class: "row" }, el("button", {}, `Comment as ${person($("as").value).name}`), choice));
}

function voteForm(one) {
  const who = person(one.assignee);
  return el("form", { "data-form": "vote", "data-ticket": one.key, "data-as": one.assignee, "data-key": `v${one.key}`, class: "stack vote" },
    el("label", {}, "Why? ", el("span", { class: "quiet" }, "for colleagues"), el("input", { name: "reason", autocomplete: "off" })),
    el("label", {}, "For the client ", el("span", { class: "quiet" }, "the reasons, in words for them"), el("input", { name: "client", autocomplete: "off" })),
    el("div", { class: "row", role: "group", "aria-label": `Vote as ${who.name}` }, ...GRADES.map(([grade, words], place) =>
      el("button", { name: "grade", value: grade, title: words, class: `grade g${place}` }, grade))));
}

function initials(name) { return name.split(" ").map((part) => part[0]).join("").slice(0, 2); }

function evaluation(one, asked) {
  const who = person(one.assignee), done = one.category === "done";
  return el("article", { class: done ? "evaluation done" : "evaluation", "data-key": `e${one.key}`, "aria-label": `${titleOf(one)}, ${one.key}` },
    el("div", { class: "seat", "data-key": "seat" }, el("span", { class: "avatar", "aria-hidden": "true" }, initials(who.name)),
      el("div", {}, el("strong", {}, titleOf(one)), el("div", { class: "quiet" }, who.name), el("span", { class: `chip ${one.category}` }, `${one.key}: ${done ? "done" : "waits"}`))),
    !done && one.assignee && asked ? voteForm(one) : null,
    ...one.comments.map(comment),
    one.description ? el("details", { "data-key": "text" }, el("summary", {}, "What the worker asks here"), el("div", { class: "text asked", tabindex: "0", role: "group", "aria-label": `What the worker asks in ${one.key}` }, one.description)) : null,
    el("details", { "data-key": "say" }, el("summary", {}, "Write anything else here"), commentForm(one, false)));
}

function actions(ticket) {
  const asked = ticket.labels.includes(REQUEST), done = ticket.category === "done";
  const again = ticket.labels.some(isSeverity);
  const ask = asked
    ? button("Take the request back", { "data-do": "unlabel", "data-key": "ask" })
    : button(again ? "Request escalation again" : "Request escalation", { "data-do": "label", class: again || done ? false : "main", "data-key": "ask" });
  return el("div", { class: "row", "data-key": "actions" }, ask, button(done ? "Reopen" : "Close the ticket", { "data-do": done ? "reopen" : "close", "data-key": "close" }));
}

// The instants in the worker's record, as places to move the clock to.
function ahead(ticket) {
  const { promise, look_again_at } = recordOf(ticket), now = Date.parse(state.site.now);
  const places = [["the worker's next look", look_again_at], ["the promised night", promise?.window_start], ["the end of that night", promise?.window_end]];
  const shown = places.filter(([, at]) => at && Date.parse(at) > now && ticket.category !== "done");
  if (!shown.length) return null;
  return el("div", { class: "row", "data-key": "ahead" }, "Move the clock to ", ...shown.map(([words, at]) => button(`${words} (${moment(at)})`, { "data-do": "jump", "data-at": at, "data-key": words, class: "small" })));
}

// What is linked, and a way to link more: a client whose request is linked here is told the grade, too.
function links(ticket) {
  const rows = ticket.links.map((one) => el("li", { "data-key": `l${one.type}${one.key}` }, `${one.words} `,
    button(one.key, { "data-do": "show", "data-ticket": one.key, class: "small" }), ` ${one.summary}`, one.organisation ? el("span", { class: "quiet" }, ` ${one.organisation}`) : null,
    " ", button("Unlink", { "data-do": "unlink", "data-to": one.key, class: "small", "aria-label": `Unlink ${one.key}` })));
  const others = state.tickets.filter((one) => one.key !== ticket.key && !ticket.links.some((link) => link.key === one.key));
  const choice = el("select", { name: "to", "aria-label": "Which ticket" }, ...others.map((one) => el("option", { value: one.key, "data-key": one.key }, `${one.key} ${one.summary}`)));
  const kind = el("select", { name: "type", "aria-label": "How they belong together" }, ...["Duplicate", "Problem/Incident", "Relates"].map((name) => el("option", { value: name }, name)));
  return el("details", { "data-key": "links", open: rows.length ? "" : false }, el("summary", {}, rows.length ? `Linked (${rows.length})` : "Link another ticket"),
    rows.length ? el("ul", { "data-key": "linked" }, ...rows) : null,
    others.length ? el("form", { "data-form": "link", "data-key": "flink", class: "row" }, choice, kind, el("button", {}, "Link")) : null);
}

// A request as its client sees it: what was said to them, and nothing else.
function portalParts(ticket) {
  return [
    el("h2", { "data-key": "title" }, `${ticket.key} `, el("span", {}, ticket.summary)),
    el("p", { class: "chips", "data-key": "chips" }, ...chips(ticket)),
    el("div", { class: "text", "data-key": "description" }, ticket.description),
    el("p", { class: "quiet", "data-key": "people" }, `Your request of ${moment(ticket.created)}. This is all you can see of it.`),
    el("h3", { "data-key": "talk" }, "Messages"),
    el("div", { "data-key": "comments" }, ...ticket.comments.map(comment)),
    commentForm(ticket, false),
  ];
}

function ticketParts(ticket) {
  if (ticket.portal) return portalParts(ticket);
  const { number, evaluations } = latestRound(ticket);
  const asked = ticket.labels.includes(REQUEST);
  const earlier = ticket.subtasks.filter((one) => !evaluations.includes(one));
  return [
    el("h2", { "data-key": "title" }, `${ticket.key} `, el("span", {}, ticket.summary)),
    el("p", { class: "chips", "data-key": "chips" }, ...chips(ticket), ticket.duedate ? el("strong", { class: "due", "data-key": "due" }, `Due ${day(ticket.duedate)}`) : null),
    stages(ticket), actions(ticket), ahead(ticket),
    el("div", { class: "text", "data-key": "description" }, ticket.description),
    el("p", { class: "quiet", "data-key": "people" }, `Reported by ${person(ticket.reporter).name}, ${moment(ticket.created)}`),
    evaluations.length ? el("h3", { "data-key": "panel" }, number > 1 ? `The panel, round ${number}` : "The panel") : null,
    evaluations.length ? el("div", { class: "panel", "data-key": "evaluations" }, ...evaluations.map((one) => evaluation(one, asked))) : null,
    earlier.length ? el("details", { "data-key": "earlier" }, el("summary", {}, `Earlier rounds (${earlier.length} evaluations)`), ...earlier.map((one) => evaluation(one, false))) : null,
    links(ticket),
    el("h3", { "data-key": "talk" }, "Comments"),
    el("div", { "data-key": "comments" }, ...ticket.comments.map(comment)),
    commentForm(ticket, ticket.service),
  ].filter(Boolean);
}

// -- what the worker does ---------------------------------------------------------------------------------

const ABOUT = { sweep: "A sweep: is anything due?", "set-up": "Learning about the site" };
const ms = (seconds) => `${Math.max(1, Math.round(seconds * 1000))} ms`;

function step(one, place) {
  const bad = one.fault || (one.status !== null && one.status >= 400) || (one.status === null && one.kind !== "heard");
  const cost = one.kind === "heard" ? null : el("span", { class: "ms" }, ms(one.seconds));
  return el("li", { class: bad ? `${one.kind} refused` : one.kind, "data-key": `s${place}` },
    el("span", { class: "words" }, one.words, bad ? ` (${one.fault || one.status || "no answer"})` : ""), cost, el("code", { class: "raw" }, one.raw));
}

function turn(one) {
  const calls = one.steps.filter((each) => each.kind !== "heard"), writes = calls.filter((each) => each.kind === "write").length;
  const total = `${calls.length} call${calls.length === 1 ? "" : "s"}, ${ms(calls.reduce((sum, each) => sum + each.seconds, 0))}`;
  const over = Date.parse(state.site.now) - Date.parse(one.ended) > 1500;
  const words = !calls.length ? "" : writes || one.about in ABOUT || !over ? total : `${total}: nothing to do`;
  return el("article", { "data-key": `t${one.number}${one.began}`, class: "turn" },
    el("h3", {}, ABOUT[one.about] || one.about, el("span", { class: "quiet" }, ` ${instant(one.began, { hour: "2-digit", minute: "2-digit", second: "2-digit" })} · ${words}`)),
    el("ol", {}, ...one.steps.map(step)));
}

// -- everything ---------------------------------------------------------------------------------------------

async function refresh() {
  const as = `as=${encodeURIComponent($("as").value)}`;
  const [tickets, site, turns] = await Promise.all([call(`/tickets?${as}`), call("/site"), call("/turns")]);
  state.tickets = tickets;
  if (!tickets.some((one) => one.key === state.ticket)) state.ticket = await ticketOf(state.ticket, tickets);
  const ticket = state.ticket ? await call(`/ticket/${encodeURIComponent(state.ticket)}?${as}`) : null;
  state.site = site;
  clock(site);
  patch($("tickets"), ...tickets.map(row));
  patch($("ticket"), ...(ticket ? ticketParts(ticket) : [el("p", { class: "quiet" }, "No ticket yet.")]));
  patch($("turns"), ...turns.reverse().map(turn));
  const words = nextStep(ticket);
  if ($("next").textContent !== words) $("next").textContent = words;
}

// A link may name an evaluation: then its ticket is shown.
async function ticketOf(key, tickets) {
  const found = key ? await call(`/ticket/${encodeURIComponent(key)}?as=${encodeURIComponent($("as").value)}`).catch(() => null) : null;
  return found?.parent || tickets[0]?.key || null;
}

function clock(site) {
  $("clock").textContent = moment(site.now);
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
  show: (pressed) => { state.ticket = pressed.dataset.ticket; history.replaceState(null, "", `#${state.ticket}`); if (innerWidth < 900) $("middle").scrollIntoView(); },
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
