// The phone's own sheet for sharing a text (data-share-from) or an address (data-share-url).
"use strict";

function offerSharing(root) {
  if (!navigator.share) return;
  for (const button of root.querySelectorAll("[data-share-from], [data-share-url]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-share-from], [data-share-url]");
  if (!button) return;
  const source = button.dataset.shareFrom && document.querySelector(button.dataset.shareFrom);
  const shared = source ? { text: source.textContent.trim() } : { url: button.dataset.shareUrl };
  try {
    await navigator.share(shared);
  } catch (problem) {
    // Closing the sheet is no fault; all else is said where it was pressed.
    if (problem.name !== "AbortError") button.textContent = "Copy it instead";
  }
});

// A drawer that is swapped in brings its own button.
document.addEventListener("htmx:after:swap", () => offerSharing(document));
offerSharing(document);
