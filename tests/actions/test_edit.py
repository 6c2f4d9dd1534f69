"""What an editor does to a story, and what the public sees of it afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from feedsvc.actions import edit
from feedsvc.actions.bring_in import Incoming, bring_in
from feedsvc.domain.article import LeadPicture, Revision, Status, new_identity
from feedsvc.errors import Conflict, Invalid, NotAllowed, NotFound
from feedsvc.storage import articles, feeds, media
from feedsvc.storage.articles import Story, Withdrawn
from feedsvc.storage.media import Picture, Sight
from feedsvc.storage.tables import changes, feed_entries, revisions

STORY = Revision(headline="Night bus stays", section="politics", body="It stays.", authors=("Politics Desk",))


def get(database, article_id):
    with database.read() as connection:
        return articles.get(connection, article_id)


def seen(database, article_id):
    with database.read() as connection:
        return articles.story(connection, article_id)


def standing_in(database, article_id):
    with database.read() as connection:
        e = feed_entries.c
        rows = connection.execute(select(e.feed_id).where(e.article_id == article_id, e.left_seq.is_(None))).scalars()
        return {head.name for head in feeds.heads(connection, list(rows))}


def kinds(database, article_id):
    with database.read() as connection:
        log = select(changes.c.kind).where(changes.c.article_id == article_id).order_by(changes.c.seq)
        return connection.execute(log).scalars().all()


@pytest.fixture
def published(database):
    return edit.create_and_publish(database, STORY, "test")


def test_a_published_story_stands_in_all_its_section_its_topics_and_its_authors(database, published):
    assert standing_in(database, published) == {"all", "politics", "authors/politics-desk"}
    assert seen(database, published).revision == replace(STORY, slug="night-bus-stays", syndication="full")
    assert kinds(database, published) == ["published"]


def test_what_is_not_published_cannot_be_seen(database, published):
    draft = edit.create(database, STORY, "test")
    article = get(database, published)
    edit.save(database, published, article.version, replace(article.working, body="Secret plans."), "test")
    assert seen(database, draft) is None
    assert seen(database, published).revision.body == "It stays."
    with database.read() as connection:
        assert [story.article_id for story in articles.page(connection, 10)] == [published]
        assert articles.stories(connection, [draft]) == []


def test_two_editors_cannot_overwrite_each_other_silently(database):
    draft = edit.create(database, STORY, "ann")
    edit.save(database, draft, 1, replace(STORY, body="Ann's text."), "ann")
    for act in (
        lambda: edit.save(database, draft, 1, replace(STORY, body="Ben's text."), "ben"),
        lambda: edit.publish(database, draft, 1, "ben", replace(STORY, body="Ben's text.")),
        lambda: edit.update(database, draft, 1, "ben"),
        lambda: edit.withdraw(database, draft, 1, "ben"),
    ):
        with pytest.raises(Conflict, match="ann saved this story"):
            act()
    assert get(database, draft).working.body == "Ann's text."
    assert get(database, draft).status is Status.DRAFT


def test_saving_what_is_stored_already_makes_no_revision(database):
    draft = edit.create(database, STORY, "test")
    edit.save(database, draft, 1, STORY, "test")
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(revisions)).scalar() == 1
    assert get(database, draft).version == 1


def test_an_identity_is_taken_once(database):
    identity = new_identity()
    first = edit.create(database, STORY, "test", identity=identity)
    assert get(database, first).identity == identity
    for again in (edit.create, edit.create_and_publish):
        with pytest.raises(Conflict) as refused:
            again(database, STORY, "test", identity=identity)
        assert refused.value.key == first
    assert seen(database, first) is None


def test_the_slug_comes_from_the_headline_at_the_first_publication_and_stays(database, published):
    article = get(database, published)
    edit.update(database, published, article.version, "test", replace(article.working, headline="Bus goes", slug=""))
    assert seen(database, published).revision.slug == "night-bus-stays"
    article = get(database, published)
    edit.update(database, published, article.version, "test", replace(article.working, slug="Bus: it goes!"))
    assert seen(database, published).revision.slug == "bus-it-goes"


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Ночной автобус остаётся", "nochnoi-avtobus-ostaetsia"),
        ("深夜バスは残る", "shen-ye-hasuhacan-ru"),
        ("🚌🚌🚌", "story"),
        ("Où va l’île ?", "ou-va-lile"),
        ("x" * 300, "x" * 60),
    ],
)
def test_any_headline_gets_a_usable_slug(database, headline, slug):
    article_id = edit.create_and_publish(database, replace(STORY, headline=headline), "test")
    assert seen(database, article_id).revision.slug == slug


def test_a_long_slug_ends_after_a_word_and_keeps_the_first(database):
    headline = "A very long headline about a night bus that goes on and on until nobody reads it"
    article_id = edit.create_and_publish(database, replace(STORY, headline=headline), "test")
    assert seen(database, article_id).revision.slug == "a-very-long-headline-about-a-night-bus-that-goes-on-and-on"
    article_id = edit.create_and_publish(database, replace(STORY, headline="x" * 80 + " and more"), "test")
    assert seen(database, article_id).revision.slug == "x" * 60


def test_a_slug_without_letters_or_digits_is_refused(database):
    with pytest.raises(Invalid) as refusal:
        edit.create(database, replace(STORY, slug="!!!"), "test")
    assert "slug" in refusal.value.problems


def test_an_unknown_section_is_refused_at_its_field(database):
    with pytest.raises(Invalid) as refusal:
        edit.create(database, replace(STORY, section="nowhere"), "test")
    assert "section" in refusal.value.problems


def test_nothing_is_stored_of_a_story_that_cannot_be_published(database):
    with pytest.raises(Invalid):
        edit.create_and_publish(database, replace(STORY, body=""), "test")
    with database.read() as connection:
        assert articles.listing(connection, 10) == []


def test_text_that_no_document_can_hold_is_cleaned_on_the_way_in(database):
    article_id = edit.create_and_publish(
        database,
        replace(STORY, headline="A\x00B\ud800\nC", body="one\r\ntwo\x0b\ufffe", topics=(" ", "Buses\x07")),
        "test",
    )
    revision = seen(database, article_id).revision
    assert (revision.headline, revision.body, revision.topics) == ("AB C", "one\ntwo", ("Buses",))


def test_two_spellings_of_a_topic_are_one_topic(database, published):
    edit.create_and_publish(database, replace(STORY, topics=("Night Buses",)), "test")
    other = edit.create_and_publish(database, replace(STORY, topics=("night  buses", "NIGHT BUSES")), "test")
    assert seen(database, other).revision.topics == ("Night Buses",)


def test_an_update_is_public_and_a_minor_edit_leaves_the_date(database, clock, published):
    before = seen(database, published)
    clock.move(hours=1)
    article = get(database, published)
    edit.update(database, published, article.version, "test", replace(article.working, body="One."), minor=True)
    minor = seen(database, published)
    assert (minor.revision.body, minor.updated) == ("One.", before.updated)
    article = get(database, published)
    edit.update(database, published, article.version, "test", replace(article.working, body="Two."))
    updated = seen(database, published)
    assert (updated.revision.body, updated.updated) == ("Two.", before.updated + timedelta(hours=1))
    assert (updated.published, updated.identity) == (before.published, before.identity)
    assert kinds(database, published) == ["published", "minor", "updated"]


def test_a_story_that_moves_leaves_one_feed_and_enters_the_other(database, published):
    article = get(database, published)
    edit.update(database, published, article.version, "test", replace(article.working, section="tech"))
    assert standing_in(database, published) == {"all", "tech", "authors/politics-desk"}
    assert kinds(database, published) == ["published", "moved"]


def test_a_story_that_comes_back_to_a_feed_takes_a_new_position(database, published):
    for section in ("tech", "politics"):
        edit.create_and_publish(database, STORY, "test")
        article = get(database, published)
        edit.update(database, published, article.version, "test", replace(article.working, section=section))
    with database.read() as connection:
        e = feed_entries.c
        politics = feeds.find(connection, "politics")
        position = select(e.position).where(e.article_id == published, e.feed_id == politics)
        assert connection.execute(position).scalar() == 4


def test_a_withdrawn_story_leaves_every_feed_and_only_its_notice_is_seen(database, published):
    edit.withdraw(database, published, get(database, published).version, "test", "We were wrong.")
    assert standing_in(database, published) == set()
    gone = seen(database, published)
    assert isinstance(gone, Withdrawn)
    assert gone.notice == "We were wrong."
    assert "It stays" not in repr(gone)
    with database.read() as connection:
        assert articles.page(connection, 10) == []


def test_a_withdrawn_story_can_be_published_again_later_than_its_notice(database, published):
    identity = seen(database, published).identity
    edit.withdraw(database, published, get(database, published).version, "test")
    withdrawn = seen(database, published).withdrawn
    edit.publish(database, published, get(database, published).version, "test")
    story = seen(database, published)
    assert isinstance(story, Story)
    assert (story.identity, story.updated > withdrawn) == (identity, True)
    assert standing_in(database, published) == {"all", "politics", "authors/politics-desk"}
    assert kinds(database, published) == ["published", "withdrawn", "restored"]


def test_what_the_status_does_not_allow_changes_nothing(database, published):
    version = get(database, published).version
    with pytest.raises(NotAllowed):
        edit.publish(database, published, version, "test", replace(STORY, body="Not kept."))
    assert get(database, published).version == version


def test_a_story_that_is_not_there_is_not_found(database):
    with pytest.raises(NotFound):
        edit.publish(database, 4711, 1, "test")


def test_a_picture_is_public_while_a_live_story_uses_it(database, clock):
    def sight(key):
        with database.read() as connection:
            return media.sight(connection, key)[1]

    with database.write() as connection:
        for key in ("lead-picture", "body-picture"):
            media.add(connection, Picture(key, "image/jpeg", 1600, 900, 1000, 960), clock())
    revision = replace(
        STORY, picture=LeadPicture("lead-picture", alt="A bus"), body="![A stop](/media/body-picture-960.jpg)"
    )
    draft = edit.create(database, revision, "test")
    assert {sight("lead-picture"), sight("body-picture")} == {Sight.HIDDEN}
    edit.publish(database, draft, 1, "test")
    other = edit.create_and_publish(database, replace(revision, body="Also."), "test")
    assert {sight("lead-picture"), sight("body-picture")} == {Sight.PUBLIC}
    edit.withdraw(database, draft, get(database, draft).version, "test")
    assert (sight("lead-picture"), sight("body-picture")) == (Sight.PUBLIC, Sight.GONE)
    edit.withdraw(database, other, get(database, other).version, "test")
    assert sight("lead-picture") is Sight.GONE


def test_counts_stop_and_lists_page_by_key(database):
    made = [edit.create(database, replace(STORY, headline=f"Story {i}"), "test") for i in range(5)]
    with database.read() as connection:
        first = articles.listing(connection, 2)
        second = articles.listing(connection, 9, before=(first[-1].saved, first[-1].article_id))
        assert [line.article_id for line in (*first, *second)] == made[::-1]
        assert articles.counts(connection) == dict.fromkeys(Status, 0) | {Status.DRAFT: 5}


def test_another_spelling_of_a_topic_is_no_change(database):
    draft = edit.create(database, replace(STORY, topics=("Night buses",)), "test")
    edit.save(database, draft, 1, replace(STORY, topics=("night BUSES", "Night  Buses")), "test")
    assert get(database, draft).version == 1


def test_a_working_copy_that_says_what_is_public_is_no_unpublished_change(database, published):
    def is_marked():
        with database.read() as connection:
            (line,) = articles.listing(connection, 1)
        assert line.has_unpublished_changes == get(database, published).has_unpublished_changes
        return line.has_unpublished_changes

    public = get(database, published).working
    assert not is_marked()
    edit.save(database, published, get(database, published).version, replace(public, body="Later."), "test")
    assert is_marked()
    edit.save(database, published, get(database, published).version, public, "test")
    assert not is_marked()


def test_a_story_brought_in_from_the_future_is_of_now(database, clock, settings):
    later = clock.now + timedelta(days=365)
    bring_in(database, settings.media, [Incoming(STORY, later, later)], "test")
    with database.read() as connection:
        (story,) = articles.page(connection, 1)
    assert story.published == story.updated == clock.now.replace(microsecond=0)


@pytest.mark.parametrize("act", [edit.create, edit.create_and_publish])
def test_a_picture_that_is_gone_meanwhile_is_a_problem_of_its_field(database, act):
    revision = replace(STORY, picture=LeadPicture("gone-meanwhile", alt="A bus"))
    with pytest.raises(Invalid) as refused:
        act(database, revision, "test")
    assert list(refused.value.problems) == ["picture"]
