// Asks before a page is left on which something was typed and not saved, and fills it in again for who comes back with
// the browser's button. Without this script nothing asks.
// data-unsaved="yes": the page came back from the server with what was typed, and it is not saved yet.
(() => {
  "use strict";
  const PREFIX = "forum-unsaved:";

  const fields = (form) => [...form.elements].filter((one) => one.name && !["hidden", "submit", "file"].includes(one.type));
  const seen = (form) => [...form.querySelectorAll("input[name^=seen_]")].map((one) => one.value).join();

  const keep = (form) => {
    const values = fields(form).map((one) => [one.name, one.value, one.checked === true]);
    try { sessionStorage.setItem(PREFIX + location.pathname, JSON.stringify({ seen: seen(form), values })); } catch { /* full, or off */ }
  };
  const forget = () => {
    try { sessionStorage.removeItem(PREFIX + location.pathname); } catch { /* switched off */ }
  };
  const restore = (form) => {
    let found = null;
    try { found = JSON.parse(sessionStorage.getItem(PREFIX + location.pathname)); } catch { /* switched off */ }
    if (!found || found.seen !== seen(form)) return false; // somebody saved meanwhile
    for (const [name, value, isChecked] of found.values) {
      for (const one of fields(form).filter((other) => other.name === name)) {
        if (one.type !== "radio" && one.type !== "checkbox") one.value = value;
        else if (one.value === value) one.checked = isChecked;
      }
    }
    return true;
  };

  for (const form of document.querySelectorAll("form[data-unsaved]")) {
    const [arrival] = performance.getEntriesByType("navigation");
    const cameBack = arrival && arrival.type === "back_forward";
    let isUnsaved = form.dataset.unsaved === "yes";
    if (cameBack && !isUnsaved) isUnsaved = restore(form);
    forget();
    for (const event of ["input", "change"]) form.addEventListener(event, () => { isUnsaved = true; });
    form.addEventListener("submit", () => { isUnsaved = false; });
    window.addEventListener("beforeunload", (event) => { if (isUnsaved) event.preventDefault(); });
    window.addEventListener("pagehide", () => { if (isUnsaved) keep(form); });
  }
})();
