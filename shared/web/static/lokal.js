// What pages do beyond htmx: keys, focus and voice after an update, errors in words. Every page works without it.
"use strict";
(() => {
  const typing = (element) =>
    element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

  // Keys: "/" searches, "n" opens what the page marks as new (on other pages: a household), "?" shows them all. Never
  // while somebody types.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const marks = { "/": "search", n: "new" };
    const what = marks[event.key];
    if (what) {
      const element = document.querySelector(`[data-key-${what}]`);
      const elsewhere = document.body.dataset[what];
      if (!element && !elsewhere) return;
      event.preventDefault();
      if (!element) {
        window.location.assign(elsewhere);
        return;
      }
      element.focus();
      if (what === "new") element.click();
    } else if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
    }
  });

  // Screen readers hear what changed.
  const say = (text) => {
    const live = document.getElementById("live");
    if (!live || !text) return;
    live.textContent = "";
    window.setTimeout(() => { live.textContent = text; }, 50);
  };

  const alertBox = (title, text) => {
    const box = document.createElement("div");
    box.className = "kern-alert kern-alert--danger";
    box.setAttribute("role", "alert");
    const header = document.createElement("div");
    header.className = "kern-alert__header";
    const icon = document.createElement("span");
    icon.className = "kern-icon kern-icon--danger";
    icon.setAttribute("aria-hidden", "true");
    const heading = document.createElement("span");
    heading.className = "kern-title";
    heading.textContent = title;
    header.append(icon, heading);
    const body = document.createElement("div");
    body.className = "kern-alert__body";
    const paragraph = document.createElement("p");
    paragraph.className = "kern-body";
    paragraph.textContent = text;
    body.append(paragraph);
    box.append(header, body);
    const place = document.getElementById("alerts");
    place?.replaceChildren(box);
    place?.scrollIntoView({ block: "nearest" });
  };

  // What is fetched besides, and has a plain link in its place, may fail in silence: the page works without it.
  const quiet = (event) => event.detail?.elt?.closest?.("[data-quiet]") != null;

  document.addEventListener("htmx:responseError", (event) => {
    if (quiet(event)) return;
    let problem = {};
    try { problem = JSON.parse(event.detail.xhr.responseText); } catch { /* not from us: the gateway's own answer */ }
    const found = (problem.errors || []).map((error) => error.message).join(" ");
    alertBox(
      problem.title || "Das hat nicht geklappt",
      [problem.detail || "Der Dienst ist gerade nicht erreichbar. Es wurde nichts gespeichert; bitte gleich noch einmal versuchen.", found].join(" ").trim(),
    );
  });
  for (const lost of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(lost, (event) =>
      quiet(event) || alertBox("Keine Verbindung", "Die Eingabe steht noch hier. Bitte prüfen Sie die Verbindung und versuchen Sie es noch einmal."));
  }
  document.addEventListener("htmx:beforeRequest", () => document.getElementById("alerts")?.replaceChildren());

  // Focus goes where the eye goes; a part of the page says with data-say what it wants heard.
  const settle = (root) => {
    const focus = root.matches?.("[data-focus]") ? root : root.querySelector?.("[data-focus]");
    focus?.focus();
    const voice = root.matches?.("[data-say]") ? root : root.querySelector?.("[data-say]");
    if (voice) say(voice.dataset.say);
  };
  document.addEventListener("htmx:afterSettle", (event) => settle(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => settle(document.body));

  // A button pressed twice sends once (without script the idempotency key does the same).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // On a screen that waiting people can see, names are veiled again after a minute without use.
  if (document.body.classList.contains("lw-desk")) {
    let timer;
    const wake = () => {
      document.body.classList.remove("lw-veiled");
      window.clearTimeout(timer);
      timer = window.setTimeout(() => document.body.classList.add("lw-veiled"), 60000);
    };
    for (const use of ["pointerdown", "pointermove", "keydown", "scroll"]) document.addEventListener(use, wake, { passive: true });
    wake();
  }
})();
