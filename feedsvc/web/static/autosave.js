// Nothing that is typed is lost: it is kept in this browser at once, and saved on the server every few seconds.
"use strict";

{
  const quietMilliseconds = 3_000;
  const mostMilliseconds = 10_000;
  const keepMilliseconds = 300;
  const patienceMilliseconds = 15_000;
  const submitMilliseconds = 5_000;
  const longestRetryMilliseconds = 60_000;
  const beaconBytes = 60_000;

  const story = document.querySelector("form.story[data-identity]");
  const { identity, account } = story.dataset;
  const newKey = () => `${identity}/${Math.random().toString(36).slice(2)}`;
  const key = newKey();
  const sentKey = `feedsvc sent ${account}`;
  const notOfTheStory = story.dataset.notOfTheStory.split(" ");
  const version = story.elements.version;
  const file = story.elements.picture;
  const problem = document.getElementById("saving-problem");
  const elsewhere = document.getElementById("saved-elsewhere");
  const said = document.getElementById("saving-said");
  const ago = document.getElementById("saved-ago");
  const sentences = document.getElementById("notes").dataset;
  const { say } = copies;
  const mayAutosave = "autosave" in story.dataset;

  const address = () => story.getAttribute("action");
  const ofTheStory = (fields) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !notOfTheStory.includes(name)));
  const current = () => copies.fieldsOf(story);
  const isEqual = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  let atFirst = copies.fieldsOf(story, true);
  let saved = "unsaved" in story.dataset ? null : ofTheStory(atFirst);
  let answered = saved; // What the server answered to; it may have left out fields that only a button stores.
  let unanswered = null; // What was sent, while it is not known whether the server has it.
  let inFlight = null;
  let patience = null; // Ends it.
  let isStopped = !mayAutosave;
  let isSubmitting = false;
  let submittedAt = -Infinity;
  let isWaiting = false;
  let isKept = true;
  let savedAt = null;
  let changedAt = null;
  let failures = 0;
  let waitsForInput = false;
  let stored = null; // What somebody else saved meanwhile.
  let timer = 0;
  let keeper = 0;

  const isOpen = (fields) => saved === null || !isEqual(ofTheStory(fields), saved);
  const isToSend = (fields) => unanswered !== null || answered === null || !isEqual(ofTheStory(fields), answered);

  // The copy in the browser.

  const keep = () => {
    clearTimeout(keeper);
    const fields = current();
    const hasFile = file.files.length > 0;
    if (!isOpen(fields) && isEqual(fields, { ...atFirst, ...saved }) && !hasFile) {
      copies.remove(key);
      delete story.dataset.kept;
      return;
    }
    // Beside another text nothing is decided yet: taken up again later, it is compared again.
    const madeOn = "compared" in story.dataset ? "0" : version.value;
    const copy = { at: Date.now(), version: madeOn, address: address(), fields, hadPicture: hasFile };
    if (unanswered) copy.unanswered = unanswered;
    isKept = copies.write(key, copy);
    story.toggleAttribute("data-kept", isKept && !hasFile);
    if (!isKept && !isOpen(fields)) return;
    if (!isKept) tell(sentences.nothingKept);
    else if (!mayAutosave && "scheduled" in story.dataset) tell(sentences.keptOnly);
  };

  // What the page says of it.

  const tell = (text, link) => {
    problem.hidden = !text;
    if (problem.textContent !== text) {
      problem.textContent = text;
      said.textContent = text;
      if (link) problem.append(" ", link);
    }
  };
  const failed = (why, link) => {
    tell(say(sentences.notSaved, { why, kept: isKept ? sentences.kept : sentences.notKept }), link);
  };
  const ages = new Intl.RelativeTimeFormat(copies.language);
  const units = Object.entries({ day: 86_400, hour: 3_600, minute: 60, second: 1 });
  const showAge = () => {
    if (savedAt === null) return;
    const seconds = Math.max(1, Math.floor((performance.now() - savedAt) / 1000));
    const [unit, length] = units.find(([, least]) => seconds >= least);
    ago.textContent = ` · ${say(sentences.savedAgo, { ago: ages.format(-Math.floor(seconds / length), unit) })}`;
  };
  setInterval(showAge, 1_000);

  const sayElsewhere = (told) => {
    // Where the last that was done was no save, the server says what it was.
    const say = (own, others, rest) =>
      told.did ? `${told.did} ${rest}` : copies.say(told.is_own ? own : others, { name: told.saved_by });
    const words = document.createElement("p");
    const way = document.createElement(isOpen(current()) ? "button" : "a");
    if (isOpen(current())) {
      words.textContent = say(sentences.ownMeanwhile, sentences.meanwhile, sentences.yours);
      Object.assign(way, { name: "action", value: "merge", textContent: sentences.both });
    } else {
      words.textContent = say(sentences.ownNewer, sentences.newer, sentences.older);
      Object.assign(way, { className: "button", href: address(), textContent: sentences.stored });
    }
    if (elsewhere.textContent !== words.textContent + way.textContent) said.textContent = words.textContent;
    elsewhere.replaceChildren(words, way);
    elsewhere.hidden = false;
    stored = told;
    isStopped = true;
    tell("");
  };

  // Saving on the server.

  const schedule = () => {
    if (isStopped || isSubmitting) return;
    const now = performance.now();
    changedAt ??= now;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(quietMilliseconds, changedAt + mostMilliseconds - now)));
  };
  const retry = () => {
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(save, Math.min(longestRetryMilliseconds, 1_000 * 2 ** failures));
  };

  const setDefaults = (fields) => {
    for (const field of story.elements) {
      if (!(field.name in fields) || field.type === "submit" || field.type === "hidden") continue;
      const value = fields[field.name];
      if (field.type === "checkbox") field.defaultChecked = value === "1";
      else if (field.tagName === "SELECT") {
        const chosen = field.value;
        for (const option of field.options) option.toggleAttribute("selected", option.value === value);
        field.value = chosen;
      } else if (field.type !== "radio" && field.defaultValue !== value) {
        const typed = field.value;
        const { selectionStart, selectionEnd } = field;
        field.defaultValue = value;
        if (field.value === typed) continue;
        field.value = typed;
        if (field === document.activeElement) field.setSelectionRange(selectionStart, selectionEnd);
      }
    }
  };

  const took = (told, fields) => {
    unanswered = null;
    failures = 0;
    answered = fields;
    const before = saved;
    saved = { ...fields };
    for (const name of told.left_out || []) if (name in saved) saved[name] = before?.[name] ?? "";
    const isNews = !isEqual(saved, before);
    if (isNews) savedAt = performance.now();
    version.value = told.version;
    delete story.dataset.unsaved;
    if (address() !== told.address) {
      story.setAttribute("action", told.address);
      for (const button of story.querySelectorAll("button[formaction]")) {
        button.setAttribute("formaction", told.address + new URL(button.formAction).search);
      }
      story.dataset.stored = "";
      history.replaceState(null, "", told.address);
    }
    if (document.getElementById("stands").textContent !== story.dataset.stands) {
      document.getElementById("stands").textContent = story.dataset.stands;
    }
    setDefaults(saved);
    tell("");
    if (isNews) said.textContent = sentences.saved;
    showAge();
    keep();
    showState();
  };

  const send = async (fields, isLeaving) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("action", "autosave");
    body.append("as", account);
    body.append("version", version.value);
    if (story.elements.draft) body.append("draft", story.elements.draft.value);
    const isSmall = new Blob(Object.values(fields)).size < beaconBytes;
    unanswered = fields;
    keep();
    const own = new AbortController();
    const { signal } = own;
    if (!isLeaving) setTimeout(() => own.abort(), patienceMilliseconds);
    patience = own;
    let response;
    try {
      response = await fetch(address(), {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "error",
        keepalive: isLeaving && isSmall,
        signal,
      });
    } catch (error) {
      console.warn("Not saved:", error);
      failed(sentences.unreachable);
      retry();
      return;
    }
    const told = await response.json().catch(() => ({}));
    if (response.ok && told.article) {
      took(told, fields);
      return;
    }
    if (response.ok && !("article" in told)) {
      // The answer broke off, or is somebody else's.
      failed(sentences.unreachable);
      retry();
      return;
    }
    if (response.status === 409) {
      await conflicted(told, signal);
      return;
    }
    if (response.status < 500) unanswered = null;
    refused(response, told);
  };

  // An answer that was lost may have been to what is stored now: then nobody else saved.
  const conflicted = async (told, signal) => {
    const mine = unansweredBefore;
    unanswered = null;
    if (told.is_own && mine && !told.did) {
      const stored = await copies.storedAt(address(), identity, signal).catch(() => null);
      if (stored && copies.isSame(mine, stored.fields)) {
        took({ ...told, version: stored.version }, mine);
        schedule();
        return;
      }
    }
    sayElsewhere(told);
    keep();
  };

  const refused = (response, told) => {
    if (response.status === 401) {
      const link = document.createElement("a");
      link.href = story.dataset.signIn;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = sentences.signIn;
      failed(sentences.signInEnded, link);
      retry();
    } else if (response.status === 503 || response.status === 429 || response.status === 408) {
      failed(told.problem || sentences.busy);
      retry();
    } else if (response.status === 422 && told.problem) {
      failed(told.problem);
      waitsForInput = true;
    } else if (response.status >= 500) {
      failed(sentences.unreachable);
      retry();
    } else {
      failed(told.problem || say(sentences.refused, { status: response.status }));
      waitsForInput = true;
      failures += 1;
    }
  };

  let unansweredBefore = null;
  const save = async (isLeaving = false) => {
    clearTimeout(timer);
    if (isStopped || isSubmitting || inFlight) return;
    const fields = ofTheStory(current());
    if (!isToSend(fields)) return;
    changedAt = null;
    unansweredBefore = unanswered;
    inFlight = send(fields, isLeaving === true).finally(() => {
      inFlight = null;
    });
    await inFlight;
    if (!failures && !waitsForInput && isToSend(current())) schedule();
  };

  story.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("take_")) return;
    clearTimeout(keeper);
    keeper = setTimeout(keep, keepMilliseconds);
    if (event.target === file) return;
    waitsForInput = false;
    // Who still types here pressed “Stop”, or the server takes long: after the time in which a second click does
    // nothing, the button is not waited for.
    if (performance.now() - submittedAt >= guardMilliseconds) isSubmitting = false;
    if (stored) sayElsewhere(stored);
    schedule();
  });
  file.addEventListener("change", () => {
    keep();
    let hint = document.getElementById("picture-kept");
    if (!hint) {
      hint = document.createElement("p");
      hint.id = "picture-kept";
      hint.className = "hint";
      hint.setAttribute("role", "status");
      file.after(hint);
    }
    hint.textContent = file.files.length ? sentences.pictureLater : "";
  });
  story.addEventListener("leaving", keep);
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      keep();
      save(true);
    } else if (failures) save();
  });
  addEventListener("online", () => save());
  addEventListener("focus", () => {
    if (failures) save();
  });
  addEventListener("pageshow", () => {
    isSubmitting = false;
  });
  story.addEventListener("savedelsewhere", (event) => {
    if (!inFlight && !isSubmitting && Number(event.detail.version) > Number(version.value)) {
      if (event.detail.is_own && unanswered) save();
      else sayElsewhere(event.detail);
    }
  });

  // A button is pressed while an autosave is under way: it waits for the answer, so as not to conflict with it.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== story) return;
      keep();
      clearTimeout(timer);
      if (inFlight || isWaiting) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (isWaiting) return;
        isWaiting = true;
        const { submitter } = event;
        isStopped = true;
        // An answer that does not come would be waited for once more, by what is sent then.
        const waiting = setTimeout(() => patience.abort(), submitMilliseconds);
        inFlight.finally(() => {
          clearTimeout(waiting);
          isWaiting = false;
          isStopped = !mayAutosave || !elsewhere.hidden;
          story.requestSubmit(submitter);
        });
        return;
      }
    },
    true,
  );
  // Whether it is sent is known only after all others had their say.
  document.addEventListener("submit", (event) => {
    if (event.target !== story || event.defaultPrevented) return;
    isSubmitting = true;
    submittedAt = performance.now();
    try {
      sessionStorage.setItem(sentKey, key);
    } catch (error) {
      console.warn("This browser keeps nothing:", error);
    }
  });

  // What was typed before in this story, in a window that is closed, or before a page that was sent.

  // What was typed since the page was opened is offered in its turn.
  const putAside = (taken) => {
    const fields = current();
    if (!isOpen(fields) || copies.isSame(fields, taken.fields)) return;
    const copy = { at: Date.now(), version: version.value, address: address(), fields, hadPicture: false };
    const aside = { key: newKey(), copy };
    copies.write(aside.key, copy);
    const box = copies.offer(aside, copies.button(sentences.take, () => take(aside, box)), false);
  };

  const take = (one, box) => {
    const { copy } = one;
    putAside(copy);
    const isContinued = copy.unanswered && copies.isSame(copy.unanswered, copies.fieldsOf(story, true));
    // The text was written on that version: a newer one by somebody else is not overwritten.
    if (version.value && !isContinued && copy.version) version.value = copy.version;
    else if (version.value && !isContinued && !("own" in story.dataset)) version.value = "0";
    copies.fill(story, copy.fields);
    keep();
    copies.remove(one.key);
    box.querySelector("p").textContent = sentences.taken;
    box.querySelector(".buttons").remove();
    said.textContent = sentences.taken;
    for (const field of story.querySelectorAll("#body, #headline")) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    story.elements.body.focus();
  };

  const sent = (() => {
    try {
      const found = sessionStorage.getItem(sentKey);
      sessionStorage.removeItem(sentKey);
      return found;
    } catch (error) {
      console.warn("This browser keeps nothing:", error);
      return null;
    }
  })();
  const shown = copies.fieldsOf(story, true);
  // A button was pressed in this window. What it sent has arrived where the story is newer than the copy, last saved by
  // the same account, and says what the copy says.
  const arrived = ({ key: itsKey, copy }) =>
    itsKey === sent &&
    "own" in story.dataset &&
    Number(version.value) > Number(copy.version) &&
    copies.isSaved(copy.fields, shown, notOfTheStory);
  const shownIsUnsaved = "unsaved" in story.dataset;
  for (const one of copies.all().filter((found) => found.key.startsWith(`${identity}/`))) {
    const { fields } = one.copy;
    if (copies.isSame(fields, shown) || arrived(one)) {
      copies.remove(one.key);
      continue;
    }
    const box = copies.offer(one, copies.button(sentences.take, () => take(one, box)), false);
  }
  if (shownIsUnsaved) keep();
  else if ("savedSeconds" in story.dataset) {
    savedAt = performance.now() - 1_000 * Number(story.dataset.savedSeconds);
    document.getElementById("stands").textContent = story.dataset.stands;
    showAge();
  }
}
