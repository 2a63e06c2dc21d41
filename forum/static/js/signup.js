// Shows a field as soon as another one asks for it: the date of birth, when the year leaves the age of 14 open.
// Without this script the server asks for it after the form was sent.
(() => {
  "use strict";
  for (const part of document.querySelectorAll("[data-shown-from]")) {
    const asking = document.getElementById(part.dataset.shownBy);
    if (!asking) continue;
    const show = () => {
      const asks = /^\d{4}$/.test(asking.value.trim()) && Number(asking.value) >= Number(part.dataset.shownFrom);
      part.hidden = !asks && !part.querySelector(".error");
    };
    asking.addEventListener("input", show);
    show();
  }
})();
