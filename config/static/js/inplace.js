// Editing in place: Enter and leaving save, Escape restores. Without script each form has its button.
"use strict";

function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLSelectElement) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected);
    }
    return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
  });
}

// One save at a time: Enter, leaving the field and the button may all ask for the same one.
function save(form) {
  if (!form.dataset.saving) form.requestSubmit();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-inplace]")) return;
  if (form.dataset.saving) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  form.dataset.saving = "true";
}, true);

// A refusal or no answer: the form is still there, and may be sent again.
function free(event) {
  const status = event.detail?.ctx?.response?.status;
  if (status === 409 || status === 422) return;
  for (const form of document.querySelectorAll("form[data-saving]")) delete form.dataset.saving;
}

document.addEventListener("htmx:error", free);
document.addEventListener("htmx:response:error", free);

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-inplace]");
  form?.toggleAttribute("data-dirty", isChanged(form));
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-inplace]");
  const isChosen = event.target.matches("select, [type=date]");
  if (form && isChosen && isChanged(form)) save(form);
  if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("form[data-inplace]");
  if (form && event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) {
    event.preventDefault();
    if (isChanged(form)) save(form);
  }
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (form && isChanged(form)) {
    form.reset();
    form.removeAttribute("data-dirty");
    event.preventDefault();
  } else if (event.target.closest("#drawer") || event.target === document.body) {
    document.querySelector("[data-closes-drawer]")?.click();
  }
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest("form[data-inplace]");
  if (!form?.isConnected || !event.target.matches("textarea") || form.contains(event.relatedTarget)) return;
  if (isChanged(form) && !form.querySelector(".conflict, [data-invalid]")) save(form);
});

// A drawer has come or gone: mark its line in the list.
document.addEventListener("htmx:after:swap", () => {
  const drawer = document.querySelector("#drawer");
  if (!drawer) return;
  for (const row of document.querySelectorAll(".risk[data-row]")) {
    row.toggleAttribute("data-selected", row.id === `risk-${drawer.dataset.risk}`);
  }
  // A check has answered: what the drawer says about the risk may be old by now.
  const answer = drawer.querySelector("#recheck [data-tone]:not([data-heard])");
  if (!answer) return;
  answer.dataset.heard = "";
  drawer.querySelector("[data-refreshes]").click();
});
