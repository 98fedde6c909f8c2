// What an htmx request can't show in its place: no answer, a refusal, an expired sign-in.
"use strict";

function tell(id) {
  for (const notice of document.querySelectorAll("[data-trouble]")) notice.hidden = notice.id !== id;
}

// A session that ended answers with the sign-in page; show that page, not a piece of it.
document.addEventListener("htmx:before:response", (event) => {
  const response = event.detail.ctx.response.raw;
  const signIn = document.body.dataset.signIn;
  if (!response.redirected || !signIn) return;
  if (new URL(response.url).pathname !== signIn) return;
  event.preventDefault();
  location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
});

document.addEventListener("htmx:after:request", (event) => {
  const { status } = event.detail.ctx.response;
  if (status < 400 || status === 409 || status === 422) tell("");
});

document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if (status !== 409 && status !== 422) tell("trouble-refused");
});

document.addEventListener("htmx:error", () => tell("trouble-away"));
