// The host's page of a joint session: asks every second where all stand, counts the step down by the server's clock, and
// brings the page up to date when somebody moved and every 10 seconds. Without it, "새로 보기" does the same.
(() => {
  const EVERY = 1000, AGAIN = 10000, PATIENCE = 5000;
  let now = document.getElementById("host-now"), etag = "", brought = Date.now(), isBringing = false;
  if (!now) return;
  let offset = Number(now.dataset.now) - Date.now(), best = Infinity; // the server's clock less this one, from the quickest answer

  const learn = (answer, sent) => {
    const said = Number(answer.headers.get("X-Forum-Time")), trip = Date.now() - sent;
    if (!said || trip < 0 || trip > best + 50) return;
    best = Math.min(best, trip);
    offset = said + trip / 2 - Date.now();
  };
  const two = (n) => String(n).padStart(2, "0");
  const count = () => {
    const line = document.getElementById("countdown");
    if (!line) return;
    const at = Date.now() + offset, begins = Number(now.dataset.begins), ends = Number(now.dataset.ends);
    const isSoon = at < begins, left = Math.ceil((isSoon ? begins - at : ends - at) / 1000), whole = Math.abs(left);
    const name = isSoon ? line.dataset.soon : left >= 0 ? line.dataset.left : line.dataset.over;
    const title = line.querySelector(".joint-countdown-name"), figure = line.querySelector("strong");
    const text = `${Math.floor(whole / 60)}:${two(whole % 60)}`;
    if (title.textContent !== name) title.textContent = name;
    if (figure.textContent !== text) figure.textContent = text;
    line.classList.toggle("is-over", !isSoon && left < 0);
  };
  const bring = async () => {
    const isIn = now.contains(document.activeElement) || now.querySelector("details[open]");
    if (isBringing || (isIn && now.dataset.late !== "1")) return; // somebody is about to press: only a move changes it
    isBringing = true;
    try {
      const answer = await fetch(now.dataset.page, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
      const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("host-now");
      if (fresh) { now.replaceWith(fresh); now = fresh; brought = Date.now(); count(); }
    } catch { /* no network: what is shown stays, and the next answer brings it */ } finally { isBringing = false; }
  };
  const ask = async () => {
    const sent = Date.now();
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(now.dataset.state, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      learn(answer, sent);
      if (answer.ok) {
        const said = await answer.json();
        etag = answer.headers.get("ETag") || "";
        if (said.move !== Number(now.dataset.move) || said.state !== now.dataset.stands) now.dataset.late = "1";
      }
      if (now.dataset.late === "1" || Date.now() - brought > AGAIN) await bring();
    } catch { /* no network: again in a second */ }
    setTimeout(ask, EVERY * (0.85 + Math.random() * 0.3));
  };
  setInterval(count, 250);
  ask();
})();
