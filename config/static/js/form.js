// Forms: a second press while the first is on its way does nothing; errors are read out first.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get") || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Back from the next page: the browser may show this one as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

function focusErrors() {
  document.querySelector("[data-focus]:not([data-look] *)")?.focus();
}

document.addEventListener("DOMContentLoaded", focusErrors);
document.addEventListener("htmx:after:swap", focusErrors);

// A message goes away when it is dismissed; without script it stays, which is no harm.
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismisses]")?.closest("[data-message]")?.remove();
});
