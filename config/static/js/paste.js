// A picture from the clipboard goes into the form's file field; without this the field is there.
document.addEventListener("paste", (event) => {
  const field = document.querySelector("input[type=file][data-paste]");
  const picture = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
  if (!field || !picture) return;
  event.preventDefault();
  const now = new Date().toISOString().slice(0, 16).replace("T", " ").replace(":", ".");
  const kind = picture.type.slice("image/".length);
  const held = new DataTransfer();
  held.items.add(new File([picture], `Pasted ${now}.${kind}`, { type: picture.type }));
  field.files = held.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const said = document.querySelector("[data-paste-said]");
  if (said) said.textContent = "The picture from your clipboard is in. Keep it with the button below.";
});
