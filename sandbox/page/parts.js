// The parts of the page: what the sandbox says of a ticket, as elements. Nothing is asked and nothing is kept here.
"use strict";

const ZONE = "America/New_York";
const REQUEST = "escalation-requested";
const GRADES = [["SEV-1", "everything is down"], ["SEV-2", "work is severely disrupted"], ["Other", "it can wait"]];

const person = (nick) => state.people[nick] || { name: nick || "nobody", role: "" };
const instant = (at, form) => new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hourCycle: "h23", ...form }).format(new Date(at));
const moment = (at) => `${instant(at, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })} ET`;
const day = (date) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(new Date(date));
const button = (text, attributes) => el("button", { type: "button", ...attributes }, text);

// A text as the sandbox gives it, [tag, attributes, children], made of elements.
const drawn = (node) => (typeof node === "string" ? node : el(node[0], node[1], ...node[2].map(drawn)));
const text = (shown, attributes) => el("div", { class: "text", ...attributes }, ...shown.map(drawn));

// -- a ticket, in parts -------------------------------------------------------------------------------------

const KINDS = { "sla-breached": "full", "sev-1": "sev-first", "sla-at-risk": "amber", "escalation-stalled": "amber", "sev-2": "sev-second", [REQUEST]: "blue" };
const chipOf = (label) => `chip ${KINDS[label.toLowerCase()] || ""}`;
const isSeverity = (label) => label.toLowerCase().startsWith("sev-");
const markOf = (one) => one.properties?.escalation || {};
const titleOf = (one) => (/\((.+?)\)/.exec(one.summary) || [null, one.summary])[1];
const initials = (name) => name.split(" ").map((part) => part[0]).join("").slice(0, 2);

function chips(ticket) {
  const status = { done: "chip green", indeterminate: "chip blue", new: "chip" }[ticket.category];
  return [el("span", { class: status }, ticket.status), ...ticket.labels.map((label) => el("span", { class: chipOf(label), "data-key": label }, label))];
}

function row(ticket) {
  const about = [el("span", { class: "what" }, el("strong", {}, ticket.key), ` ${ticket.summary}`), el("span", { class: "chips" }, ...chips(ticket)), ticket.duedate ? el("span", { class: "soft" }, `due ${day(ticket.duedate)}`) : null];
  const current = String(ticket.key === state.ticket);
  return el("li", { "data-key": ticket.key, class: ticket.tone || false }, el("button", { type: "button", "data-do": "show", "data-ticket": ticket.key, "aria-current": current }, ...about));
}

const SIGNS = { done: "✓", bad: "!", not: "–" };
const SAYS = { done: "done: ", bad: "broken: ", not: "not: ", now: "now: ", waits: "later: " };

function stages(standing) {
  return el("ol", { class: "stages", "data-key": "stages" }, ...standing.stages.map((one) =>
    el("li", { class: one.state }, el("span", { class: "dot", "aria-hidden": "true" }, SIGNS[one.state] || ""),
      el("span", {}, el("span", { class: "unseen" }, SAYS[one.state]), el("strong", {}, one.name.replace(/-/g, "\u2011")), el("span", { class: "soft" }, one.words)))));
}

function comment(one) {
  const seen = one.public && !one.visibility, bot = one.author === "bot";
  const whom = one.visibility ? `for ${one.visibility.value} only` : seen ? (bot ? "the client is told" : "the client sees this") : "internal";
  return el("article", { class: seen ? "comment said client public" : "comment said colleagues", "data-key": `c${one.id}` },
    el("p", { class: "soft" }, el("strong", {}, person(one.author).name), ` · ${moment(one.created)} · `, el("span", { class: "whom" }, whom)), text(one.shown));
}

// What clients were told of the decision, at the top, where it is seen when it comes.
function answer(one, ticket) {
  const where = one.through ? `, through ${one.through}` : one.key === ticket.key ? "" : ` on ${one.key}`;
  return el("article", { class: "answer said client", "data-key": `a${one.id}`, "aria-label": `What ${one.whose} was told${where}` },
    el("p", { class: "soft" }, el("strong", {}, `Told to ${one.whose}${where}`), ` · ${moment(one.created)}`), text(one.shown));
}

