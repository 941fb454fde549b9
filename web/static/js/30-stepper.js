// A quantity is sent when it is left or confirmed, not at every key.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("[data-autosubmit]") && input.form) input.form.requestSubmit();
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches(".stepper input")) event.target.select();
});
