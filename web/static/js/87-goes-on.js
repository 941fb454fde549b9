// A page between two others goes on by itself; its button stays for whoever has no JavaScript, or comes back to it.
(() => {
  const [first] = performance.getEntriesByType("navigation");
  if (first?.type === "back_forward") return;
  document.querySelector("[data-goes-on]")?.click();
})();
