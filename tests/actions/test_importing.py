"""Exports and feeds shaped like those of the world, brought into a newsroom with the sections Politics and Tech."""

import io
import json
import random
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from PIL import Image

from feedsvc import create_app
from feedsvc.actions import setup
from feedsvc.actions.importing import sniff, table
from feedsvc.actions.importing.body import body_of
from feedsvc.actions.importing.carry_out import carry_out
from feedsvc.actions.importing.fetch import Fetched
from feedsvc.actions.importing.found import FoundItem, FoundSource
from feedsvc.actions.importing.plan import is_iri, make_plan
from feedsvc.actions.importing.sniff import PictureFinder
from feedsvc.actions.importing.table import Names
from feedsvc.actions.press import Press
from feedsvc.cli import main
from feedsvc.domain.address import article_path
from feedsvc.domain.article import Status
from feedsvc.errors import Invalid, SourceRefused
from feedsvc.storage import articles, feeds, installation, pages
from tests.conftest import on_sqlite

SAMPLES = Path(__file__).parent / "importing_samples"


def png(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return file.getvalue()


class Web:
    """The net as far as these tests go: some addresses with what stands there, and a list of what was asked."""

    def __init__(self, pages: dict[str, bytes] | None = None) -> None:
        self.pages = pages or {}
        self.asked: list[str] = []

    def __call__(self, url: str, limit_bytes: int) -> Fetched:
        self.asked.append(url)
        if url not in self.pages:
            raise SourceRefused(f"{url} was not fetched: its server answered 404.", url)
        return Fetched(url, self.pages[url])


class Import:
    """A place brought in as the command does it."""

    def __init__(self, database, media, place, web=None, names=None, redirects=False, site="", at_most=None):
        web = web or Web()
        sources, odd = sniff.from_place(str(place), web, site)
        with database.read() as connection:
            self.plan = make_plan(connection, sources, names or Names(), database.clock(), redirects, odd)
        folder = Path(place) if Path(place).is_dir() else None
        self.outcome = carry_out(database, media, self.plan, PictureFinder(web, folder), "test", at_most)
        self.lines = [str(one) for one in (*self.plan.left_out, *self.plan.oddities, *self.outcome.oddities)]

    def tells(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self.lines)


@pytest.fixture
def bring(database, settings):
    return lambda place, **more: Import(database, settings.media, place, **more)


def stories_of(database):
    with database.read() as connection:
        return {story.revision.headline: story for story in articles.page(connection, 100)}


def head_of(database):
    with database.read() as connection:
        return max(head.seq for head in feeds.heads(connection, [feeds.find(connection, "all")]))


def documents(database, settings):
    installation.settle_epoch(database, "e")
    press = Press(database, settings, "e")
    with database.read() as connection:
        every = feeds.find(connection, "all")
    return {format: press((every,), format).bodies["identity"] for format in ("rss", "atom", "json")}


HARBOUR = "https://harbour.example/wp-content/uploads/2024/05/"


@pytest.fixture
def harbour():
    return Web(
        {
            f"{HARBOUR}quay-1024x768.jpg": png("blue"),
            f"{HARBOUR}quay-300x200.jpg": png("navy"),
            f"{HARBOUR}ferry.png": png("white"),
        }
    )


NAMES = Names(sections=table.read("section,Gadgets,tech")["section"])


def test_a_wordpress_export_comes_with_its_texts_pictures_authors_and_dates(bring, database, harbour):
    made = bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES)
    assert made.outcome.brought == 2
    stories = stories_of(database)
    ferry = stories["Ferry & tram share one ticket"]
    assert ferry.identity == "https://harbour.example/?p=101"
    assert ferry.published == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert ferry.updated == datetime(2024, 5, 7, 8, tzinfo=UTC)
    revision = ferry.revision
    assert (revision.section, revision.slug, revision.authors) == ("politics", "ferry-and-tram", ("Ada Lovelace",))
    assert revision.topics == ("Tram",)
    assert revision.standfirst == "The city joins what belongs together."
    assert revision.picture.alt == "A white ferry"
    assert re.fullmatch(
        r"One ticket is enough now, says \[the mayor\]\(https://harbour\.example/people/mayor\)\.\n\n"
        r"## What it costs\n\n"
        r"!\[The quay \\\[at dawn\\\]\]\(/media/[\w-]+\.(?:png|jpg)\)\n\n"
        r"At dawn\n\n"
        r"\[.*youtube.*\]\(https://www\.youtube\.com/watch\?v=abc_123-X\)\n\n"
        r"It costs \*\*two crowns\*\*\.",
        revision.body,
    ), revision.body


