// Fetches the page again every quarter of a minute and puts in what has changed. Without it the page reloads itself.
"use strict";

const EVERY = 15_000;

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.status === 401) return location.reload();
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    say("");
  } catch {
    say("The worker does not answer. What stands here is getting old.");
  }
}

function show(fresh) {
  const parts = (page) => [...page.querySelectorAll("[data-part]")].map((one) => one.dataset.part).join();
  if (parts(fresh) !== parts(document)) return location.reload();  // something has come, or gone, as a whole
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (other && other.innerHTML !== part.innerHTML) replace(part, other);
  }
}

// What somebody has opened stays open, and what has the focus keeps it.
function replace(part, other) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  part.replaceChildren(...[...other.childNodes].map((node) => document.adoptNode(node)));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function say(words) {
  const place = document.getElementById("trouble");
  place.textContent = words;
  place.hidden = !words;
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
