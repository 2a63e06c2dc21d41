/* Buttons of components/share.html: give the page to another app, copy its address, and print. Without script they stay hidden. */
(() => {
  "use strict";

  function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    const status = button.closest(".modal").querySelector("[role=status]");
    const told = () => { status.textContent = button.dataset.done; };
    field.select();
    if (navigator.clipboard) {
      navigator.clipboard.writeText(field.value).then(told, () => {});
    } else if (document.execCommand("copy")) {
      told();
    }
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  // The phone's own list of apps. Who closes it again has chosen to, which is no error.
  for (const button of navigator.share ? document.querySelectorAll("[data-share]") : []) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const url = document.getElementById(button.dataset.share).value;
      navigator.share({ title: document.title, url }).catch(() => {});
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const modal = button.closest("[popover]");
      if (modal && modal.hidePopover) { modal.hidePopover(); }
      window.print();
    });
  }
})();