def test_texts_of_wordpress_classic_editor_get_their_paragraphs_captions_and_galleries(bring, database, harbour):
    made = bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES)
    body = re.sub(
        r"/media/[\w-]+\.(?:png|jpg)", "/media/x", stories_of(database)["Old editor, old habits"].revision.body
    )
    assert body == (
        "The first paragraph ends here.\n\n![Quay](/media/x)\n\nThe quay in May\n\n![A white ferry](/media/x)\n\n"
        "The second\n\nhas two lines."
    )
    assert made.tells("Old editor", "[slider]")


def test_everything_that_does_not_come_from_an_export_is_told_in_a_line(bring, harbour):
    made = bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES)
    assert made.tells("Ferry & tram", "iframe", "link")
    assert made.tells("Old editor", "no date of publication", "feed")
    assert made.tells("The same once more", "same id")
    assert made.tells("Nothing inside", "no text")
    assert made.tells("Not ready yet", "draft")
    assert made.tells("About us", "page")
    assert made.tells("Without a home", "No section", "Uncategorized")
    assert len(made.lines) == 8


def test_a_picture_that_cannot_be_had_is_told_and_the_story_comes_without_it(bring, database):
    made = bring(SAMPLES / "wordpress.xml", names=NAMES, web=Web({f"{HARBOUR}ferry.png": b"no picture"}))
    assert made.outcome.brought == 2
    assert made.tells("Ferry & tram", "A picture was left out", "quay-1024x768.jpg", "404")
    assert made.tells("Ferry & tram", "ferry.png", "no picture")
    ferry = stories_of(database)["Ferry & tram share one ticket"].revision
    assert ferry.picture is None
    assert "![" not in ferry.body
    assert "\n\n\n" not in ferry.body


def test_pictures_are_taken_from_the_folder_before_they_are_fetched(bring, database, tmp_path):
    folder = tmp_path / "export"
    uploads = folder / "wp-content" / "uploads" / "2024" / "05"
    uploads.mkdir(parents=True)
    shutil.copy(SAMPLES / "wordpress.xml", folder)
    for name in ("quay-1024x768.jpg", "quay-300x200.jpg", "ferry.png"):
        (uploads / name).write_bytes(png())
    (uploads.parent / "04").mkdir()
    (uploads.parent / "04" / "ferry.png").write_bytes(b"another month")
    web = Web()
    made = bring(folder, names=NAMES, web=web)
    assert (made.outcome.brought, web.asked) == (2, [])
    assert not made.tells("A picture was left out")


def test_a_second_import_changes_nothing_and_fetches_no_picture(bring, database, harbour):
    bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES, redirects=True)
    before, asked = head_of(database), len(harbour.asked)
    again = bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES, redirects=True)
    assert (again.outcome.brought, again.plan.here, again.outcome.addresses) == (0, 2, 0)
    assert head_of(database) == before
    assert len(harbour.asked) == asked


def test_an_import_goes_on_where_it_stopped(bring, database, harbour):
    first = bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES, at_most=1)
    assert (first.outcome.brought, first.outcome.left) == (1, 1)
    assert list(stories_of(database)) == ["Ferry & tram share one ticket"]
    second = bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES, at_most=1)
    assert (second.outcome.brought, second.outcome.left, second.plan.here) == (1, 0, 1)


def test_an_import_in_parts_is_one_page_of_its_feeds_and_leaves_none_open(bring, database, harbour, monkeypatch):
    monkeypatch.setattr("feedsvc.actions.importing.carry_out.AT_ONCE", 1)
    bring(SAMPLES / "wordpress.xml", web=harbour, names=NAMES)
    with database.read() as connection:
        everything = feeds.find(connection, "all")
        page = pages.get(connection, everything, 1)
        assert (page.last_position, page.has_next, pages.tail(connection, everything)) == (2, False, [])


