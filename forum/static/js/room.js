// A room's page: says so where a vote was lost with the network, and takes the words away with the next answer.
// Without this file htmx only leaves the page as it was.
(() => {
  "use strict";
  const said = () => document.getElementById("room-said");

  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    const place = said();
    if (place && ctx && !ctx.response && ctx.request.method === "POST") place.textContent = place.dataset.lost;
  });
  document.addEventListener("htmx:before:request", () => {
    const place = said();
    if (place) place.textContent = "";
  });
})();
