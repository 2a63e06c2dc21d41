// Says every 30 seconds that the screen of who runs a room is there, so that the host of a joint session sees it. It stops
// once the room is in no session, and where it may not say so any more.
(() => {
  const form = document.querySelector("form[data-alive]"), EVERY = 30000;
  if (!form) return;
  const say = async () => {
    let again = true;
    try {
      const token = form.querySelector("input[name=csrf_token]").value;
      const answer = await fetch(form.dataset.alive, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token } });
      again = answer.ok ? (await answer.json()).again : answer.status >= 500 || answer.status === 429;
    } catch { /* no network: the next one */ }
    if (again) setTimeout(say, EVERY * (0.9 + Math.random() * 0.2));
  };
  say();
})();