def test_a_ghost_export_comes_with_ids_tags_authors_and_feature_pictures(bring, database):
    images = "https://lantern.example/content/images/2024/01/"
    web = Web({f"{images}moth.png": png(), f"{images}relay.png": png("green")})
    made = bring(SAMPLES / "ghost.json", web=web, site="https://lantern.example/")
    assert made.outcome.brought == 1
    story = stories_of(database)["The first bug"]
    assert story.foreign_id == "63f0c0ffee0000000000a001"
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{14}5[0-9a-f-]{21}", story.identity)
    assert story.published == datetime(2024, 1, 9, 15, 45, tzinfo=UTC)
    revision = story.revision
    assert (revision.section, revision.topics, revision.authors) == (
        "tech",
        ("Compilers",),
        ("Grace Hopper", "Alan Turing"),
    )
    assert (revision.picture.alt, revision.picture.credit) == ("A moth", "Photo: Navy")
    assert "[the logbook](https://lantern.example/logbook/)" in revision.body
    assert "![Taped moth](/media/" in revision.body
    assert made.tells("Unfinished", "draft")
    assert made.tells("About", "page")
    assert made.tells("For members", "paid")


def test_a_ghost_export_without_its_address_says_what_is_lost(bring):
    made = bring(SAMPLES / "ghost.json")
    assert made.outcome.brought == 1
    assert made.tells("The first bug", "say the site's address")


def test_an_rss_feed_in_another_encoding_keeps_names_ids_and_dates(bring, database):
    made = bring(SAMPLES / "rss.xml", web=Web({"https://cafe.example/cup.png": png()}))
    stories = stories_of(database)
    first = stories["AT&T calls home"]
    assert (first.foreign_id, first.published) == ("post-1", datetime(2026, 3, 1, 7, tzinfo=UTC))
    revision = first.revision
    assert (revision.authors, revision.topics, revision.standfirst) == (("Zoë B.",), ("Cafés",), "Short & sweet.")
    assert revision.body == "Crème & coffee, [the menu](https://cafe.example/menu)."
    assert revision.picture.credit == "Ana P."
    assert made.tells("https://cafe.example/b", "no id")
    assert made.tells("https://cafe.example/b", "no title")
    assert made.tells("https://cafe.example/b", "no date")
    assert stories["No title, no id and no date here."].published == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert made.tells("Tomorrow", "future")
    assert stories["Tomorrow"].published <= database.clock()


def test_an_atom_feed_keeps_its_iris_and_makes_relative_links_absolute(bring, database):
    bring(SAMPLES / "atom.xml")
    story = stories_of(database)["High water"]
    assert (story.identity, story.foreign_id) == ("tag:river.example,2026:1", None)
    assert (story.published, story.updated) == (
        datetime(2026, 2, 1, 5, tzinfo=UTC),
        datetime(2026, 2, 2, 5, tzinfo=UTC),
    )
    assert story.revision.standfirst == "The river rose."
    assert story.revision.body == "It rose by *two* metres, [the gauge says](https://river.example/blog/gauge)."


def test_a_json_feed_may_have_numbers_for_ids_and_plain_text(bring, database):
    made = bring(SAMPLES / "feed.json", web=Web({"https://hill.example/p.png": png()}))
    stories = stories_of(database)
    assert stories["Seven goats"].foreign_id == "7"
    assert stories["Seven goats"].revision.body == "Seven goats came.\n\nOne < two."
    assert stories["Seven goats"].revision.authors == ("Otto",)
    assert stories["Eight"].identity == "urn:uuid:00000000-0000-4000-8000-00000000000a"
    assert "![Goat](/media/" in stories["Eight"].revision.body
    assert made.tells("Item 3", "no object")


def test_a_list_of_feeds_brings_in_each_and_names_those_that_cannot_be_read(bring, database):
    web = Web({"https://river.example/atom.xml": (SAMPLES / "atom.xml").read_bytes()})
    made = bring(SAMPLES / "feeds.opml", web=web)
    assert list(stories_of(database)) == ["High water"]
    assert made.tells("https://gone.example/rss", "404")


