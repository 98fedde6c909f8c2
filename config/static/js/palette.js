// The palette: typing asks the server, arrows choose, Enter goes. Without script the bar's
// control leads to the same search as a page.
"use strict";

const palette = document.querySelector("#palette");
const words = document.querySelector("#palette-words");
// Typed, and not answered yet: Enter waits for the list that belongs to the words.
let isWaiting = false;
let isEntered = false;

function options() {
  return [...palette.querySelectorAll("[role=option]")];
}

function chosen() {
  return palette.querySelector("[aria-selected=true]");
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) words.setAttribute("aria-activedescendant", option.id);
  else words.removeAttribute("aria-activedescendant");
}

function walk(step) {
  const all = options();
  if (!all.length) return;
  const here = all.indexOf(chosen());
  choose(all[(here + step + all.length) % all.length]);
}

function go() {
  isEntered = false;
  chosen()?.click();
}

function showAnswer() {
  const list = palette.querySelector("#palette-list");
  words.setAttribute("aria-expanded", list ? "true" : "false");
  words.setAttribute("aria-controls", list ? list.id : "palette-found");
  palette.querySelector("#palette-said").textContent =
    palette.querySelector("[data-said]")?.dataset.said ?? "";
  isWaiting = false;
  choose(options()[0]);
  if (isEntered) go();
}

function look() {
  isWaiting = true;
  words.select();
  words.dispatchEvent(new Event("look"));
}

if (palette) {
  for (const key of document.querySelectorAll("[data-mod-key]")) {
    if (/Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = "⌘K";
  }

  // dialog.js has opened it by now.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens='#palette']")) look();
  });

  words.addEventListener("input", () => {
    isWaiting = true;
    isEntered = false;
  });

  words.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && (isWaiting || chosen())) {
      event.preventDefault();
      isEntered = true;
      if (!isWaiting) go();
    }
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail?.ctx?.sourceElement === words) showAnswer();
  });
}
