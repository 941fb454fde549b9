// Passkeys: a form marked data-passkey asks the server for a challenge, lets the browser answer it, and is sent with
// the answer. Without this script, or where the browser knows none, the password works as ever.
(() => {
  const can = Boolean(window.PublicKeyCredential && navigator.credentials);
  const bytes = (text) => {
    const plain = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(plain.padEnd(Math.ceil(plain.length / 4) * 4, "=")), (mark) => mark.charCodeAt(0));
  };
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  const create = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const publicKey = { ...options, challenge: bytes(options.challenge), user, excludeCredentials: keys(options.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    const response = { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) };
    return { id: made.id, rawId: text(made.rawId), type: made.type, response };
  };
  const get = async (options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: keys(options.allowCredentials) };
    const found = await navigator.credentials.get({ publicKey });
    const response = {
      clientDataJSON: text(found.response.clientDataJSON),
      authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature),
      userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
    };
    return { id: found.id, rawId: text(found.rawId), type: found.type, response };
  };

  const run = async (form) => {
    const trouble = form.querySelector("[data-passkey-trouble]");
    const button = form.querySelector("[type=submit]");
    trouble.hidden = true;
    button.disabled = true;
    try {
      const asked = await fetch(form.dataset.challenge, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const said = await asked.json();
      if (!asked.ok) throw new Error(said.words);
      form.elements.answer.value = JSON.stringify(await (form.dataset.passkey === "create" ? create : get)(said));
      form.submit();
    } catch (error) {
      // What the browser itself says is in its own language and for developers.
      const ours = error instanceof Error && error.constructor === Error && error.message;
      trouble.textContent = ours || trouble.dataset.passkeyTrouble;
      trouble.hidden = false;
      button.disabled = false;
    }
  };

  const show = () => {
    if (can) document.querySelectorAll("form[data-passkey][hidden]").forEach((form) => form.removeAttribute("hidden"));
    document.querySelectorAll("[data-prints][hidden]").forEach((button) => button.removeAttribute("hidden"));
  };
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-passkey]") || form.elements.answer.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (can) run(form);
    else {
      const trouble = form.querySelector("[data-passkey-trouble]");
      trouble.textContent = trouble.dataset.passkeyTrouble;
      trouble.hidden = false;
    }
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-prints]")) window.print();
  });
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:after:swap", show);
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-passkey] [type=submit]").forEach((button) => { button.disabled = false; }));
  show();
})();
