// Two editors with one story open hear of each other, and of each other's saves.
"use strict";

{
  const beatMilliseconds = 10_000;
  const story = document.querySelector("form.story[data-identity]");
  const line = document.getElementById("present");
  let names = null;

  const address = () => {
    const page = story.getAttribute("action");
    return page.endsWith("/new") ? "" : `${page}/presence`;
  };

  const show = (others) => {
    const found = others.map((other) => other.name).join(" ");
    if (found === names) return;
    const isFirst = names === null;
    names = found;
    line.hidden = !others.length;
    // The page itself said who was there when it was made, and since when.
    if (isFirst && line.textContent && others.length) return;
    line.textContent = others.map((other) => copies.say(line.dataset.hasOpen, other)).join(" ");
    document.getElementById("saving-said").textContent = line.textContent;
  };

  const beat = async () => {
    const to = address();
    if (!to) return;
    try {
      const response = await fetch(to, { method: "POST", headers: { Accept: "application/json" }, redirect: "error" });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const told = await response.json();
      show(told.others);
      story.dispatchEvent(new CustomEvent("savedelsewhere", { detail: told }));
    } catch (error) {
      // The next beat asks again; that the server is away is told where something is to be saved.
      console.warn("Who else is here is not known:", error);
    }
  };

  addEventListener("pagehide", () => {
    if (address()) navigator.sendBeacon(address(), new URLSearchParams({ leave: "1" }));
  });
  addEventListener("pageshow", beat);
  setInterval(beat, beatMilliseconds);
}
