"use strict";
// The page reads without this; it adds expanding everything at once, and shows where a value is computed in the other plan.
const values = Array.from(document.querySelectorAll(".values li"));
const details = Array.from(document.querySelectorAll("details"));
const setOpen = (open) => details.forEach((entry) => { entry.open = open; });
for (const [id, open] of [["expand", true], ["collapse", false]]) {
  document.getElementById(id).addEventListener("click", () => setOpen(open));
}
document.querySelector(".tools").hidden = false;
const mark = (name) => values.forEach((entry) => entry.classList.toggle("same", name !== null && entry.dataset.value === name));
for (const entry of values) {
  entry.addEventListener("mouseenter", () => mark(entry.dataset.value));
  entry.addEventListener("mouseleave", () => mark(null));
}
window.addEventListener("beforeprint", () => setOpen(true));
document.body.dataset.ready = "true";
