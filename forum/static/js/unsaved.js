// Asks before a page is left on which something was typed and not saved. Without this script nothing asks.
// data-unsaved="yes": the page came back from the server with what was typed, and it is not saved yet.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("form[data-unsaved]")) {
    let isUnsaved = form.dataset.unsaved === "yes";
    for (const event of ["input", "change"]) form.addEventListener(event, () => { isUnsaved = true; });
    form.addEventListener("submit", () => { isUnsaved = false; });
    window.addEventListener("pageshow", (event) => { if (event.persisted) isUnsaved = true; });
    window.addEventListener("beforeunload", (event) => { if (isUnsaved) event.preventDefault(); });
  }
})();
