// Every request of htmx carries the token of the page.
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token.content;
});

// Forms that were open longer than their session get the token of now with the refusal: what is typed there is simply sent again.
document.addEventListener("htmx:after:swap", () => {
  const fresh = document.querySelector("#problem [data-stale]")?.dataset.stale;
  if (!fresh) return;
  document.querySelector('meta[name="csrf-token"]').content = fresh;
  document.querySelectorAll('input[name="csrf_token"]').forEach((input) => (input.value = fresh));
});
