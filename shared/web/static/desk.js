// The desk without a line: a tap is written down here before it is sent, and forgotten only when it has arrived.
// What is kept is the target group, the moment and the key that makes it count once; nothing about a person.
"use strict";
(() => {
  const form = document.getElementById("taps");
  const notice = document.getElementById("untransmitted");
  const PREFIX = "lokal-tap:";
  const RETRY_MS = 5000;
  if (!form || !notice) return;

  // A desk's clock may be wrong; the server's was right when it made the page.
  const drift = Date.parse(form.dataset.now) - Date.now();
  let sending = false;
  let timer;

  const waiting = () =>
    Object.keys(localStorage)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => ({ name, ...JSON.parse(localStorage.getItem(name)) }))
      .sort((one, other) => one.at.localeCompare(other.at));

  const show = (why) => {
    const count = waiting().length;
    notice.hidden = count === 0;
    notice.textContent = count ? `${count} noch nicht übertragen. ${why || "Wird übertragen …"}` : "";
  };

  const send = (tap) =>
    fetch("/intake/api/v1/contacts", {
      method: "POST",
      credentials: "same-origin",
      keepalive: true,
      headers: { "content-type": "application/json", "idempotency-key": tap.name.slice(PREFIX.length) + (tap.now ? "-now" : "") },
      body: JSON.stringify({ target_group: tap.target_group, channel: "office_hours", ...(tap.now ? {} : { at: tap.at }) }),
    });

  const transmit = async () => {
    if (sending) return;
    sending = true;
    window.clearTimeout(timer);
    let arrived = 0;
    let why = "";
    try {
      for (const tap of waiting()) {
        const answer = await send(tap);
        if (answer.ok) {
          localStorage.removeItem(tap.name);
          arrived += 1;
        } else if (answer.status === 422 && !tap.now) {
          // Its moment was refused (a clock that jumped): count it as of now rather than not at all.
          const { target_group, at } = tap;
          localStorage.setItem(tap.name, JSON.stringify({ target_group, at, now: true }));
          why = "Wird noch einmal versucht.";
        } else if (answer.status === 401 || answer.status === 403) {
          why = "Bitte neu anmelden; die Kontakte bleiben auf diesem Gerät und gehen nicht verloren.";
          break;
        } else {
          why = "Der Dienst antwortet nicht; es wird weiter versucht, nichts geht verloren.";
          break;
        }
      }
    } catch {
      why = "Keine Verbindung; es wird weiter versucht, nichts geht verloren.";
    }
    sending = false;
    show(why);
    // Not while somebody types there: what is half written would be gone.
    if (arrived && !document.querySelector("#desk-state input:focus")) window.htmx?.ajax("GET", "/intake/office-hours", { target: "#desk-state" });
    if (waiting().length) timer = window.setTimeout(transmit, RETRY_MS);
  };

  form.addEventListener("submit", (event) => {
    const group = event.submitter?.value;
    if (!group) return;
    const tap = { target_group: group, at: new Date(Date.now() + drift).toISOString() };
    try {
      localStorage.setItem(PREFIX + crypto.randomUUID(), JSON.stringify(tap));
    } catch {
      return; // nowhere to keep it: the form is sent as it would be without script
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const tally = document.getElementById("tally");
    if (tally) tally.textContent = String(Number(tally.textContent) + 1);
    window.setTimeout(() => show(), 400);
    transmit();
  });

  window.addEventListener("online", transmit);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) transmit(); });
  show();
  transmit();
})();
