// Shows chosen photos and makes large ones smaller before they are sent, for phones on bad networks.
// Without this the photos are sent as they are; the server checks and rebuilds them either way.
(() => {
  "use strict";
  const MAX_SIDE = 1600; // pixels, as what the server keeps
  const SMALL_BYTES = 700 * 1024; // smaller ones are sent as they are

  const draw = (bitmap, most) => {
    const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white"; // behind what is transparent, as the server does
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const shrunk = (bitmap) => new Promise((done) => draw(bitmap, MAX_SIDE).toBlob(done, "image/jpeg", 0.85));

  for (const box of document.querySelectorAll("[data-photos]")) {
    const said = box.querySelector("[data-photos-said]");
    box.addEventListener("change", async (event) => {
      const field = event.target;
      if (field.type !== "file") return;
      const preview = field.closest(".photo-place").querySelector(".photo-preview");
      const chosen = field.files[0];
      preview.replaceChildren();
      preview.hidden = true;
      if (said) said.textContent = "";
      if (!chosen || !window.createImageBitmap) return;
      const bitmap = await createImageBitmap(chosen).catch(() => null);
      if (!bitmap || field.files[0] !== chosen) return; // the server says what is wrong with it
      preview.append(draw(bitmap, 320));
      preview.hidden = false;
      if (chosen.size <= SMALL_BYTES && Math.max(bitmap.width, bitmap.height) <= MAX_SIDE) return;
      const smaller = await shrunk(bitmap);
      if (!smaller || smaller.size >= chosen.size || field.files[0] !== chosen) return;
      const files = new DataTransfer();
      files.items.add(new File([smaller], chosen.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }));
      field.files = files.files;
      if (said) said.textContent = box.dataset.saidSmall;
    });
  }
})();
