// Keyboard shortcuts, and the sheet that lists them. Every one of them does what a button or a link of the page does.
"use strict";

{
  const sheet = document.getElementById("keys");
  const single = document.getElementById("keys-single");
  const story = document.querySelector("form.story");
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  const chosenKey = "feedsvc single keys";
  const placeKey = "feedsvc place";

  const stored = (storage, key, value) => {
    try {
      if (value === undefined) return storage.getItem(key);
      if (value === null) storage.removeItem(key);
      else storage.setItem(key, value);
    } catch (error) {
      console.warn("This browser keeps nothing:", error);
    }
    return null;
  };

  // Keys without “Ctrl” can be switched off: speech input types letters, and so do hands that slip.
  single.checked = stored(localStorage, chosenKey) !== "off";
  single.addEventListener("change", () => stored(localStorage, chosenKey, single.checked ? null : "off"));

  if (isMac) for (const key of sheet.querySelectorAll("[data-control]")) key.textContent = "⌘";

  const showSheet = () => {
    if (sheet.open) return;
    sheet.showModal();
    sheet.querySelector("form button").focus();
  };
  const opener = document.getElementById("keys-open");
  opener.hidden = false;
  opener.addEventListener("click", showSheet);
  sheet.addEventListener("click", (event) => {
    // A click beside the sheet closes it; one into it lands on what it holds.
    if (event.target === sheet) sheet.close();
  });

  const follow = (selector) => document.querySelector(selector)?.click();

  const search = () => {
    const field = document.querySelector("input[type=search]");
    if (field) field.focus();
    else follow("[data-key=list]");
  };

  const move = (steps) => {
    const links = [...document.querySelectorAll(".stories h2 a")];
    const next = links.indexOf(document.activeElement) + steps;
    links.at(Math.min(Math.max(next, 0), links.length - 1))?.focus();
  };

  const format = (name) => {
    if (document.activeElement.id !== "body") return false;
    document.querySelector(`[data-format="${name}"]`).click();
    return true;
  };

  // The cursor is where it was once the page of the saved story is there.
  const rememberPlace = () => {
    const { id, selectionStart: start, selectionEnd: end, scrollTop: top } = document.activeElement;
    if (id && start !== undefined) {
      stored(sessionStorage, placeKey, JSON.stringify({ id, start, end, top, window: scrollY }));
    }
  };
  const returnToPlace = () => {
    const place = JSON.parse(stored(sessionStorage, placeKey) || "null");
    stored(sessionStorage, placeKey, null);
    const done = document.querySelector(".done");
    const field = place && done && document.getElementById(place.id);
    if (!field) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(place.start, place.end);
    field.scrollTop = place.top;
    scrollTo(0, place.window);
    document.getElementById("saving-said").textContent = done.textContent.trim();
  };

  const press = (button) => {
    if (!button) return false;
    button.form.requestSubmit(button);
    return true;
  };
  const save = () => {
    const button = story?.querySelector("button[value=save]");
    if (button) rememberPlace();
    return press(button);
  };
  const goOn = () => {
    const panel = story?.querySelector("button[value=submit]")?.closest("details");
    if (!panel) return press(document.querySelector("button[data-go-on]"));
    if (panel.open && panel.contains(document.activeElement)) return press(panel.querySelector("button[value=submit]"));
    panel.open = true;
    panel.querySelector("textarea").focus();
    return true;
  };

  const withControl = {
    s: save,
    Enter: goOn,
    b: () => format("**"),
    i: () => format("*"),
    k: () => format("link"),
  };
  const alone = {
    "?": showSheet,
    "/": search,
    n: () => follow("[data-key=new]"),
    l: () => follow("[data-key=list]"),
    j: () => move(1),
    k: () => move(-1),
  };

  const isTyping = (field) => field.matches("input:not([type=checkbox], [type=radio], [type=file]), textarea, select");

  // A key that is held down goes on in the next page too, and would answer there what that page asks.
  const repeatable = new Set(["j", "k"]);

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || sheet.open) return;
    if (isMac ? event.metaKey : event.ctrlKey) {
      const act = event.shiftKey ? undefined : withControl[event.key];
      if (act && (event.repeat || act())) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || !single.checked || isTyping(event.target) || !alone[event.key]) return;
    event.preventDefault();
    if (!event.repeat || repeatable.has(event.key)) alone[event.key]();
  });

  if (story) returnToPlace();
}
