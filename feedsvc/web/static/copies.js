// Copies of what is typed, kept in this browser until the server has the same text. Each belongs to the identity of a
// story, to the account of who typed it, and to one window, so that two windows do not overwrite each other's.
"use strict";

const copies = (() => {
  const place = document.getElementById("copies");
  const prefix = place?.dataset.copies || "";
  const apart = new Set(["version", "draft", "action", "as", "picture"]);
  const choices = new Set(["change", "publish_at_which"]);

  // A sentence of the page with `{name}` replaced by values.
  const say = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const language = document.documentElement.lang;

  // Each returns nothing, or false, where the browser keeps nothing or is full.
  const write = (key, copy) => {
    try {
      localStorage.setItem(prefix + key, JSON.stringify(copy));
      return true;
    } catch (error) {
      console.warn("No copy of the text could be kept:", error);
      return false;
    }
  };
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(prefix + key));
    } catch (error) {
      console.warn("A copy of the text could not be read:", error);
      return null;
    }
  };
  const remove = (key) => {
    try {
      localStorage.removeItem(prefix + key);
    } catch (error) {
      console.warn("A copy of the text could not be removed:", error);
    }
  };
  const all = () => {
    let keys = [];
    try {
      keys = Object.keys(localStorage).filter((key) => prefix && key.startsWith(prefix));
    } catch (error) {
      console.warn("This browser keeps no copies:", error);
    }
    return keys
      .map((key) => ({ key: key.slice(prefix.length), copy: read(key.slice(prefix.length)) }))
      .filter((one) => one.copy?.fields)
      .sort((one, other) => other.copy.at - one.copy.at);
  };

  // What a form says, or with `isStored` what the server said when it made the form.
  const fieldsOf = (form, isStored = false) => {
    const fields = {};
    for (const field of form.elements) {
      if (!field.name || apart.has(field.name) || /^(?:of|take)_/.test(field.name)) continue;
      if (field.type === "submit" || field.type === "file") continue;
      if (field.type === "checkbox") fields[field.name] = (isStored ? field.defaultChecked : field.checked) ? "1" : "";
      else if (field.type === "radio") {
        if (isStored ? field.defaultChecked : field.checked) fields[field.name] = field.value;
      } else if (field.tagName === "SELECT" && isStored) {
        fields[field.name] = (field.querySelector("[selected]") || field.options[0])?.value ?? "";
      } else fields[field.name] = isStored ? field.defaultValue : field.value;
    }
    return fields;
  };

  // What the server makes of a field is the same, such as spaces at its end.
  const plain = (name, value) => {
    const text = (value || "").replace(/\r\n?/g, "\n");
    if (name === "body") return text.replace(/[ \t]+$/gm, "").replace(/^\n+|\s+$/g, "");
    if (name === "topics" || name === "authors") {
      return text.split(",").map((one) => one.replace(/\s+/g, " ").trim().toLowerCase()).filter(Boolean).join();
    }
    if (name === "slug") return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    return text.replace(/\s+/g, " ").trim();
  };
  const isSame = (copied, fields) =>
    Object.keys(copied).every(
      (name) => choices.has(name) || !(name in fields) || plain(name, copied[name]) === plain(name, fields[name]),
    );
  // Saving makes paragraphs, sub-headings and lists of lines, with backslashes where Markdown would misread a sign, and
  // an address of the headline; it stores a picture; and what was said at an act is not asked again. All else is as it
  // was typed.
  const inOneLine = (text) =>
    text
      .replace(/^[ \t]*(?:#{1,6}[ \t]|[-–—*•_\s]+$|>)/gm, "")
      .replaceAll("•", "-")
      .replace(/[\\\s]+/g, "");
  const isSaved = (copied, fields, notOfTheStory) => {
    const apart = new Set([...notOfTheStory, "keep_as_typed", "picture_key", "picture_remove"]);
    if (!copied.slug) apart.add("slug");
    if (!fields.picture_key) apart.add("picture_decorative");
    return Object.keys(copied).every((name) => {
      if (apart.has(name)) return true;
      const [one, other] = [plain(name, copied[name]), plain(name, fields[name])];
      return name === "body" ? inOneLine(one) === inOneLine(other) : one === other;
    });
  };

  const fill = (form, fields) => {
    for (const field of form.elements) {
      if (!(field.name in fields) || field.type === "file" || field.type === "submit") continue;
      if (field.type === "checkbox") field.checked = fields[field.name] === "1";
      else if (field.type === "radio") field.checked = field.value === fields[field.name];
      else field.value = fields[field.name];
    }
  };

  const timeOf = (at) => {
    const then = new Date(at);
    const locale = language === "en" ? "en-GB" : language;
    const time = then.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const isToday = then.toDateString() === new Date().toDateString();
    return isToday ? time : `${then.toLocaleDateString(locale, { day: "numeric", month: "long" })}, ${time}`;
  };

  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };

  // Offers a copy; `open` is a button, or a link. What is discarded can be put back until the page is left.
  const offer = ({ key, copy }, open, isNamed) => {
    const box = document.createElement("div");
    box.className = "notice copy";
    const words = document.createElement("p");
    const buttons = document.createElement("p");
    buttons.className = "buttons";
    const show = () => {
      words.textContent = say(isNamed ? place.dataset.hereOf : place.dataset.here, {
        headline: copy.fields.headline || place.dataset.untitled,
        time: timeOf(copy.at),
      });
      if (copy.hadPicture) words.textContent += ` ${place.dataset.noPicture}`;
      buttons.replaceChildren(open, button(place.dataset.discard, discard));
    };
    const discard = () => {
      remove(key);
      words.textContent = place.dataset.discarded;
      const back = button(place.dataset.undo, () => {
        write(key, copy);
        show();
        buttons.lastChild.focus();
      });
      buttons.replaceChildren(back);
      back.focus();
    };
    show();
    box.append(words, buttons);
    place.append(box);
    return box;
  };

  // What the server stores now of a copy's story: the fields of its form, nothing where the story is gone.
  const storedAt = async (address, identity, signal) => {
    const url = new URL(address, location.href);
    if (url.pathname.endsWith("/new")) url.searchParams.set("draft", identity);
    const response = await fetch(url, { headers: { Accept: "text/html" }, signal });
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const form = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("form.story");
    if (!form) throw new Error("not the page of a story");
    return { fields: fieldsOf(form, true), version: form.querySelector("[name=version]").value };
  };

  return { all, read, write, remove, fieldsOf, isSame, isSaved, fill, offer, button, storedAt, place, say, language };
})();

