"""The site speaks its own language, the newsdesk that of the editor's browser, a document that of the site."""

import os
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from newsdesk_app import STORY, Desk, path_of, problem_of, text_of

from feedsvc import texts
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.roles import Role
from feedsvc.storage import feeds, installation

pytest_plugins = ["tests.web.site_app"]

PRINT_DOCUMENTS = """
import sys
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.dates import Clock
from feedsvc.settings import Settings
from feedsvc.storage.database import Database
settings = Settings()
press = Press(Database(settings.database_url, Clock()), settings, epoch(settings))
for format in ("rss", "atom", "json"):
    sys.stdout.buffer.write(press((int(sys.argv[1]),), format).bodies["identity"])
"""


@pytest.fixture
def settings(settings):
    settings.site_language = "de-AT"
    return settings


@pytest.fixture
def newsdesk(settings, database):
    """An editor whose browser asks for German."""
    desk = Desk(settings, database)
    desk.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    yield desk
    desk.app.extensions["feedsvc"].database.engine.dispose()


def english_in(answer):
    """The texts and sentences for scripts of a page that stand in the German catalogue, said in English."""
    with (texts.FOLDER / "de.po").open("rb") as file:
        untranslated = {one.id for one in read_po(file) if isinstance(one.id, str) and one.string != one.id}
    page = page_of(answer)
    said = [" ".join(text.split()) for text in page.stripped_strings]
    spoken = ("data-", "aria-label", "alt", "title", "placeholder")
    said += [str(value) for tag in page.find_all() for name, value in tag.attrs.items() if name.startswith(spoken)]
    # Names that scripts know are lower-case words as well.
    return {one for one in untranslated.intersection(said) if " " in one or not one.islower()} - {""}


def page_of(answer):
    return BeautifulSoup(answer.data, "html.parser")


def documents(database, settings, name):
    press = Press(database, settings, epoch(settings))
    installation.settle_epoch(database, epoch(settings))
    with database.read() as connection:
        ids = feeds.resolve(connection, name).feed_ids
    return ids, b"".join(press(ids, format).bodies["identity"] for format in ("rss", "atom", "json"))


def test_a_site_in_german_says_all_in_german(reader, desk):
    number = desk.publish("Bus fährt wieder", topics=("Busse",))
    front = page_of(reader.get("/"))
    assert front.html["lang"] == "de-AT"
    assert not front.select("main [lang], main [lang] *")
    assert "Zum Inhalt springen" in front.text
    assert "Startseite" in front.select_one("nav").text
    story = page_of(reader.get(f"/articles/{number}", follow_redirects=True))
    assert story.select_one(".follow").text.startswith("Mehr aus Politics: RSS")
    feed_page = page_of(reader.get("/feeds"))
    assert feed_page.h1.text == "Feeds"
    assert "Feedreader kopieren" in feed_page.select_one(".standfirst").text
    assert [h2.text for h2 in feed_page.select("main > h2")][:2] == ["Ressorts", "Themen"]
    assert feed_page.select_one("[data-copied]")["data-copied"] == "Kopiert"
    missing = reader.get("/nothing-here", headers={"Accept-Language": "en"})
    assert (missing.status_code, page_of(missing).h1.text) == (404, "Unter dieser Adresse gibt es keine Seite")
    desk.withdraw(number)
    gone = reader.get(f"/articles/{number}")
    assert (gone.status_code, page_of(gone).h1.text) == (410, "Zurückgezogen")


@pytest.mark.parametrize(
    ("asked", "language", "heading"),
    [
        ("de-CH,de;q=0.8,en;q=0.5", "de", "In der Redaktion anmelden"),
        ("fr,de;q=0.2", "de", "In der Redaktion anmelden"),
        ("en-GB,de;q=0.9", "en", "Sign in to the newsdesk"),
        ("fr", "en", "Sign in to the newsdesk"),
        ("de;q=0", "en", "Sign in to the newsdesk"),
        (None, "en", "Sign in to the newsdesk"),
    ],
)
def test_the_newsdesk_speaks_what_the_browser_asks_for(reader, asked, language, heading):
    answer = reader.get("/newsdesk/sign-in", headers={"Accept-Language": asked} if asked else {})
    page = page_of(answer)
    assert (page.html["lang"], page.h1.text) == (language, heading)
    assert "Accept-Language" in answer.vary
    assert texts.language() == "en", "what follows in this thread speaks for itself"


