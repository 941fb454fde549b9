// A button that copies what stands in a field, an address with its host before it; without this script the field can be marked and copied by hand.
(() => {
  const show = () => {
    document.querySelectorAll("[data-copies][hidden]").forEach((button) => button.removeAttribute("hidden"));
    document.querySelectorAll("input[data-address]").forEach((field) => { field.value = new URL(field.value, location.origin).href; });
  };
  const copy = async (field) => {
    field.focus();
    field.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy"); // plain http inside a company's network
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    const field = button && document.getElementById(button.dataset.copies);
    if (!field) return;
    try { await copy(field); } catch { return; }
    (button.querySelector("span") || button).textContent = button.dataset.copied;
  });
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:after:swap", show);
  show();
})();
