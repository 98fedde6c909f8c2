// Somebody changed the sprint: fetch what is only read anew. A region in which somebody types,
// has marked something or stands with the keyboard is left alone until the next change.
"use strict";

function isInUse(region) {
  if (region.contains(document.activeElement) && document.activeElement !== document.body) return true;
  return [...region.querySelectorAll("input, textarea, select")].some((field) => {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field instanceof HTMLSelectElement) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return field.value !== field.defaultValue;
  });
}

document.addEventListener("sprint-changed", () => {
  for (const region of document.querySelectorAll("[data-live][id]")) {
    if (isInUse(region)) continue;
    htmx.ajax("GET", window.location.href, { source: region, target: `#${region.id}`, select: `#${region.id}`, swap: "outerMorph" });
  }
});
