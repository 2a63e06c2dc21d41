// Keeps what is typed into a form: in this browser, and on the server where the form names an address for it.
// Pages work without this; a draft can be saved by a button too.
(() => {
  "use strict";
  const PREFIX = "forum-draft:";
  const DAYS = 7;
  const LOCAL_DELAY = 800, SERVER_DELAY = 3000; // milliseconds after the last key

  const read = (key) => {
    try { return JSON.parse(localStorage.getItem(PREFIX + key)); } catch { return null; }
  };
  const write = (key, value) => {
    try { localStorage.setItem(PREFIX + key, JSON.stringify(value)); } catch { /* full, or switched off */ }
  };
  const forget = (keep) => {
    try {
      for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
        if (!keep(read(key.slice(PREFIX.length)))) localStorage.removeItem(key);
      }
    } catch { /* switched off */ }
  };
  const texts = (form) => [...form.querySelectorAll("textarea[name], input[type=text][name]")];
  const say = (form, words) => {
    const place = form.querySelector("[data-draft-status]");
    if (place) place.textContent = words;
  };

  const keepLocally = (form, sent) => {
    const fields = Object.fromEntries(texts(form).map((field) => [field.name, field.value]));
    if (Object.values(fields).some((value) => value.trim())) {
      write(form.dataset.draft, { at: Date.now(), fields, sent });
    }
  };

  const keepOnServer = async (form) => {
    const answer = await fetch(form.dataset.draftUrl, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
    }).catch(() => null);
    const said = answer ? await answer.json().catch(() => null) : null;
    const refused = said && said.error && said.error.message;
    say(form, answer && answer.ok && said ? said.said : (refused || "연결이 끊겨 이 브라우저에만 담아 두었습니다."));
  };

  const restore = (form) => {
    const found = read(form.dataset.draft) || read(form.dataset.draftBefore || "");
    if (!found || texts(form).some((field) => field.value.trim())) return;
    for (const field of texts(form)) field.value = found.fields[field.name] || "";
    say(form, "이 브라우저에 담아 둔 글을 되살렸습니다. 확인하고 보내 주세요.");
  };

  forget((one) => one && Date.now() - one.at < DAYS * 86400000);
  if (document.querySelector("[data-draft-done]")) forget((one) => one && !one.sent); // what was sent has arrived
  for (const form of document.querySelectorAll("form[data-draft]")) {
    let soon, later;
    restore(form);
    form.addEventListener("input", () => {
      clearTimeout(soon); clearTimeout(later);
      soon = setTimeout(() => keepLocally(form, false), LOCAL_DELAY);
      if (form.dataset.draftUrl) later = setTimeout(() => keepOnServer(form), SERVER_DELAY);
    });
    form.addEventListener("submit", () => {
      clearTimeout(soon); clearTimeout(later);
      keepLocally(form, true);
    });
  }
  const forgetRooms = () => { // what kept.js and room-sw.js keep of rooms
    if (window.caches) caches.keys().then((names) => names.filter((one) => one.startsWith("forum-room")).map((one) => caches.delete(one))).catch(() => {});
    if (window.indexedDB) indexedDB.deleteDatabase("forum-room");
  };
  for (const form of document.querySelectorAll("form[action$='/pass/leave'], form[action$='/pass/withdraw']")) {
    form.addEventListener("submit", () => { forget(() => false); forgetRooms(); });
  }
  for (const form of document.querySelectorAll("form[action$='/account/logout']")) {
    form.addEventListener("submit", () => { // the next person at this browser finds nothing
      forget(() => false);
      forgetRooms();
      try { sessionStorage.clear(); } catch { /* switched off */ }
    });
  }
})();
