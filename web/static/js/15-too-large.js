// Files that are too large are told beside their field before they are sent, so that nothing typed is lost with them.
(() => {
  const words = document.getElementById("too-large-words");
  if (!words) return;
  const { each, all, eachWords, allWords } = words.dataset;
  const ROOM = 64 * 1024; // what else the form sends
  const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
  const whole = (bytes) => megabytes(bytes).replace(".0", "");
  const chosen = (form) => [...form.elements].filter((field) => field.type === "file" && !field.disabled);
  const wrong = (field) => {
    const files = [...field.files];
    const largest = Number(field.dataset.largest || (field.accept.includes("image/") ? each : all));
    const one = files.find((file) => file.size > largest);
    if (one) return eachWords.replace("{name}", one.name).replace("{most}", whole(largest));
    const sent = chosen(field.form).flatMap((other) => [...other.files]);
    const sum = sent.reduce((before, file) => before + file.size, 0);
    return files.length && sum + ROOM > Number(all) ? allWords.replace("{sum}", megabytes(sum)).replace("{all}", whole(Number(all))) : "";
  };
  const tell = (field) => {
    const said = wrong(field);
    const id = `${field.id}-too-large`;
    let place = document.getElementById(id);
    const told = (field.getAttribute("aria-describedby") || "").split(" ").filter((each) => each && each !== id);
    if (said && !place) {
      place = document.createElement("span");
      place.id = id;
      place.className = "invalid-feedback d-block";
      place.setAttribute("role", "alert");
      (field.closest(".split") || field).after(place);
    }
    if (said) place.textContent = said;
    else place?.remove();
    if (said) told.push(id);
    if (said || place) field.classList.toggle("is-invalid", Boolean(said));
    if (said) field.setAttribute("aria-invalid", "true");
    else if (place) field.removeAttribute("aria-invalid");
    if (told.length) field.setAttribute("aria-describedby", told.join(" "));
    else field.removeAttribute("aria-describedby");
    return said;
  };
  document.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.form) chosen(event.target.form).forEach(tell);
  });
  document.addEventListener("submit", (event) => {
    const bad = event.target.method === "post" && chosen(event.target).find(tell);
    if (!bad) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    bad.focus();
  }, true);
})();
