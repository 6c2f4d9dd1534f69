// What makes writing more comfortable. The form works without any of it.
"use strict";

const form = document.querySelector("form.story");
const body = document.getElementById("body");
const section = document.getElementById("section");
const picture = document.getElementById("picture");

const headline = document.getElementById("headline");
const fields = [...form.querySelectorAll("input, select, textarea")];

// “Back” leads to the story that was made of the form, and not to an empty form for a second one.
if (form.elements.draft) {
  history.replaceState(null, "", `?${new URLSearchParams({ draft: form.elements.draft.value })}`);
}

// Leaving with something that is neither saved nor kept in the browser asks first. A second click does not save, or publish, twice; after “Stop” a later one
// does.
const guardMilliseconds = 3_000;
let sentAt = -Infinity;
let isSubmitted = false;

function isChanged(field) {
  if (field.type === "file") return field.files.length > 0;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.matches("select")) return field.value !== (field.querySelector("[selected]") || field.options[0]).value;
  return field.value !== field.defaultValue;
}

const isUnsaved = () => "unsaved" in form.dataset || fields.some(isChanged);

function showState() {
  const isOpen = isUnsaved();
  document.querySelector(".bar .dot").classList.toggle("unsaved", isOpen);
  document.getElementById("not-saved").hidden = !isOpen && "stored" in form.dataset;
  for (const line of document.querySelectorAll("[data-field]")) showCheck(line);
}

// What is said of a number, in the form that goes with it in the page's language.
function counted(element, number, shown) {
  const forms = JSON.parse(element.dataset.forms);
  return copies.say(forms[new Intl.PluralRules(copies.language).select(number)] ?? forms.other, { n: shown });
}

function showCheck(line) {
  const characters = [...form.elements[line.dataset.field].value.trim()].length;
  const isHeadline = line.dataset.field === "headline";
  let state = characters ? "good" : "empty";
  if (isHeadline && characters > Number(line.parentElement.dataset.long)) state = "long";
  if (line.dataset.field === "picture_alt" && form.elements.picture_decorative.checked) state = "decorative";
  line.hidden = line.dataset.when !== state;
  const words = line.querySelector("[data-forms]");
  if (words) words.textContent = counted(words, characters, characters);
}

form.addEventListener("input", showState);
form.addEventListener("submit", (event) => {
  const now = performance.now();
  if (now - sentAt < guardMilliseconds) {
    event.preventDefault();
    return;
  }
  sentAt = now;
  isSubmitted = true;
});
window.addEventListener("pageshow", () => {
  sentAt = -Infinity;
  isSubmitted = false;
  showState();
});
window.addEventListener("beforeunload", (event) => {
  // What can be kept in the browser is kept first.
  form.dispatchEvent(new Event("leaving"));
  if (!isSubmitted && isUnsaved() && !("kept" in form.dataset)) event.preventDefault();
  isSubmitted = false;
});

// A headline is one line, as long as it may be on the page: “Enter” does in it what it does in other lines.
headline.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const save = form.querySelector("button[value=save]");
  if (save) form.requestSubmit(save);
});

const words = document.querySelector("[data-words]");
body.addEventListener("input", () => {
  const count = (body.value.match(/\S+/g) || []).length;
  words.textContent = counted(words, count, count.toLocaleString(copies.language));
});

section.addEventListener("change", () => {
  const chips = document.querySelector(".chips");
  // A feed that carries the story now has a part in the change, also as the one that the story leaves.
  chips.querySelector("[data-chosen]:not([data-live])")?.remove();
  const names = [...chips.children].map((chip) => chip.textContent);
  if (!section.value || names.includes(section.value)) return;
  const chip = chips.appendChild(document.createElement("li"));
  chip.dataset.chosen = "";
  chip.textContent = section.value;
});

picture.addEventListener("change", () => {
  const isLarge = picture.files.length > 0 && picture.files[0].size > Number(picture.dataset.mostBytes);
  document.getElementById("picture-large").hidden = !isLarge;
});

// `execCommand` is the only way of writing into a field that “Undo” takes back.
function write(text, start, end, selectFrom, selectTo) {
  body.focus();
  body.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    body.setRangeText(text, start, end);
    body.dispatchEvent(new Event("input", { bubbles: true }));
  }
  body.setSelectionRange(selectFrom, selectTo);
}

function around(before, after) {
  const { selectionStart: start, selectionEnd: end, value } = body;
  const text = value.slice(start, end);
  write(before + text + after, start, end, start + before.length, start + before.length + text.length);
}

function atLine(sign) {
  const { selectionStart: start, value } = body;
  const line = value.lastIndexOf("\n", start - 1) + 1;
  if (value.startsWith(sign, line)) {
    const cursor = Math.max(line, start - sign.length);
    write("", line, line + sign.length, cursor, cursor);
  } else {
    write(sign, line, line, start + sign.length, start + sign.length);
  }
}

function link() {
  const { selectionStart: start, selectionEnd: end, value } = body;
  const text = value.slice(start, end);
  const address = "https://";
  const from = start + text.length + 3;
  write(`[${text}](${address})`, start, end, from, from + address.length);
}

for (const button of document.querySelectorAll("[data-format]")) {
  const format = button.dataset.format;
  button.addEventListener("click", () => {
    if (format === "link") link();
    else if (format.endsWith(" ")) atLine(format);
    else around(format, format);
  });
}
document.querySelector(".tools").hidden = false;
