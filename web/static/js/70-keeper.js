// Typed, but signed out meanwhile: what stood in the form is there again after signing in, or back from the page that says
// that the form was too old. Passwords and files are never kept.
(() => {
  const KEY = "typed";
  const LONGEST = 30 * 60 * 1000;
  const NEVER = ["hidden", "password", "file", "submit", "button"];
  let last = null; // the form in which somebody typed last
  const typed = (form) => {
    const names = new Set([...form.elements].filter((each) => each.name && !NEVER.includes(each.type)).map((each) => each.name));
    return [...new FormData(form)].filter(([name, value]) => names.has(name) && typeof value === "string");
  };
  const keep = (form) => {
    if (!form || form.method !== "post" || form.querySelector("[type=password]")) return;
    const fields = typed(form);
    if (!fields.length) return;
    const kept = { page: location.pathname, action: form.getAttribute("action"), at: Date.now(), fields };
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  };
  const bring = (kept) => {
    const form = [...document.forms].find(
      (each) => each.getAttribute("action") === kept.action && kept.fields.every(([name]) => each.elements[name]),
    );
    if (!form) return;
    const values = new Map();
    kept.fields.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
    for (const input of form.elements) {
      if (!input.name || NEVER.includes(input.type)) continue;
      const mine = values.get(input.name);
      if (input.type === "checkbox" || input.type === "radio") input.checked = Boolean(mine?.includes(input.value));
      else if (mine?.length) input.value = mine.shift();
      if (mine) input.closest("details")?.setAttribute("open", "");
    }
  };
  document.addEventListener("input", (event) => {
    if (event.target.form) last = event.target.form;
  });
  document.addEventListener("submit", (event) => keep(event.target));
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-signed-out]")) keep(last);
  });
  // A button with an address of its own sends its form without a "submit". Once a page was told that nobody is signed in,
  // it asks nothing more by itself.
  document.addEventListener(
    "htmx:before:request",
    (event) => {
      const source = event.detail.ctx.sourceElement;
      if (source.matches("form, button, a")) return source.form && keep(source.form);
      if (!document.querySelector("#problem [data-signed-out]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  const arrive = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
    if (!kept) return;
    if (document.querySelector("[data-sign-in], [data-stale]")) {
      sessionStorage.setItem(KEY, JSON.stringify({ ...kept, expired: true }));
      return;
    }
    if (kept.expired && kept.page !== location.pathname && Date.now() - kept.at < LONGEST) return;
    if (kept.expired && Date.now() - kept.at < LONGEST) bring(kept);
    sessionStorage.removeItem(KEY);
  };
  document.addEventListener("DOMContentLoaded", arrive);
})();