def test_documents_show_the_ids_that_stories_had_elsewhere(bring, database, settings):
    bring(SAMPLES / "feed.json")
    bring(SAMPLES / "atom.xml")
    written = documents(database, settings)
    rss, atom = feedparser.parse(written["rss"]), feedparser.parse(written["atom"])
    ids = {"Seven goats": "7", "High water": "tag:river.example,2026:1"}
    ids["Eight"] = "urn:uuid:00000000-0000-4000-8000-00000000000a"
    assert {entry.title: entry.id for entry in rss.entries} == ids
    assert {item["title"]: item["id"] for item in json.loads(written["json"])["items"]} == ids
    stored = {headline: story.identity for headline, story in stories_of(database).items()}
    assert {entry.title: entry.id for entry in atom.entries} == stored
    assert stored["Seven goats"].startswith("urn:uuid:")


def test_the_same_foreign_id_of_two_sources_is_kept_for_the_first_and_told(database, settings, tmp_path, bring):
    def feed(title):
        path = tmp_path / f"{title}.json"
        item = {"id": "1", "title": title, "content_text": "Text.", "tags": ["Tech"], "date_published": "2026-01-01"}
        home = f"https://{title}.example/"
        path.write_text(
            json.dumps({"version": "https://jsonfeed.org/version/1", "home_page_url": home, "items": [item]})
        )
        return path

    bring(feed("one"))
    made = bring(feed("two"))
    assert {name: story.foreign_id for name, story in stories_of(database).items()} == {"one": "1", "two": None}
    assert made.tells("two", "Another story has the id")


def test_sections_are_made_of_categories_on_request_and_reserved_names_get_another(bring, database, tmp_path):
    items = [
        {"id": f"urn:x:{i}", "title": f"T{i}", "content_text": "Text.", "tags": [tag], "date_published": "2026-01-01"}
        for i, tag in enumerate(["Culture", "Media", "Politics"])
    ]
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "X", "items": items}))
    made = bring(path, names=Names(make_sections=True))
    assert made.plan.sections == {"culture": "Culture", "media-news": "Media"}
    sections = {name: story.revision.section for name, story in stories_of(database).items()}
    assert sections == {"T0": "culture", "T1": "media-news", "T2": "politics"}


def test_the_table_renames_authors_and_leaves_out_topics(bring, database, harbour):
    read = table.read("kind,foreign,ours\nsection,gadgets,tech\nauthor,ada lovelace,The Desk\ntopic,Tram,\n")
    bring(SAMPLES / "wordpress.xml", web=harbour, names=Names(read["section"], read["author"], read["topic"]))
    revision = stories_of(database)["Ferry & tram share one ticket"].revision
    assert (revision.authors, revision.topics) == (("The Desk",), ())


def test_stories_without_a_section_go_to_the_one_that_is_named_for_them(bring, database, harbour):
    bring(SAMPLES / "wordpress.xml", web=harbour, names=Names(section="tech"))
    assert stories_of(database)["Without a home"].revision.section == "tech"


def test_a_section_that_is_not_here_is_refused_before_anything_is_done(bring, database):
    with pytest.raises(Invalid, match="There is no section “sport” here"):
        bring(SAMPLES / "wordpress.xml", names=Names(section="sport"))
    assert stories_of(database) == {}


@pytest.mark.parametrize("text", ["sections,a,b", "section,a", "section,,b", 'section,"a'])
def test_a_line_of_the_table_that_cannot_be_read_is_refused(text):
    with pytest.raises(Invalid, match="table"):
        table.read(text)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "nothing in it"),
        (b"<!DOCTYPE html><title>x</title>", "page"),
        (b"{}", "neither"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"<opml>", "damaged"),
        (b"just words", "no RSS or Atom"),
        (b"<rss xmlns:wp='http://wordpress.org/export/1.2/'/>", "no channel"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data, why):
    with pytest.raises(SourceRefused, match=why):
        sniff.from_bytes(data, "", Web())


