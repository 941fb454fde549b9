// Quantities. A tap counts at once on the page; what stands at the end is sent, one request after the other, and a
// button or link that is pressed meanwhile waits for them: a submission never overtakes a quantity of its own cart.
(() => {
  const PAUSE = 250;
  const wanted = new Map(); // by input id, the quantity that is not sent yet
  const drafts = new Map(); // by input id, what is being typed
  let timer = 0;
  let sending = null; // the form that is on its way
  let context = null; // htmx's, of that request: after a swap it names another element
  let held = null; // what was pressed meanwhile: again() presses it

  const counted = (input) =>
    input?.matches?.(".stepper[data-multiple] input") && input.id && input.form?.hasAttribute("hx-post");
  const show = (input, value) => {
    input.value = value;
    const less = input.parentElement.querySelector("[name=less]");
    if (less) less.disabled = !(Number(value) > 0);
  };
  const step = (box, value, isMore) => {
    const multiple = Number(box.dataset.multiple) || 1;
    const least = Math.ceil((Number(box.dataset.least) || 1) / multiple) * multiple;
    if (isMore) return Math.max(least, (Math.floor(value / multiple) + 1) * multiple);
    const lower = value > 0 ? Math.floor((value - 1) / multiple) * multiple : 0;
    return lower >= least ? lower : 0;
  };
  const isBusy = () => sending !== null || wanted.size > 0;
  const release = () => {
    const press = held;
    held = null;
    press?.();
  };
  const send = () => {
    window.clearTimeout(timer);
    if (sending) return;
    for (const [id, value] of wanted) {
      wanted.delete(id);
      const input = document.getElementById(id);
      if (!counted(input)) continue;
      show(input, value);
      sending = input.form;
      sending.requestSubmit();
      return;
    }
    release();
  };
  const want = (input, value, pause = PAUSE) => {
    drafts.delete(input.id);
    wanted.delete(input.id);
    wanted.set(input.id, String(value));
    window.clearTimeout(timer);
    timer = window.setTimeout(send, pause);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".stepper button");
    const input = button?.parentElement.querySelector("input");
    if (!counted(input)) return;
    const typed = input.value.trim();
    if (button.name && !/^\d{0,9}$/.test(typed)) return; // the server says what is wrong with it
    event.preventDefault();
    if (!button.name) return want(input, input.value, 0);
    show(input, step(input.parentElement, Number(typed), button.name === "more"));
    want(input, input.value);
  });
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("a[href], [type=submit]");
    if (!isBusy() || !pressed || pressed.closest(".stepper") || pressed.matches("[data-sheet], [href^='#']")) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const words = pressed.textContent;
    const place = pressed.form?.id && `#${CSS.escape(pressed.form.id)} [type=submit]`;
    pressed.setAttribute("aria-busy", "true");
    held = () => {
      const now = pressed.isConnected ? pressed : place && document.querySelector(place);
      pressed.removeAttribute("aria-busy");
      if (pressed.href) return pressed.isConnected ? pressed.click() : window.location.assign(pressed.href);
      const isSame = now && now.textContent === words && !document.querySelector(".stepper [aria-invalid=true]");
      if (isSame) now.click(); // other words mean another answer: that is looked at first
    };
    send();
  }, true);

  document.addEventListener("input", (event) => {
    if (counted(event.target)) drafts.set(event.target.id, event.target.value);
  });
  // A quantity is sent when it is left or confirmed, not at every key.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (counted(input)) want(input, input.value);
    else if (input.matches("[data-autosubmit]") && input.form) input.form.requestSubmit();
  });
  document.addEventListener("focusout", (event) => {
    const input = event.target;
    if (counted(input) && input.isConnected && drafts.has(input.id)) want(input, input.value);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".stepper input") && !drafts.has(event.target.id)) event.target.select();
  });

  document.addEventListener("htmx:before:request", (event) => {
    if (sending && event.detail.ctx.sourceElement === sending) context = event.detail.ctx;
  });
  let active = "";
  let typed; // what stood there: taking the input away looks like leaving it
  document.addEventListener("htmx:before:swap", () => {
    active = document.activeElement?.id || "";
    typed = drafts.get(active);
  });
  document.addEventListener("htmx:after:swap", () => {
    if (typed !== undefined) {
      wanted.delete(active);
      drafts.set(active, typed);
    }
    for (const [id, value] of [...wanted, ...drafts]) {
      const input = document.getElementById(id);
      if (counted(input)) show(input, value);
    }
    if (!drafts.has(active)) return;
    const input = document.getElementById(active);
    input?.focus();
    input?.setSelectionRange(input.value.length, input.value.length);
  });
  document.addEventListener("htmx:error", (event) => {
    if (!sending || event.detail?.ctx !== context) return;
    const input = sending.querySelector(".stepper input");
    if (input && !wanted.has(input.id)) show(input, input.defaultValue);
    held = null;
    document.querySelectorAll("a[aria-busy], [type=submit][aria-busy]").forEach((each) => each.removeAttribute("aria-busy"));
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!sending || event.detail?.ctx !== context) return;
    sending = context = null;
    if (wanted.size) timer = window.setTimeout(send, held ? 0 : PAUSE);
    else release();
  });
  window.addEventListener("pagehide", () => {
    for (const [id, value] of wanted) {
      const input = document.getElementById(id);
      if (!counted(input)) continue;
      input.value = value;
      navigator.sendBeacon(input.form.action, new FormData(input.form));
    }
    wanted.clear();
  });
})();
