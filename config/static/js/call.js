// On a call the keys do all: Enter in the choice of a person agrees, Escape leaves a field.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("[data-agreement] :is(select, input)");
  if (!field || event.isComposing) return;
  if (event.key === "Escape") field.blur();
  if (event.key === "Enter" && field.matches("select")) {
    event.preventDefault();
    field.form.requestSubmit();
  }
});
