// A hint that was closed stays away until the browser is closed.
(() => {
  const KEY = "no-hint";
  const root = document.documentElement;
  if (sessionStorage.getItem(KEY)) root.classList.add(KEY);
  const show = () => document.querySelectorAll("[data-hides]").forEach((button) => (button.hidden = false));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-hides]")) return;
    sessionStorage.setItem(KEY, "yes");
    root.classList.add(KEY);
  });
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:after:swap", show);
})();
