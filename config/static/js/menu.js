// A menu is a <details>: this only shuts it on Escape, on a click elsewhere and when focus leaves.
"use strict";

function shutMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}

document.addEventListener("click", (event) => shutMenus(event.target.closest("details.menu")));

document.addEventListener("focusin", (event) => {
  const menu = event.target.closest("details.menu");
  if (document.querySelector("details.menu[open]")) shutMenus(menu);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
});
