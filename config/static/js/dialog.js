// Native dialogs: data-opens names one, data-closes shuts the one around it.
"use strict";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.querySelector(opener.dataset.opens);
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    opener.closest("details.menu")?.removeAttribute("open");
    dialog.showModal();
    return;
  }
  if (event.target.closest("[data-closes]")) {
    event.target.closest("dialog")?.close();
    return;
  }
  // A click on the backdrop lands on the dialog itself, outside its inner box.
  if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
});

// What the server answers into a dialog's place opens by itself; a closed one is done with.
document.addEventListener("htmx:after:swap", () => {
  for (const dialog of document.querySelectorAll("dialog[data-open-now]:not([open])")) {
    dialog.removeAttribute("data-open-now");
    dialog.showModal();
  }
});