function answers(ticket) {
  const [first, ...more] = ticket.answers;
  if (!first) return null;
  return el("div", { "data-key": "answers" }, answer(first, ticket),
    more.length ? el("details", { "data-key": "more" }, el("summary", {}, `And ${more.map((one) => one.through ? `through ${one.through}` : `on ${one.key}`).join(", ")}`), ...more.map((one) => answer(one, ticket))) : null);
}

function commentForm(ticket, service) {
  const words = el("textarea", { name: "text", rows: "2", required: "", "aria-label": `Comment on ${ticket.key}` });
  const choice = service ? el("label", { "data-key": "public" }, el("input", { type: "checkbox", name: "public" }), " the client sees it") : null;
  return el("form", { "data-form": "comment", "data-ticket": ticket.key, "data-service": service ? "yes" : false, "data-key": `f${ticket.key}`, class: "stack" },
    words, el("div", { class: "line" }, el("button", {}, `Comment as ${person($("as").value).name}`), choice));
}

function voteForm(one) {
  const who = person(one.assignee);
  return el("form", { "data-form": "vote", "data-ticket": one.key, "data-as": one.assignee, "data-key": `v${one.key}`, class: "stack vote" },
    el("label", {}, "Why? ", el("span", { class: "soft" }, "for colleagues"), el("input", { name: "reason", autocomplete: "off" })),
    el("label", {}, "For the client ", el("span", { class: "soft" }, "the reasons, in words for them"), el("input", { name: "client", autocomplete: "off" })),
    el("div", { class: "line", role: "group", "aria-label": `Vote as ${who.name}` }, ...GRADES.map(([grade, words], place) =>
      el("button", { name: "grade", value: grade, title: words, class: `grade g${place}` }, grade))));
}

function evaluation(one, asked) {
  const who = person(one.assignee), done = one.category === "done";
  return el("article", { class: done ? "evaluation done" : "evaluation", "data-key": `e${one.key}`, "aria-label": `${titleOf(one)}, ${one.key}` },
    el("div", { class: "seat", "data-key": "seat" }, el("span", { class: "avatar", "aria-hidden": "true" }, initials(who.name)),
      el("div", {}, el("strong", {}, titleOf(one)), el("div", { class: "soft" }, who.name), el("span", { class: done ? "chip green" : "chip" }, `${one.key}: ${done ? "done" : "waits"}`))),
    !done && one.assignee && asked ? voteForm(one) : null,
    ...one.comments.map(comment),
    one.description ? el("details", { "data-key": "text" }, el("summary", {}, "What the worker asks here"), text(one.shown, { class: "text asked", tabindex: "0", role: "group", "aria-label": `What the worker asks in ${one.key}` })) : null,
    el("details", { "data-key": "say" }, el("summary", {}, "Write anything else here"), commentForm(one, false)));
}

function actions(ticket) {
  const asked = ticket.labels.includes(REQUEST), done = ticket.category === "done";
  const again = ticket.labels.some(isSeverity);
  const ask = asked
    ? button("Take the request back", { "data-do": "unlabel", "data-key": "ask" })
    : button(again ? "Request escalation again" : "Request escalation", { "data-do": "label", class: again || done ? false : "main", "data-key": "ask" });
  const client = ticket.client ? button(`View as ${person(ticket.client).name}, the client`, { "data-do": "as", "data-as": ticket.client, "data-key": "client" }) : null;
  return el("div", { class: "line", "data-key": "actions" }, ask, button(done ? "Reopen" : "Close the ticket", { "data-do": done ? "reopen" : "close", "data-key": "close" }), client);
}

function ahead(standing) {
  if (!standing.ahead.length) return null;
  return el("div", { class: "line", "data-key": "ahead" }, el("span", { class: "soft" }, "Move the clock to"), ...standing.ahead.map((one) =>
    button(`${one.words} (${moment(one.at)})`, { "data-do": "jump", "data-at": one.at, "data-key": one.words, class: "small" })));
}

