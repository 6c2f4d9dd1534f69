// Rich text that is pasted into a story, and plain text of several lines, becomes Markdown. The browser pastes the
// plain text, as it does without this script; when the server's answer comes it takes that text's place, so nothing
// can be lost on the way.
"use strict";

{
  const structure = /<(?:h[1-6]|li|blockquote|strong|em|b|i|a\s[^>]*\bhref)\b|mso-list|font-weight:\s*(?:bold|[6-9]00)|font-style:\s*italic/i;
  const patienceMilliseconds = 15_000;
  const note = document.getElementById("paste-note");
  const keepAsTyped = document.querySelector("[name=keep_as_typed]");

  // `execCommand` is the only way of writing into a field that the browser's own “Undo” takes back.
  const replaceText = (field, start, end, text) => {
    const { selectionStart, selectionEnd } = field;
    const moved = (at) => {
      if (at <= start) return at;
      return at <= end ? start + text.trimEnd().length : at + text.length - (end - start);
    };
    field.focus();
    field.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      field.setRangeText(text, start, end);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field.setSelectionRange(moved(selectionStart), moved(selectionEnd));
  };

  // Headings, lists and paragraphs need a blank line between themselves and the text around.
  const setOff = (markdown, before, after) => {
    if (!/\n|^(?:#|>|[-0-9])/.test(markdown)) return markdown;
    const above = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const below = !after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
    return above + markdown + below;
  };

  const makeMarkdown = async (address, html, text) => {
    const response = await fetch(address, {
      method: "POST",
      body: new URLSearchParams({ html, text }),
      headers: { Accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(patienceMilliseconds),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
  };

  const offerUndo = (field, start, written, text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = note.dataset.putBack;
    button.addEventListener("click", () => {
      const at = field.value.startsWith(written, start) ? start : field.value.indexOf(written);
      if (at < 0) {
        note.textContent = note.dataset.changed;
        return;
      }
      replaceText(field, at, at + written.length, text);
      note.textContent = note.dataset.isBack;
      if (!keepAsTyped) return;
      // Saving would make the same of it again.
      keepAsTyped.checked = true;
      keepAsTyped.closest("[hidden]")?.removeAttribute("hidden");
    });
    note.append(" ", button);
  };

  const convert = async (field, start, html, text) => {
    const isThere = () => field.value.startsWith(text, start);
    try {
      const answer = await makeMarkdown(field.dataset.paste, html, text);
      if (!answer.markdown || answer.markdown === text) return;
      if (!isThere()) throw new Error("the text was changed in the meantime");
      const end = start + text.length;
      const written = setOff(answer.markdown, field.value.slice(0, start), field.value.slice(end));
      replaceText(field, start, end, written);
      note.textContent = answer.note;
      offerUndo(field, start, written, text);
    } catch (error) {
      console.warn("Pasted as plain text:", error);
      note.textContent = html
        ? note.dataset.noFormats
        : note.dataset.asItWas;
    }
  };

  for (const field of document.querySelectorAll("textarea[data-paste]")) {
    field.addEventListener("paste", (event) => {
      const html = event.clipboardData.getData("text/html");
      const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
      const isRich = structure.test(html);
      if (isRich || (text.trim().includes("\n") && !keepAsTyped?.checked)) {
        convert(field, field.selectionStart, isRich ? html : "", text);
      }
    });
  }
}
