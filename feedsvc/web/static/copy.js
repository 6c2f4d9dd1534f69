// Buttons that copy a feed's address. Without this script they stay hidden, and the fields can be selected by hand.
"use strict";

const told = document.querySelector("[data-copied]");

async function copy(field) {
  field.select();
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(field.value);
  } else if (!document.execCommand("copy")) {
    // Browsers offer the clipboard over https only; the older way may be switched off.
    throw new Error("no clipboard");
  }
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const word = button.firstChild;
  let timer;
  const say = (short, long) => {
    word.data = short;
    told.textContent = long;
    clearTimeout(timer);
    timer = setTimeout(() => {
      word.data = "Copy";
      told.textContent = "";
    }, 4000);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    copy(field).then(
      () => say("Copied", `Copied: ${field.value}`),
      () => say("Selected", "The address is selected: copy it with your keyboard or menu."),
    );
  });
}