def test_a_refusal_speaks_as_the_page_does(reader):
    form = {"user": "nobody", "password": "wrong words"}
    headers = {"Origin": "http://localhost", "Accept-Language": "de"}
    answer = reader.post("/newsdesk/sign-in", data=form, headers=headers)
    assert "Name und Passwort gehören nicht zusammen" in page_of(answer).text


def test_documents_speak_the_language_of_the_site_in_every_process(database, settings, desk):
    number = desk.publish(topics=("Busse",))
    desk.publish("Stays", section="tech")
    desk.withdraw(number)
    ids, made = documents(database, settings, "politics")
    assert b"<title>Zur\xc3\xbcckgezogen</title>" in made
    assert b"Withdrawn" not in made
    with texts.speaking("en"):
        assert documents(database, settings, "politics")[1] == made, "whoever asks"
    if database.engine.dialect.name != "sqlite":
        return
    environment = {
        **os.environ,
        "FEEDSVC_SITE_LANGUAGE": "de-AT",
        "FEEDSVC_BASE_URL": settings.base_url,
        "FEEDSVC_INSTANCE_PATH": str(settings.instance),
        "FEEDSVC_DATABASE_URL": settings.database_url,
        "LANG": "en_GB.UTF-8",
        "PYTHONHASHSEED": "7",
    }
    other = subprocess.run(
        [sys.executable, "-c", PRINT_DOCUMENTS, str(ids[0])], env=environment, capture_output=True, check=True
    )
    assert other.stdout == made


def test_the_feeds_of_the_site_are_called_in_its_language(database, settings):
    _, made = documents(database, settings, "trending")
    assert "<title>Meistgelesen – ".encode() in made


def test_the_epoch_covers_the_words_of_documents(settings, tmp_path, monkeypatch):
    before = epoch(settings)
    (tmp_path / "de.po").write_text('msgid "Withdrawn"\nmsgstr "Entfernt"\n')
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    texts._catalogue.cache_clear()
    assert epoch(settings) != before
    texts._catalogue.cache_clear()


def test_the_form_of_a_story_speaks_german_to_whom_asks_for_it(newsdesk):
    assert english_in(newsdesk.get("/newsdesk/articles/new")) == set()
    number = newsdesk.write("publish", **STORY)
    form = newsdesk.get(f"{path_of(number)}?done=published")
    assert english_in(form) == set()
    assert "Veröffentlicht. Der Artikel steht in politics und all." in text_of(form)
    assert "Veröffentlicht vor 1 Sekunde" in text_of(form)
    assert "Überschrift mit 27 Zeichen" in text_of(form)
    assert "Bild mit 500 Pixeln oder mehr auf jeder Seite (Flipboard)" in text_of(form)
    assert page_of(form).select_one("[data-words]")["data-forms"] == '{"other": "{n} Wörter", "one": "{n} Wort"}'


def test_the_list_and_what_comes_before_an_update_speak_german(newsdesk):
    number = newsdesk.write("publish", **STORY)
    draft = newsdesk.write(**{**STORY, "headline": "Noch ein Bus"})
    newsdesk.act(number, "save", standfirst="Twelve did.")
    for path in ("/newsdesk/?status=draft", "/newsdesk/?q=Bus", "/newsdesk/?q=nirgends", "/newsdesk/?view=mine"):
        assert english_in(newsdesk.get(path)) == set(), path
    assert "“" not in text_of(newsdesk.get("/newsdesk/?from=gestern")).split("„gestern")[0]
    for act, story in (("update", number), ("withdraw", number), ("publish", draft)):
        assert english_in(newsdesk.get(f"{path_of(story)}/confirm/{act}")) == set(), act
    newsdesk.act(number, "update", change="correction", correction="Zwölf, nicht elf.")
    assert "Ändert sich in Alle Artikel Politics" in text_of(newsdesk.get(f"{path_of(number)}/confirm/update"))
    for path in (path_of(number), f"{path_of(number)}/confirm/update"):
        chips = [chip.text for chip in page_of(newsdesk.get(path)).select(".chips li")]
        assert "Korrekturen" in chips
        assert not {"Corrections", "corrections"} & set(chips)
    for page in ("revisions", "revisions/compare", "revisions/1"):
        assert english_in(newsdesk.get(f"{path_of(number)}/{page}")) == set(), page