// What is linked, and a way to link more: a client whose request is linked here is told the grade, too.
function links(ticket) {
  const rows = ticket.links.map((one) => el("li", { "data-key": `l${one.type}${one.key}` }, `${one.words} `,
    button(one.key, { "data-do": "show", "data-ticket": one.key, class: "small" }), ` ${one.summary}`, one.organisation ? el("span", { class: "soft" }, ` ${one.organisation}`) : null,
    " ", button("Unlink", { "data-do": "unlink", "data-to": one.key, class: "small", "aria-label": `Unlink ${one.key}` })));
  const others = state.tickets.filter((one) => one.key !== ticket.key && !ticket.links.some((link) => link.key === one.key));
  const choice = el("select", { name: "to", "aria-label": "Which ticket" }, ...others.map((one) => el("option", { value: one.key, "data-key": one.key }, `${one.key} ${one.summary}`)));
  const kind = el("select", { name: "type", "aria-label": "How they belong together" }, ...["Duplicate", "Problem/Incident", "Relates"].map((name) => el("option", { value: name }, name)));
  return el("details", { "data-key": "links" }, el("summary", {}, rows.length ? `Linked (${rows.length})` : "Link another ticket"),
    rows.length ? el("ul", { "data-key": "linked" }, ...rows) : null,
    others.length ? el("form", { "data-form": "link", "data-key": "flink", class: "line" }, choice, kind, el("button", {}, "Link")) : null);
}

const head = (ticket) => [
  el("h2", { "data-key": "title" }, `${ticket.key} `, el("span", {}, ticket.summary)),
  el("p", { class: "chips", "data-key": "chips" }, ...chips(ticket), ticket.duedate ? el("strong", { class: "due", "data-key": "due" }, `Due ${day(ticket.duedate)}`) : null),
];

// A request as its client sees it: what was said to them, and nothing else.
function portalParts(ticket) {
  return [
    ...head(ticket),
    el("div", { class: "line", "data-key": "actions" }, button("Back to Support's view", { "data-do": "as", "data-as": "sam", "data-key": "back" })),
    text(ticket.shown, { "data-key": "description" }),
    el("p", { class: "soft", "data-key": "people" }, `Your request of ${moment(ticket.created)}. This is all you can see of it.`),
    el("h3", { "data-key": "talk" }, "Messages"),
    el("div", { "data-key": "comments" }, ...ticket.comments.map(comment)),
    commentForm(ticket, false),
  ];
}

function ticketParts(ticket) {
  if (ticket.portal) return portalParts(ticket);
  const { standing } = ticket, asked = ticket.labels.includes(REQUEST);
  const latest = ticket.subtasks.filter((one) => standing.round && (markOf(one).round || 0) === standing.round);
  const earlier = ticket.subtasks.filter((one) => !latest.includes(one));
  const panel = latest.length ? [
    el("h3", { "data-key": "panel" }, standing.round > 1 ? `The panel, round ${standing.round}` : "The panel"),
    el("div", { class: "panel-of", "data-key": "evaluations" }, ...latest.map((one) => evaluation(one, asked))),
  ] : [];
  const report = [
    text(ticket.shown, { "data-key": "description" }),
    el("p", { class: "soft", "data-key": "people" }, `Reported by ${person(ticket.reporter).name}, ${moment(ticket.created)}`),
  ];
  return [
    ...head(ticket), stages(standing), actions(ticket), ahead(standing), answers(ticket),
    ...(asked ? [...panel, ...report] : [...report, ...panel]),
    earlier.length ? el("details", { "data-key": "earlier" }, el("summary", {}, `Earlier rounds (${earlier.length} evaluations)`), ...earlier.map((one) => evaluation(one, false))) : null,
    links(ticket),
    el("h3", { "data-key": "talk" }, "Comments"),
    el("div", { "data-key": "comments" }, ...ticket.comments.map(comment)),
    commentForm(ticket, ticket.service),
  ].filter(Boolean);
}

function nextStep(ticket) {
  if (!ticket) return "Report a bug to begin with.";
  return ticket.portal ? `You look at ${ticket.key} as the client who asked: only what they may see.` : ticket.standing.next;
}

// -- what the worker does -----------------------------------------------------------------------------------

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
  return el("article", { "data-key": `t${one.number}${one.began}`, class: one.quiet ? "turn calm" : "turn" },
    el("h3", {}, ABOUT[one.about] || one.about, el("span", { class: "soft" }, ` ${instant(one.began, { hour: "2-digit", minute: "2-digit", second: "2-digit" })} · ${words}`)),
    el("ol", {}, ...one.steps.map(step)));
}
