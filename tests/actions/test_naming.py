import pytest
from sqlalchemy import func, select

from feedsvc.actions import edit, naming, sections
from feedsvc.actions.press import Press, epoch
from feedsvc.domain.article import Revision
from feedsvc.errors import Invalid, NotAllowed, NotFound
from feedsvc.storage import articles, feeds, tables


def publish(database, headline, topics=(), authors=(), section="politics"):
    revision = Revision(headline=headline, section=section, body="It runs.", topics=topics, authors=authors)
    return edit.create_and_publish(database, revision, "ada")


def update(database, article_id, **changed):
    with database.read() as connection:
        article = articles.get(connection, article_id)
    revision = Revision(**(vars(article.working) | changed))
    edit.update(database, article_id, article.version, "ada", revision)


def led_to(database, name):
    with database.read() as connection:
        found = feeds.resolve(connection, name)
    assert found is not None, f"{name} is not known"
    return found.moved_to or ("gone" if found.is_gone else found.feed_ids)


def heads(database):
    with database.read() as connection:
        rows = connection.execute(select(tables.feed_heads.c.feed_id, tables.feed_heads.c.seq))
        return {row.feed_id: row.seq for row in rows}


def number(database, name):
    (feed_id,) = led_to(database, name)
    return feed_id


def identity(database, feed_id):
    with database.read() as connection:
        return connection.execute(select(tables.feeds.c.identity).where(tables.feeds.c.feed_id == feed_id)).scalar_one()


@pytest.fixture
def document(database, settings):
    press = Press(database, settings, epoch(settings))

    def made(name, format="atom"):
        return press((number(database, name),), format).bodies["identity"].decode()

    return made


def test_renamed_section_keeps_its_identity_and_its_old_addresses_lead_to_it(database):
    feed_id = number(database, "politics")
    before = identity(database, feed_id)
    assert naming.rename(database, "politics", "Town hall", "town-hall", None, "ada") == "town-hall"
    assert number(database, "town-hall") == feed_id
    assert identity(database, feed_id) == before
    assert led_to(database, "politics") == "town-hall"
    assert led_to(database, "politics+tech") == "tech+town-hall"
    naming.rename(database, "town-hall", "Politics", "politics", None, "ada")
    assert led_to(database, "town-hall") == "politics"


def test_renaming_moves_once_the_heads_of_the_feeds_that_show_the_name(database):
    publish(database, "Night bus", topics=("Buses",), authors=("Ada",))
    publish(database, "Chips", section="tech")
    before = heads(database)
    naming.rename(database, "politics", "Town hall", "politics", None, "ada")
    moved = {feed_id for feed_id, seq in heads(database).items() if seq != before[feed_id]}
    showing = {number(database, name) for name in ("all", "politics", "topics/buses", "authors/ada")}
    assert moved == showing
    assert len({heads(database)[feed_id] for feed_id in moved}) == 1


def test_renaming_to_the_same_changes_nothing(database):
    before = heads(database)
    naming.rename(database, "politics", "Politics", "politics", None, "ada")
    assert heads(database) == before


def test_documents_show_the_new_name(database, document):
    publish(database, "Night bus", topics=("Buses",))
    naming.rename(database, "topics/buses", "Night lines", "", None, "ada")
    assert "Night lines" in document("all")
    assert "/topics/night-lines" in document("all")
    assert "Buses" not in document("all")


def test_who_types_the_former_spelling_means_the_renamed_topic(database):
    publish(database, "Night bus", topics=("Buses",))
    feed_id = number(database, "topics/buses")
    naming.rename(database, "topics/buses", "Night lines", "", None, "ada")
    article_id = publish(database, "Day bus", topics=("buses", "Night lines"))
    with database.read() as connection:
        assert articles.get(connection, article_id).live.topics == ("Night lines",)
        page = articles.page_of_feeds(connection, 10, [feed_id])
    assert {story.revision.headline for story in page} == {"Night bus", "Day bus"}


