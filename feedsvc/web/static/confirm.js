// A correction is written where one is chosen, and only there. Without this the field is always there.
"use strict";

const ofCorrection = document.getElementById("of-correction");

function showCorrection() {
  const isChosen = document.querySelector("[name=change]:checked")?.value === "correction";
  ofCorrection.hidden = !isChosen;
}

if (ofCorrection) {
  for (const choice of document.querySelectorAll("[name=change]")) choice.addEventListener("change", showCorrection);
  showCorrection();
}
