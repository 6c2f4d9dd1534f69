// Ages that stay right on a page that was kept, and word to the newsroom that a story was on the screen for a while.
"use strict";

const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const READ_SECONDS = 5;

// As the server writes them: the largest whole unit, never rounded up.
function age(time) {
  const seconds = Math.max(1, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size);
  const language = time.closest("[lang]").lang;
  return new Intl.RelativeTimeFormat(language, { numeric: "always" }).format(-Math.floor(seconds / size), unit);
}

function showAges() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const now = age(time);
    if (time.textContent !== now) {
      time.textContent = now;
    }
  }
}

showAges();
setInterval(showAges, 30000);
addEventListener("pageshow", showAges);

const story = document.querySelector("[data-reading]");
if (story) {
  let seen = 0;
  const looking = setInterval(() => {
    seen += document.visibilityState === "visible";
    if (seen === READ_SECONDS) {
      clearInterval(looking);
      navigator.sendBeacon(story.dataset.reading);
    }
  }, 1000);
}
