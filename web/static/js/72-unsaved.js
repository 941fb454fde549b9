// A long form that was changed and not sent: whoever leaves the page is asked first. What was sent and refused is not kept yet.
(() => {
  let changed = null;
  document.addEventListener("input", (event) => {
    if (event.target.form?.querySelector("[data-asks-first]")) changed = event.target.form;
  });
  document.addEventListener("submit", (event) => {
    if (event.target === changed && !changed.hasAttribute("hx-post")) changed = null;
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.hx?.redirect) changed = null;
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.response?.status >= 400 && changed && !changed.isConnected) {
      changed = document.querySelector("[data-asks-first]")?.form ?? null;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (changed?.isConnected) event.preventDefault();
  });
})();
