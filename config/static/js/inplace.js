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

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-inplace]");
  form?.toggleAttribute("data-dirty", isChanged(form));
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-inplace]");
  const isChosen = event.target.matches("select, [type=date]");
  if (form && isChosen && isChanged(form)) form.requestSubmit();
  if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("form[data-inplace]");
  if (form && event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) {
    event.preventDefault();
    if (isChanged(form)) form.requestSubmit();
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
  if (isChanged(form) && !form.querySelector(".conflict, [data-invalid]")) form.requestSubmit();
});

// A drawer has come or gone: mark its line, and begin to read at its top.
document.addEventListener("htmx:after:swap", () => {
  const drawer = document.querySelector("#drawer");
  if (!drawer) return;
  for (const row of document.querySelectorAll(".risk[data-row]")) {
    const link = row.querySelector("[data-row-link]");
    row.toggleAttribute("data-selected", link?.pathname === location.pathname);
  }
});
