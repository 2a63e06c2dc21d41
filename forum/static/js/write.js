/* Takes the sector that a text seems to belong to by one tap. Without script the sentence says where to choose it. */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    const field = button && document.getElementById(button.dataset.choose);
    if (!field) return;
    field.value = button.dataset.value;
    const fold = field.closest("details");
    if (fold) fold.open = true;
    button.closest("p").textContent = button.dataset.done;
  });
})();