def test_a_damaged_export_is_taken_as_far_as_it_can_be_read_and_told(bring, database, tmp_path, harbour):
    path = tmp_path / "export.xml"
    path.write_bytes((SAMPLES / "wordpress.xml").read_bytes().replace(b"Nothing inside", b"Salt & pepper \x07"))
    made = bring(path, web=harbour, names=NAMES)
    assert made.outcome.brought == 2
    assert made.tells("The export", "damaged")


def test_entities_in_an_export_read_no_file_of_this_machine(bring, database, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the password")
    export = (SAMPLES / "wordpress.xml").read_text()
    export = export.replace("?>", f'?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>', 1)
    path = tmp_path / "export.xml"
    path.write_text(export.replace("<title>Old editor, old habits</title>", "<title>Old &x; habits</title>"))
    bring(path, names=NAMES)
    assert not any("password" in headline for headline in stories_of(database))


def test_a_document_that_is_the_name_of_a_file_does_not_open_it():
    with pytest.raises(SourceRefused):
        sniff.from_bytes(str(SAMPLES / "rss.xml").encode(), "", Web())


@pytest.mark.parametrize("name", ["wordpress.xml", "ghost.json", "rss.xml", "atom.xml", "feed.json", "feeds.opml"])
def test_no_damage_breaks_an_import(database, name):
    whole, dice = (SAMPLES / name).read_bytes(), random.Random(name)
    junk = [
        b"<",
        b"&",
        b"\0",
        b"\xff",
        b"]]>",
        b"[]",
        b"1e999",
        b"http://[",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"9999-12-31T23:59:59-23:00",
    ]
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(data))
            data[at : at + dice.choice([0, 1, 5, 40, 400])] = dice.choice(junk)
        try:
            sources, odd = sniff.from_bytes(bytes(data), "https://a.example/feed", Web())
        except SourceRefused:
            continue
        with database.read() as connection:
            make_plan(connection, sources, Names(section="tech"), database.clock(), True, odd)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("urn:uuid:00000000-0000-4000-8000-00000000000a", True),
        ("tag:a.example,2026:1", True),
        ("http://a.example/?p=1#x", True),
        ("https://bücher.example/ä", True),
        ("post-1", False),
        ("/2024/1", False),
        ("a b:c", False),
        ("http://", False),
        ("http://a.example/100%", False),
        ("x:<y>", False),
        ("1:2", False),
    ],
)
def test_an_iri_is_told_from_other_ids(text, is_one):
    assert is_iri(text) is is_one


@pytest.mark.parametrize(
    "html",
    [
        "<",
        "<img>",
        "<a href='http://[x'>a</a>",
        "<p>" * 3000,
        "\0\ud800<b>",
        "<iframe>",
        "<html><body>x</body></html>",
        "<!-- -->",
    ],
)
def test_any_html_is_made_a_body(html):
    body_of(html, "https://a.example/")


def test_a_body_does_not_show_its_lead_picture_twice(database):
    html = '<p>Text.</p><img src="https://a.example/x-300x200.jpg?w=1"><p>More.</p>'
    item = FoundItem("urn:x:1", title="T", html=html, categories=("Tech",), published=datetime(2026, 1, 1, tzinfo=UTC))
    lead = body_of(html, "").pictures[0][1]
    source = FoundSource("k", "t", (FoundItem(**(vars(item) | {"picture": lead})),))
    with database.read() as connection:
        plan = make_plan(connection, [source], Names(), database.clock())
    assert plan.new[0].body.pictures == ()
    assert plan.new[0].body.markdown == "Text.\n\nMore."


OLD_ADDRESSES = {
    "version": "https://jsonfeed.org/version/1.1",
    "home_page_url": "https://old.example/",
    "items": [
        {
            "id": f"urn:x:{i}",
            "url": f"https://old.example{path}",
            "title": f"T{i}",
            "content_text": "Text.",
            "tags": ["Tech"],
        }
        for i, path in enumerate(["/2024/caf%C3%A9/", "/?p=7", "/show.php?id=8", "/"])
    ],
}


@pytest.fixture
def site(bring, database, settings, tmp_path):
    """A reader of the site, to which four stories came with their addresses; title -> where it stands now."""
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(OLD_ADDRESSES))
    assert bring(path, redirects=True).outcome.addresses == 3
    stories = stories_of(database).values()
    places = {s.revision.headline: article_path(s.article_id, s.revision.slug) for s in stories}
    return create_app(settings, database.clock).test_client(), places


