// <a data-sheet href="…"> opens its page as a sheet; <button data-opens="id"> opens a dialog that is on the page.
// The phone's Back closes the sheet and stays on the page.
(() => {
  let shown = null;
  let isStepping = false;
  window.addEventListener(
    "popstate",
    (event) => {
      if (!isStepping && !shown?.open) return;
      event.stopImmediatePropagation();
      isStepping = false;
      const dialog = shown;
      shown = null;
      if (dialog?.open) dialog.close();
    },
    true,
  );
  const show = (dialog) => {
    dialog.showModal();
    shown = dialog;
    history.pushState({ sheet: true }, "");
    dialog.addEventListener(
      "close",
      () => {
        if (shown !== dialog) return;
        shown = null;
        if (!history.state?.sheet) return;
        isStepping = true;
        history.back();
      },
      { once: true },
    );
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  };
  const fetched = async (link) => {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Source": "dialog" };
    const answer = await fetch(link.href, { headers });
    if (answer.status === 401) {
      document.getElementById("problem").innerHTML = await answer.text();
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    const dialog = document.createElement("dialog");
    dialog.className = "sheet";
    dialog.innerHTML = await answer.text();
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    if (window.htmx) window.htmx.process(dialog);
    show(dialog);
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog) show(dialog);
      return;
    }
    const link = event.target.closest("a[data-sheet]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    fetched(link).catch(() => window.location.assign(link.href));
  });
})();
