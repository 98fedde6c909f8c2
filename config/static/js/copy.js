// Copies the text of data-copy, or of the element that data-copy-from names, and says so.
"use strict";

const COPIED_FOR_MS = 2400;

async function putOnClipboard(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  // Plain http, as in a laboratory: the older way, through a selected field.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "vh";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  const label = button.querySelector("[data-copy-label]") ?? button;
  button.dataset.copyWords ??= label.textContent;
  let isCopied = false;
  try {
    isCopied = await putOnClipboard(text.trim());
  } catch {
    isCopied = false;
  }
  label.textContent = isCopied ? "Copied" : "Select and copy by hand";
  button.toggleAttribute("data-copied", isCopied);
  button.toggleAttribute("data-failed", !isCopied);
  window.setTimeout(() => {
    label.textContent = button.dataset.copyWords;
    button.removeAttribute("data-copied");
    button.removeAttribute("data-failed");
  }, COPIED_FOR_MS);
});
