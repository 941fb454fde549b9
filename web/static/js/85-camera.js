// Scanning with the camera, where the browser can; elsewhere the line that says so stays and the code is typed.
(() => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const offer = () => {
    document.querySelectorAll("[data-camera]").forEach((line) => (line.hidden = true));
    document.querySelectorAll("[data-camera-starts]").forEach((button) => (button.hidden = false));
  };
  const watch = async (button) => {
    const field = document.getElementById(button.dataset.cameraStarts);
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const video = Object.assign(document.createElement("video"), { className: "camera", playsInline: true, muted: true, srcObject: stream });
    button.before(video);
    button.hidden = true;
    await video.play();
    const detector = new window.BarcodeDetector();
    const stop = () => stream.getTracks().forEach((track) => track.stop());
    const look = async () => {
      if (!video.isConnected) return stop();
      const [found] = await detector.detect(video).catch(() => []);
      if (!found) return void window.setTimeout(look, 200);
      stop();
      video.remove();
      button.hidden = false;
      field.value = found.rawValue;
      field.form.requestSubmit();
    };
    look();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-camera-starts]");
    if (button) watch(button).catch(() => document.querySelectorAll("[data-camera]").forEach((line) => (line.hidden = false)));
  });
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("htmx:after:swap", offer);
})();
