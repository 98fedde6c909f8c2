// What an htmx request can't show in its place: no answer, or a refusal.
"use strict";

function tell(id) {
  for (const notice of document.querySelectorAll("[data-trouble]")) notice.hidden = notice.id !== id;
}

document.addEventListener("htmx:after:request", (event) => {
  const { status } = event.detail.ctx.response;
  if (status < 400 || status === 409 || status === 422) tell("");
});

document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if (status !== 409 && status !== 422) tell("trouble-refused");
});

document.addEventListener("htmx:error", () => tell("trouble-away"));