@pytest.mark.parametrize(
    ("old", "title"),
    [
        ("/2024/caf%C3%A9/", "T0"),
        ("/2024/café", "T0"),
        ("/2024/caf%C3%A9/?utm_source=x", "T0"),
        ("/?p=7", "T1"),
        ("/show.php?id=8", "T2"),
    ],
)
def test_an_old_address_leads_to_its_story(site, old, title):
    reader, places = site
    answer = reader.get(old)
    assert (answer.status_code, answer.headers["Location"]) == (301, places[title])
    assert reader.head(old).status_code == 301


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/?p=8", 200), ("/show.php", 404), ("/show.php?id=9", 404), ("/2024/", 404)]
)
def test_other_addresses_are_what_they_were(site, path, status):
    assert site[0].get(path).status_code == status


def test_an_old_address_that_two_stories_had_leads_to_the_first_and_is_told(bring, tmp_path):
    items = [{**OLD_ADDRESSES["items"][0], "id": f"urn:x:{i}", "title": f"T{i}"} for i in range(3)]
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({**OLD_ADDRESSES, "items": items[:2]}))
    assert bring(path, redirects=True).tells("T1", "/2024/café/ leads to another story")
    path.write_text(json.dumps({**OLD_ADDRESSES, "items": items[2:]}))
    made = bring(path, redirects=True)
    assert made.tells("T2", "/2024/café/ leads to another story")
    assert made.outcome.addresses == 0


def test_old_addresses_are_added_by_a_second_import_too(bring, database):
    bring(SAMPLES / "atom.xml")
    before = head_of(database)
    assert bring(SAMPLES / "atom.xml", redirects=True).outcome.addresses == 1
    assert head_of(database) == before


@pytest.fixture
def command(settings, database, monkeypatch, capsys):
    """The command `import`; what it printed, and its exit code."""
    monkeypatch.setenv("FEEDSVC_INSTANCE_PATH", str(settings.instance))
    monkeypatch.setenv("FEEDSVC_DATABASE_URL", settings.database_url)
    setup.prepare(database, settings)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["import", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@on_sqlite
def test_a_dry_run_says_what_would_happen_and_writes_nothing(command, database, settings):
    before = (settings.instance / "feedsvc.sqlite").read_bytes()
    code, out, _ = command(SAMPLES / "atom.xml", "--dry-run", "--redirects")
    assert code == 0
    assert "1 story would be new, 0 are here already, 0 were left out. Nothing was changed." in out
    assert "2026-02-01\ttech\tHigh water" in out
    assert "Old addresses that would lead here: 1." in out
    assert stories_of(database) == {}
    assert (settings.instance / "feedsvc.sqlite").read_bytes() == before


def test_the_command_tells_each_story_that_was_left_out(command, database, tmp_path):
    mapping = tmp_path / "names.csv"
    mapping.write_text("kind,foreign,ours\nsection,Tech,politics\n")
    code, out, err = command(SAMPLES / "ghost.json", "--table", mapping)
    assert (code, err) == (0, "")
    assert out.startswith("1 story is new, 0 are here already, 3 were left out.\n")
    assert "Left out: Unfinished: It is not published there (draft), so it was left out.\n" in out
    assert "Note: The first bug: " in out
    assert stories_of(database)["The first bug"].revision.section == "politics"


def test_the_command_refuses_what_it_cannot_read_in_one_line(command, tmp_path):
    assert command(tmp_path / "none.xml") == (
        1,
        "",
        f"feedsvc: {tmp_path}/none.xml cannot be read (No such file or directory).\n",
    )
    code, _, err = command("http://127.0.0.1:9/feed")
    assert code == 1
    assert "no public address" in err
    code, _, err = command("ftp://a.example/feed")
    assert "must begin with http:// or https://" in err


def test_brought_in_stories_are_published(bring, database):
    bring(SAMPLES / "atom.xml")
    with database.read() as connection:
        assert articles.counts(connection)[Status.PUBLISHED] == 1
