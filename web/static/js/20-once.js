// A second tap on the same button sends nothing; the server makes one order of two anyway.
(() => {
  const busy = new WeakSet();
  const free = (form) => {
    busy.delete(form);
    form.querySelectorAll("[type=submit][aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.method === "get") return;
    if (busy.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    busy.add(form);
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    window.setTimeout(() => free(form), 8000);
  }, true);
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (form) free(form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(free));
})();

// After a form came back with errors the cursor stands in the first field to mend.
document.addEventListener("htmx:after:swap", () => {
  document.querySelector("[aria-invalid=true]")?.focus();
});
