// Buttons that copy a feed's address. Without this script they stay hidden, and a click on an address selects it.
"use strict";

const told = document.querySelector("[data-copied]");

async function copy(address) {
  getSelection().selectAllChildren(address);
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(address.textContent);
  } else if (!document.execCommand("copy")) {
    // Browsers offer the clipboard over https only; the older way may be switched off.
    throw new Error("no clipboard");
  }
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const address = document.getElementById(button.dataset.copies);
  const word = button.firstChild;
  const before = word.data;
  let timer;
  const say = (short, long) => {
    word.data = short;
    told.textContent = long;
    clearTimeout(timer);
    timer = setTimeout(() => {
      word.data = before;
      told.textContent = "";
    }, 4000);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    copy(address).then(
      () => say(told.dataset.copied, told.dataset.copiedWhat.replace("{address}", () => address.textContent)),
      () => say(told.dataset.selected, told.dataset.selectedWhat),
    );
  });
}
