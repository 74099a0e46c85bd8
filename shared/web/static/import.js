// The page on which a list is handed in: a file can be dropped on it. Without script the field itself takes it.
(() => {
  "use strict";
  const form = document.getElementById("drop");
  const field = form?.querySelector("input[type=file]");
  const told = document.getElementById("dropped");
  if (!form || !field || !told) return;

  const tell = () => {
    const file = field.files[0];
    told.hidden = !file;
    told.textContent = file ? `„${file.name}“ ist ausgewählt.` : "";
  };
  field.addEventListener("change", tell);

  const over = (on) => form.classList.toggle("lw-drop--over", on);
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => { event.preventDefault(); over(true); });
  }
  form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) over(false); });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    tell();
    form.querySelector("button[type=submit]").focus();
  });
  // Beside the field a dropped file would take the place of the page.
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => { if (!form.contains(event.target)) event.preventDefault(); });
  }
})();
