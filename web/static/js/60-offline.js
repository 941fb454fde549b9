// Without a connection: say so, keep what was typed, and let nothing leave the page. Lines about what was done leave after a while.
(() => {
  const place = () => document.getElementById("problem");
  const offline = () => {
    const words = document.getElementById("offline-words");
    document.getElementById("toasts")?.replaceChildren();
    if (words && place()) place().replaceChildren(words.content.cloneNode(true));
  };
  window.addEventListener("offline", offline);
  window.addEventListener("online", () => place()?.replaceChildren());
  document.addEventListener("htmx:error", () => {
    if (!navigator.onLine) offline();
  });
  const stay = (event) => {
    if (navigator.onLine || event.target.method === "dialog") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    offline();
  };
  window.addEventListener("submit", stay, true);
  window.addEventListener(
    "click",
    (event) => {
      if (event.target.closest?.("a[href]:not([href^='#'])")) stay(event);
    },
    true,
  );
  document.addEventListener("htmx:before:request", () => place()?.replaceChildren());
  const fade = () =>
    document.querySelectorAll("#toasts .toast-line:not([data-leaving])").forEach((line) => {
      line.setAttribute("data-leaving", "");
      window.setTimeout(() => line.remove(), 6000);
    });
  document.addEventListener("DOMContentLoaded", fade);
  document.addEventListener("htmx:after:swap", fade);
  if (document.readyState !== "loading") fade();
})();
