// Everything works without this file. It adds a print button and a place to drop a sheet.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const form of document.querySelectorAll("form.drop")) {
    const input = form.querySelector("input[type=file]");
    const over = (on) => form.classList.toggle("over", on);
    form.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
    form.addEventListener("dragleave", () => over(false));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      if (event.dataTransfer && event.dataTransfer.files.length === 1) {
        input.files = event.dataTransfer.files;
        form.requestSubmit();
      }
    });
  }
  // A link to a part that lies inside a closed fold opens the fold.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", open);
  if (location.hash) open();
  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details.behind")) fold.dataset.was = fold.open ? "1" : "";
  });
})();
