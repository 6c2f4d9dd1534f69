// What is taken of two texts stands in the form at once.
"use strict";

for (const merge of document.querySelectorAll("[data-merge]")) {
  const field = document.getElementById(merge.dataset.merge);
  const said = merge.querySelector("[data-merge-said]");
  let put = field.value;
  merge.querySelector("[value=merge]").textContent = merge.dataset.again;

  const composed = () => {
    const taken = [];
    for (const passage of merge.querySelectorAll("[data-same], .passage")) {
      const choice = passage.querySelector(":checked")?.value;
      if (!choice) taken.push(passage.dataset.same);
      if (choice === "mine" || choice === "both") taken.push(passage.dataset.mine);
      if (choice === "theirs" || choice === "both") taken.push(passage.dataset.theirs);
    }
    return taken.filter(Boolean).join("\n\n");
  };

  merge.addEventListener("change", () => {
    if (field.value !== put) {
      said.textContent = merge.dataset.own;
      return;
    }
    // The text is put together here: the server has nothing to take any more.
    merge.querySelector("[type=hidden]")?.remove();
    put = composed();
    field.value = put;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    said.textContent = merge.dataset.put;
  });
}
