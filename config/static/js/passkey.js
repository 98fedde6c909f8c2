// Passkeys: a form with data-passkey asks the browser for one, then sends the answer along.
// The attribute names a JSON block of this page, or the address that answers with one.
"use strict";

async function wanted(form) {
  const source = form.dataset.passkey;
  if (source.startsWith("#")) return JSON.parse(document.querySelector(source).textContent);
  const answer = await fetch(source, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${source} answered ${answer.status}`);
  return answer.json();
}

async function answerOf(form) {
  const options = await wanted(form);
  return "creation_options" in options
    ? window.webauthnJSON.create(options.creation_options)
    : window.webauthnJSON.get(options.request_options);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    if (form.credential.value) return;
    // Before form.js marks it as sent: this press only asks.
    event.preventDefault();
    event.stopPropagation();
    const trouble = form.querySelector("[data-passkey-trouble]");
    if (trouble) trouble.hidden = true;
    try {
      form.credential.value = JSON.stringify(await answerOf(form));
      form.requestSubmit();
    } catch {
      if (trouble) trouble.hidden = false;
    }
  });
}
