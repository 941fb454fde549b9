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

// After a form came back the cursor stands in the first field to mend, else at what refuses the whole, or at what the form has
// made (`data-comes-to` of the block). What a page asks by itself moves nothing.
(() => {
  const sent = new WeakMap(); // by htmx's context: whether taps are counted in it, where only a field to mend is looked at
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const source = ctx.sourceElement;
    if (source.matches("form, button")) sent.set(ctx, Boolean(source.querySelector(".stepper")));
  });
  const show = (place) => {
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "start" });
  };
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (!sent.has(ctx)) return;
    const wrong = document.querySelector("[aria-invalid=true]");
    if (wrong) return wrong.focus();
    const block = document.getElementById(ctx.target?.id);
    if (!block || sent.get(ctx)) return;
    const isRefused = ctx.response.status >= 400;
    const place = isRefused ? block.querySelector("[role=alert]") : document.getElementById(block.dataset.comesTo);
    if (place) show(place);
  });
})();