// On the list of stories, and on an empty form, what was typed in windows that are closed is offered.
if (copies.place?.dataset.offer) {
  const most = 5;
  const settleMilliseconds = 2_000;
  const own = document.querySelector("form.story")?.dataset.identity;
  const isNew = ({ copy }) => /\/new$/.test(copy.address);

  const consider = async (one) => {
    const [identity] = one.key.split("/");
    // A window that was just left may still be saving.
    await new Promise((done) => setTimeout(done, Math.max(0, settleMilliseconds - (Date.now() - one.copy.at))));
    let address = one.copy.address;
    try {
      const stored = await copies.storedAt(address, identity);
      if (stored === null) address = copies.place.dataset.new;
      else if (copies.isSame(one.copy.fields, stored.fields)) {
        copies.remove(one.key);
        return;
      }
    } catch (error) {
      console.warn("It is not known whether the server has this text:", error);
    }
    if (/\/new$/.test(address)) address += `?${new URLSearchParams({ draft: identity })}`;
    const link = document.createElement("a");
    link.className = "button";
    link.href = address;
    link.textContent = copies.place.dataset.open;
    copies.offer(one, link, true);
  };

  const found = copies.all().filter((one) => !own || (isNew(one) && !one.key.startsWith(`${own}/`)));
  for (const one of found.slice(0, most)) consider(one);
}