def test_a_preview_speaks_the_language_of_the_site_and_its_box_that_of_the_editor(newsdesk):
    number = newsdesk.write(**STORY)
    newsdesk.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = newsdesk.get(f"{path_of(number)}/preview")
    box = page_of(answer).select_one("[lang=en]")
    assert "Back to editing" in box.text
    said = text_of(answer)
    assert "Abonnieren" in said
    assert "Mehr aus Politics" in said
    assert english_in(answer) <= {" ".join(text.split()) for text in box.stripped_strings}


def test_german_has_one_word_for_saving():
    assert "gesichert" not in (texts.FOLDER / "de.po").read_text().casefold()


def test_refusals_speak_german(newsdesk):
    refused = newsdesk.post(action="schedule", **STORY)
    assert problem_of(refused, "publish_at") == "Angeben, wann der Artikel veröffentlicht werden soll."
    assert "Nichts wurde gespeichert: 1 Angabe ist zu berichtigen" in text_of(refused)
    assert english_in(refused) == set()
    number = newsdesk.write(**STORY)
    newsdesk.colleague("ben").act(number, "save", body="Another text.")
    conflict = newsdesk.act(number, "save", version=1, body="My text.")
    assert conflict.status_code == 409
    assert "Jemand anderes hat diesen Artikel gespeichert: Beide Texte sind noch da" in text_of(conflict)
    assert "Wo ben etwas anderes geschrieben hat (vor 1 Sekunde), steht es über dem Feld:" in text_of(conflict)
    assert "Unterschied 1 von 1" in text_of(conflict)
    unknown = newsdesk.get("/newsdesk/?status=lost")
    assert (unknown.status_code, "Es gibt keine Liste „lost“." in text_of(unknown)) == (404, True)


GERMAN = {"Accept-Language": "de", "Origin": "http://localhost"}


def german(newsdesk, path, status, **form):
    """The text of a page of the newsdesk in German: a form's answer where there is one, else the page itself."""
    client = newsdesk.client
    answer = client.post(path, data=form, headers=GERMAN) if form else client.get(path, headers=GERMAN)
    assert answer.status_code == status
    return " ".join(page_of(answer).text.split())


def test_pages_of_the_newsdesk_speak_german(newsdesk, desk):
    desk.publish("Bus fährt wieder", topics=("Busse",))
    newsdesk.colleague("berta", Role.WRITER)
    account = german(newsdesk, "/newsdesk/account", 200)
    assert "Sonst ist keine Sitzung offen." in account
    assert "anna, Rolle Administration: arbeitet redaktionell" in account
    accounts = german(newsdesk, "/newsdesk/accounts", 200)
    assert "Autor/in: schreibt Entwürfe und reicht sie zur Prüfung ein" in accounts
    assert "1 Sitzung ist offen." in accounts
    assert "Ressort anlegen" in german(newsdesk, "/newsdesk/sections", 200)
    assert "Busse stilllegen?" in german(newsdesk, "/newsdesk/names", 200, action="retire", feed="topics/busse")
    assert "Die Reihenfolge entsteht alle 60 Sekunden" in german(newsdesk, "/newsdesk/trending", 200)
    assert "Oder die Adresse eines Feeds" in german(newsdesk, "/newsdesk/import", 200)


def test_refusals_of_actions_speak_german(newsdesk):
    sections, names, new = "/newsdesk/sections", "/newsdesk/names", "/newsdesk/articles/new"
    long = german(newsdesk, new, 422, action="save", headline="a", body="x" * 1_000_001)
    assert "Der Artikel hat 1.000.001 Zeichen; möglich sind höchstens" in long
    assert "braucht ein Artikel eine Überschrift" in german(newsdesk, new, 422, action="publish", body="Text")
    taken = german(newsdesk, sections, 422, action="add", title="Politik", slug="politics")
    assert "Ein Ressort hat oder hatte die Adresse „politics“." in taken
    assert "Das Feld „action“ muss eines sein von: rename" in german(newsdesk, names, 400, action="x")
    assert "keine Adresse, die sich abrufen lässt" in german(
        newsdesk, "/newsdesk/import", 422, action="look", url="ftp://example.com"
    )
    refused = german(newsdesk, "/newsdesk/account", 422, action="password", password="one", again="two")
    assert "Die beiden Passwörter unterscheiden sich." in refused


def test_a_notice_that_nobody_wrote_is_said_in_the_language_of_the_site(reader, desk, database, settings):
    number = desk.publish()
    desk.withdraw(number)
    _, made = documents(database, settings, "politics")
    said = "Dieser Artikel wurde zurückgezogen."
    assert said.encode() in made
    assert said in page_of(reader.get(f"/articles/{number}")).text
