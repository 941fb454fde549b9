// On a PC: / searches, j and k walk the rows, Enter opens, x ticks, Esc leaves, a approves, r refuses (both only move the focus).
(() => {
  const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll(".row-name, .rows > .row-link")].filter((row) => row.offsetParent && !row.closest(".menu"));
  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
  };
  const press = {
    "/": () => document.querySelector(".search input")?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    x: () => document.activeElement.closest("tr")?.querySelector("[name=pick]")?.click(),
    a: () => document.querySelector('[data-key="a"]')?.focus(),
    r: () => document.querySelector('[data-key="r"]')?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
      document.getElementById("problem")?.replaceChildren();
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || !press[event.key]) return;
    event.preventDefault();
    press[event.key]();
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
  });
})();
