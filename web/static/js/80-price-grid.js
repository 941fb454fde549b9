// The grid of a price list: arrows and Enter walk the cells, a cell is kept when it is left, a block is pasted as a whole.
(() => {
  const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Source": "tr" };
  const grid = () => document.querySelector("[data-price-grid]");
  const cells = (name) => [...document.querySelectorAll(`[data-price-grid] input[name="${name}"]`)];
  const status = (words) => document.getElementById("grid-status")?.replaceChildren(words);
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  let waiting = Promise.resolve();

  const keep = async (row) => {
    const form = new FormData();
    const name = row.dataset.keyName;
    for (const input of row.querySelectorAll("input[name]")) {
      if (input.type !== "checkbox" || input.checked) form.append(input.name, input.value);
    }
    form.append("csrf_token", token());
    const sent = [...row.querySelectorAll("input")].map((input) => input.value).join("|");
    const answer = await fetch(grid().dataset.priceGrid, { method: "POST", headers: HEADERS, body: new URLSearchParams(form) });
    if (answer.status === 401) document.getElementById("problem").innerHTML = await answer.text();
    if (answer.status !== 200 && answer.status !== 422) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = [...page.querySelectorAll("tr[data-key-name]")].find((each) => each.dataset.keyName === name);
    const typed = [...row.querySelectorAll("input")].map((input) => input.value).join("|");
    if (!fresh || typed !== sent) return; // somebody typed on; the next keeping tells
    const at = [...row.querySelectorAll("input")].indexOf(document.activeElement);
    row.replaceWith(fresh);
    if (at >= 0) fresh.querySelectorAll("input")[at]?.focus();
    const told = page.getElementById("grid-status");
    const problem = page.querySelector(".notice.is-danger");
    status(problem ? problem.textContent.trim() : (told?.textContent ?? ""));
    document.querySelector("#price-list .desk-head")?.replaceWith(page.querySelector(".desk-head") ?? "");
    document.querySelector("#price-list .tabs")?.replaceWith(page.querySelector(".tabs") ?? "");
    if (window.htmx) window.htmx.process(document.querySelector("#price-list .desk-head"));
  };

  document.addEventListener("change", (event) => {
    const row = event.target.closest?.("[data-price-grid] tr[data-key-name]");
    if (!row) return;
    status("…");
    waiting = waiting.then(() => keep(row)).catch(() => status("!"));
  });

  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches?.('[data-price-grid] td.edit input:not([type="hidden"])')) return;
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    if (event.key === "Escape") input.value = input.defaultValue;
    if (!step) return;
    event.preventDefault();
    const column = cells(input.name);
    const next = column[column.indexOf(input) + step];
    if (next) {
      next.focus();
      next.select();
    } else {
      input.blur();
    }
  });

  document.addEventListener("paste", (event) => {
    const input = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!input.matches?.('[data-price-grid] input[name="price"]') || !/[\t\n]/.test(text.replace(/[\r\n]+$/, ""))) return;
    const box = document.querySelector("[data-price-paste]");
    if (!box) return;
    event.preventDefault();
    box.value = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    box.form.elements.start.value = input.closest("tr").dataset.keyName;
    waiting.then(() => box.form.requestSubmit());
  });
})();
