// A long form that was changed and not sent: whoever leaves the page is asked first.
(() => {
  let changed = null;
  document.addEventListener("input", (event) => {
    if (event.target.form?.querySelector("[data-asks-first]")) changed = event.target.form;
  });
  document.addEventListener("submit", () => {
    changed = null;
  });
  addEventListener("beforeunload", (event) => {
    if (changed?.isConnected) event.preventDefault();
  });
})();
