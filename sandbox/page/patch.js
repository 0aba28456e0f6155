// Makes elements, and brings what is shown up to date with as few changes as possible, so that half-written words and
// the focus stay where they are. Text that people wrote only ever becomes text.
"use strict";

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// Children are matched by data-key, those without one by their place.
function patch(place, ...wanted) {
  const keys = new Set(wanted.flat().map((one) => one.dataset?.key).filter(Boolean));
  for (const one of [...place.childNodes]) if (one.dataset?.key && !keys.has(one.dataset.key)) one.remove();
  const keyed = new Map([...place.childNodes].filter((one) => one.dataset?.key).map((one) => [one.dataset.key, one]));
  let at = place.firstChild;
  for (const want of wanted.flat()) {
    const key = want.dataset?.key;
    const have = key ? keyed.get(key) : at && !at.dataset?.key && at.nodeName === want.nodeName ? at : null;
    if (!have) place.insertBefore(want, at);
    else {
      if (have === at) at = at.nextSibling;
      else place.insertBefore(have, at);
      update(have, want);
    }
  }
  while (at) at = drop(at);
}

function drop(one) {
  const next = one.nextSibling;
  one.remove();
  return next;
}

function update(have, want) {
  if (have.nodeType === Node.TEXT_NODE) {
    if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
    return;
  }
  for (const { name } of [...have.attributes]) if (!want.hasAttribute(name) && name !== "open") have.removeAttribute(name);
  for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value && name !== "open") have.setAttribute(name, value);
  if (!["INPUT", "TEXTAREA", "SELECT"].includes(have.nodeName)) patch(have, ...want.childNodes);
}
