// The service worker, when the page has nothing else to do; signing out takes it and what it kept away.
if ("serviceWorker" in navigator && window.isSecureContext) {
  window.addEventListener("load", () => {
    navigator.serviceWorker.register("/service-worker", { updateViaCache: "none" }).catch(() => {});
  });
}
