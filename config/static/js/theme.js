// The reader's own choice of theme. The server reads the cookie, so that no page flashes.
"use strict";

const YEAR_IN_SECONDS = 31536000;

function showTheme(choice) {
  if (choice === "system") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = choice;
  }
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${choice}; Path=/; Max-Age=${YEAR_IN_SECONDS}; SameSite=Lax${secure}`;
  showTheme(choice);
});

for (const box of document.querySelectorAll("[data-theme-switch]")) box.hidden = false;
showTheme(document.documentElement.dataset.theme || "system");
