// Ticked rows: the box in the head ticks all of the page, the bar shows how many are and what they come to, and Esc lets them go.
(() => {
  const boxes = (root) => [...root.querySelectorAll("[name=pick]")];
  const sum = (ticked) => {
    const cents = new Map();
    ticked.forEach(({ dataset: { amount, sign } }) => {
      if (amount) cents.set(sign, (cents.get(sign) || 0) + Math.round(Number(amount) * 100));
    });
    const spelled = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    return [...cents].map(([sign, each]) => sign + (each / 100).toLocaleString("en-US", spelled)).join(" + ");
  };
  const tell = () => {
    document.querySelectorAll("[data-picks]").forEach((table) => {
      const all = boxes(table);
      const ticked = all.filter((box) => box.checked);
      const head = table.querySelector("[data-pick-all]");
      if (head) {
        head.checked = all.length > 0 && ticked.length === all.length;
        head.indeterminate = ticked.length > 0 && !head.checked;
        head.disabled = !all.length;
      }
      all.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
      const bar = table.closest(".stack")?.querySelector("[data-bulk]");
      if (!bar) return;
      bar.hidden = !ticked.length;
      bar.querySelector("[data-bulk-count]").textContent = ticked.length ? String(ticked.length) : "";
      const told = bar.querySelector("[data-bulk-sum]");
      if (told) told.textContent = sum(ticked);
    });
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      boxes(event.target.closest("table")).forEach((box) => (box.checked = event.target.checked));
    }
    if (event.target.matches("[data-pick-all], [name=pick]")) tell();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("[name=pick]:checked").forEach((box) => (box.checked = false));
    tell();
  });
  document.addEventListener("htmx:after:swap", tell);
  window.addEventListener("pageshow", tell);
  tell();
})();
