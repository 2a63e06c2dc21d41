// The voting queue: focus and words after a vote, number keys (off until switched on), and swiping with a finger.
// Pages work without this, by the buttons.
(() => {
  "use strict";
  const KEYS = "forum-queue-keys";
  const QUIET = 500; // milliseconds in which a second click or key, meant for the idea before, does nothing
  const FAR = 90, START = 12; // pixels: of a swipe that votes, and before it is clear where a finger goes

  const status = document.getElementById("queue-said");
  const box = document.getElementById("queue-keys");
  if (!status || !box) return;
  let quietUntil = 0, isPointed = false;
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => { isPointed = kind === "pointerdown"; }, true);
  }

  const stored = () => {
    try { return localStorage.getItem(KEYS) === "on"; } catch { return false; }
  };
  const store = (isOn) => {
    try { isOn ? localStorage.setItem(KEYS, "on") : localStorage.removeItem(KEYS); } catch { /* switched off */ }
  };
  const button = (key) => document.querySelector(`#queue button[data-key="${key}"]`);
  const label = () => {
    for (const one of document.querySelectorAll("#queue button[data-key]")) {
      if (box.checked) one.setAttribute("aria-keyshortcuts", one.dataset.key);
      else one.removeAttribute("aria-keyshortcuts");
    }
  };

  // --- after a vote: say what happened, and go on at the next title
  document.addEventListener("htmx:after:swap", () => {
    const queue = document.getElementById("queue");
    if (!queue || queue.dataset.isKnown) return;
    const title = queue.querySelector("h2");
    queue.dataset.isKnown = "yes";
    status.classList.add("visually-hidden");
    quietUntil = performance.now() + QUIET;
    status.textContent = queue.dataset.said;
    label();
    window.scrollTo({ top: 0 });
    if (!title) return;
    title.classList.toggle("is-pointed", isPointed); // who uses no keyboard needs no frame around what they read
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  });
  // A vote without network is kept by votes.js; what takes one back is not.
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx || ctx.response || !ctx.request.action.endsWith("/undo")) return;
    status.textContent = status.dataset.lost;
    status.classList.remove("visually-hidden");
  });
  // A second click meant for the idea before would fall on the next one.
  document.addEventListener("click", (event) => {
    if (event.target.closest("#queue button[data-key]") && performance.now() < quietUntil) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  // --- keys
  box.checked = stored();
  box.closest(".queue-keys").hidden = false;
  label();
  box.addEventListener("change", () => { store(box.checked); label(); });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (!box.checked || isTyping || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const wanted = /^[0-3]$/.test(event.key) ? button(event.key) : null;
    if (wanted) { event.preventDefault(); wanted.click(); }
  });

  // --- swiping: towards the button's own side; a finger that scrolls is left alone
  let swipe = null;
  const show = (idea, x) => { // by classes: the content security policy forbids inline styles, and htmx copies them
    idea.classList.toggle("leans-left", x < -START);
    idea.classList.toggle("leans-right", x > START);
    idea.classList.toggle("to-agree", x < -FAR);
    idea.classList.toggle("to-disagree", x > FAR);
  };
  const end = () => {
    if (swipe) show(swipe.idea, 0);
    swipe = null;
  };
  if (matchMedia("(pointer: coarse)").matches) document.querySelector(".queue-swipe").hidden = false;
  document.addEventListener("pointerdown", (event) => {
    const idea = event.target.closest(".queue-idea");
    end();
    if (!idea || event.pointerType !== "touch" || !event.isPrimary || event.target.closest("a, summary, button")) return;
    swipe = { idea, id: event.pointerId, x: event.clientX, y: event.clientY, isOn: false };
  });
  document.addEventListener("pointermove", (event) => {
    if (!swipe || event.pointerId !== swipe.id) return;
    const x = event.clientX - swipe.x, y = event.clientY - swipe.y;
    if (!swipe.isOn && Math.abs(y) > START && Math.abs(y) > Math.abs(x)) { end(); return; }
    swipe.isOn = swipe.isOn || Math.abs(x) > START;
    if (swipe.isOn) show(swipe.idea, x);
  });
  document.addEventListener("pointerup", (event) => {
    if (!swipe || event.pointerId !== swipe.id) return;
    const x = event.clientX - swipe.x, isOn = swipe.isOn;
    end();
    if (isOn && Math.abs(x) > FAR) button(x < 0 ? "1" : "3").click();
  });
  document.addEventListener("pointercancel", end); // the browser scrolls
})();
