// Typed, but signed out meanwhile: what stood in the form is there again after signing in. Passwords are never kept.
(() => {
  const KEY = "typed";
  const LONGEST = 30 * 60 * 1000;
  const typed = (form) =>
    [...new FormData(form)].filter(([name, value]) => {
      const input = form.elements[name];
      const secret = name === "csrf_token" || input?.type === "hidden" || input?.type === "password";
      return !secret && typeof value === "string";
    });
  const keep = (form) => {
    const fields = typed(form);
    if (form.querySelector("[type=password]") || !fields.length) return;
    const kept = { page: location.pathname, action: form.getAttribute("action"), at: Date.now(), fields };
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  };
  const bring = (kept) => {
    const form = [...document.forms].find(
      (each) => each.getAttribute("action") === kept.action && kept.fields.every(([name]) => each.elements[name]),
    );
    if (!form) return;
    kept.fields.forEach(([name, value]) => {
      const input = form.elements[name];
      if (input && "value" in input && !["hidden", "password", "submit"].includes(input.type)) input.value = value;
    });
  };
  document.addEventListener("submit", (event) => {
    if (event.target.method === "post") keep(event.target);
  });
  const arrive = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
    if (!kept) return;
    if (document.querySelector("[data-sign-in]")) {
      sessionStorage.setItem(KEY, JSON.stringify({ ...kept, expired: true }));
      return;
    }
    if (kept.expired && kept.page !== location.pathname && Date.now() - kept.at < LONGEST) return;
    if (kept.expired && Date.now() - kept.at < LONGEST) bring(kept);
    sessionStorage.removeItem(KEY);
  };
  document.addEventListener("DOMContentLoaded", arrive);
})();
