/* Buttons of components/share.html: copy the page's address, and print. Without script they stay hidden. */
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
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const modal = button.closest("[popover]");
      if (modal && modal.hidePopover) { modal.hidePopover(); }
      window.print();
    });
  }
})();
