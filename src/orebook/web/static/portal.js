// Everything works without this file. It adds a print button, a place to drop a sheet, and a slider
// over pictures that have a link per day.
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
  // A row of links, one per step, becomes a slider; the part around it is fetched and put in place.
  const fetched = new Map();
  const part = (href, id) => {
    if (!fetched.has(href)) {
      fetched.set(href, fetch(href, { headers: { accept: "text/html" } }).then(async (answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        return page.getElementById(id);
      }));
    }
    return fetched.get(href);
  };
  const slide = (steps) => {
    const links = [...steps.querySelectorAll("a")];
    const live = steps.closest("[data-live]");
    if (!live || links.length < 2) return;
    const label = document.createElement("label");
    const range = document.createElement("input");
    const shown = document.createElement("output");
    const here = links.findIndex((link) => link.hasAttribute("aria-current"));
    Object.assign(range, { type: "range", min: 0, max: links.length - 1, step: 1 });
    range.value = here < 0 ? links.length - 1 : here;
    const say = () => {
      shown.textContent = links[range.value].textContent;
      range.setAttribute("aria-valuetext", shown.textContent);
    };
    const figure = () => live.querySelector("figure");
    range.addEventListener("input", async () => {
      say();
      const link = links[range.value];
      try {
        const fresh = await part(link.href, live.id);
        if (links[range.value] !== link || !fresh) return;
        figure().replaceWith(fresh.querySelector("figure").cloneNode(true));
        live.querySelector("details").replaceWith(fresh.querySelector("details").cloneNode(true));
        links.forEach((other) => other.removeAttribute("aria-current"));
        link.setAttribute("aria-current", "step");
        history.replaceState(null, "", link.href);
      } catch {
        location.assign(link.href);
      }
    });
    label.append(`${steps.dataset.slider} `, range, " ", shown);
    label.className = "slider";
    say();
    steps.prepend(label);
  };
  for (const steps of document.querySelectorAll("nav[data-slider]")) slide(steps);
  // A link to a part that lies inside a closed fold opens the fold.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", open);
  if (location.hash) open();
  // What is printed is whole: every fold is open on paper, and as it was afterwards.
  let shut = [];
  window.addEventListener("beforeprint", () => {
    shut = [...document.querySelectorAll("main details:not([open])")];
    for (const fold of shut) fold.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const fold of shut) fold.open = false;
  });
})();