@pytest.mark.parametrize(
    ("feed", "title", "slug", "field"),
    [
        ("politics", "", "politics", "title"),
        ("politics", "Politics", "tech", "slug"),
        ("politics", "Politics", "newsdesk", "slug"),
        ("politics", "Politics", "Town Hall", "slug"),
        ("topics/buses", "Trams", "", "title"),
        ("topics/buses", "Buses, trams", "", "title"),
        ("topics/buses", "Buses", "trams", "slug"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_its_field(database, feed, title, slug, field):
    publish(database, "Night bus", topics=("Buses", "Trams"))
    before = heads(database)
    with pytest.raises(Invalid) as refused:
        naming.rename(database, feed, title, slug, None, "ada")
    assert set(refused.value.problems) == {field}
    assert heads(database) == before


def test_what_was_renamed_away_is_not_given_to_another(database):
    naming.rename(database, "politics", "Town hall", "town-hall", None, "ada")
    with pytest.raises(Invalid):
        naming.rename(database, "tech", "Tech", "politics", None, "ada")
    with pytest.raises(Invalid):
        sections.add(database, "politics", "Politics", "", "ada")


def test_retired_section_is_gone_and_its_stories_stay_elsewhere(database, document):
    publish(database, "Night bus", topics=("Buses",))
    naming.retire(database, "politics", "ada")
    assert led_to(database, "politics") == "gone"
    assert led_to(database, "politics+tech") == "tech"
    for name in ("all", "topics/buses"):
        assert "Night bus" in document(name)
        assert "/politics" not in document(name)
        assert 'term="Politics"' in document(name)
    with database.read() as connection:
        assert [section.slug for section in feeds.all_sections(connection)] == ["tech"]


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
def test_retired_topic_and_author_are_names_without_an_address(database, document, format):
    publish(database, "Night bus", topics=("Buses",), authors=("Ada",))
    naming.retire(database, "topics/buses", "ada")
    naming.retire(database, "authors/ada", "ada")
    text = document("all", format)
    assert "Buses" in text
    assert "Ada" in text
    assert "topics/buses" not in text
    assert "authors/ada" not in text
    publish(database, "Day bus", topics=("Buses",), authors=("Ada",))
    assert led_to(database, "topics/buses") == "gone"
    assert led_to(database, "authors/ada") == "gone"


def test_a_story_in_a_retired_section_can_be_corrected_and_no_other_enters_it(database):
    article_id = publish(database, "Night bus")
    naming.retire(database, "politics", "ada")
    update(database, article_id, headline="Night bus stays")
    with pytest.raises(Invalid) as refused:
        publish(database, "Day bus")
    assert set(refused.value.problems) == {"section"}
    update(database, article_id, section="tech")
    with pytest.raises(Invalid):
        update(database, article_id, section="politics")


def test_a_draft_of_a_section_that_was_retired_meanwhile_is_not_published(database):
    revision = Revision(headline="Night bus", section="politics", body="It runs.")
    article_id = edit.create(database, revision, "ada")
    naming.retire(database, "politics", "ada")
    with pytest.raises(Invalid):
        edit.publish(database, article_id, 1, "ada")


def test_a_form_that_was_open_while_its_section_was_renamed_is_saved_there(database):
    naming.rename(database, "politics", "Town hall", "town-hall", None, "ada")
    article_id = publish(database, "Night bus", section="politics")
    with database.read() as connection:
        assert articles.get(connection, article_id).live.section == "town-hall"


def test_the_last_section_is_not_retired(database):
    naming.retire(database, "politics", "ada")
    with pytest.raises(NotAllowed):
        naming.retire(database, "tech", "ada")


def test_merged_topic_leads_to_the_other_with_its_stories_and_its_spelling(database):
    both = publish(database, "Night bus", topics=("Bus", "Buses"))
    one = publish(database, "Day bus", topics=("Bus",))
    kept = number(database, "topics/buses")
    before = identity(database, kept)
    naming.merge(database, "topics/bus", "topics/buses", "ada")
    assert led_to(database, "topics/bus") == "topics/buses"
    assert led_to(database, "politics+topics/bus") == "politics+topics/buses"
    assert led_to(database, "topics/bus+topics/buses") == "topics/buses"
    assert identity(database, kept) == before
    later = publish(database, "Rail bus", topics=("bus",))
    with database.read() as connection:
        page = articles.page_of_feeds(connection, 10, [kept])
        assert {story.article_id for story in page} == {both, one, later}
        assert all(story.revision.topics == ("Buses",) for story in page)


def test_merging_makes_old_stories_no_news(database, clock):
    publish(database, "Day bus", topics=("Bus",))
    publish(database, "Night bus", topics=("Buses",))
    clock.move(days=9)
    naming.merge(database, "topics/bus", "topics/buses", "ada")
    kept = number(database, "topics/buses")
    with database.read() as connection:
        found = feeds.candidates(connection, kept, 0, clock())
        rows = connection.execute(
            select(func.count(), func.count(tables.feed_entries.c.position.distinct())).where(
                tables.feed_entries.c.feed_id == kept
            )
        ).one()
    assert found == []
    assert tuple(rows) == (2, 2)


def test_the_notice_of_a_withdrawn_story_stands_in_the_merged_topic(database, document):
    article_id = publish(database, "Day bus", topics=("Bus",))
    publish(database, "Night bus", topics=("Buses",))
    with database.read() as connection:
        version = articles.get(connection, article_id).version
    edit.withdraw(database, article_id, version, "ada", "It never ran.")
    naming.merge(database, "topics/bus", "topics/buses", "ada")
    assert "It never ran." in document("topics/buses")
    assert "Day bus" not in document("topics/buses")


def test_a_story_that_had_left_enters_again_by_a_merging(database):
    article_id = publish(database, "Day bus", topics=("Bus", "Buses"))
    update(database, article_id, topics=("Bus",))
    naming.merge(database, "topics/bus", "topics/buses", "ada")
    with database.read() as connection:
        page = articles.page_of_feeds(connection, 10, [number(database, "topics/buses")])
    assert [story.article_id for story in page] == [article_id]


@pytest.mark.parametrize(
    ("one", "other"),
    [("politics", "tech"), ("topics/bus", "topics/bus"), ("topics/bus", "authors/ada"), ("all", "politics")],
)
def test_only_two_topics_or_two_authors_are_merged(database, one, other):
    publish(database, "Day bus", topics=("Bus",), authors=("Ada",))
    with pytest.raises((NotAllowed, NotFound)):
        naming.merge(database, one, other, "ada")


@pytest.mark.parametrize("act", [naming.retire, lambda *a: naming.rename(a[0], a[1], "X", "x", None, a[2])])
def test_the_feed_of_everything_is_neither_renamed_nor_retired(database, act):
    with pytest.raises(NotFound):
        act(database, "all", "ada")
