from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.domain.article import (
    DEFAULT_NOTICE,
    Article,
    Kind,
    LeadPicture,
    Revision,
    Status,
    check,
    new_identity,
    publish,
    update,
    withdraw,
)
from feedsvc.errors import Invalid, NotAllowed

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
COMPLETE = Revision(headline="Night bus stays", slug="night-bus-stays", section="politics", body="It stays.")


def draft(revision=COMPLETE):
    return Article(
        article_id=1,
        identity=new_identity(),
        status=Status.DRAFT,
        version=1,
        working=revision,
        live=None,
        published=None,
        updated=None,
        withdrawn=None,
        notice="",
        saved=NOON,
        saved_by="test",
    )


def published():
    return publish(draft(), NOON)[0]


def withdrawn():
    return withdraw(published(), NOON + timedelta(hours=1), "")[0]


def test_publishing_makes_the_working_copy_live_and_dates_it():
    article, kind = publish(draft(), NOON + timedelta(milliseconds=400))
    assert (article.status, kind) == (Status.PUBLISHED, Kind.PUBLISHED)
    assert article.live == COMPLETE
    assert article.published == article.updated == NOON


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"headline": ""}, "headline"),
        ({"section": None}, "section"),
        ({"body": " \n"}, "body"),
        ({"picture": LeadPicture("key")}, "picture_alt"),
    ],
)
def test_what_is_missing_is_named_by_its_field(change, field):
    with pytest.raises(Invalid) as refusal:
        publish(draft(replace(COMPLETE, **change)), NOON)
    assert list(refusal.value.problems) == [field]


@pytest.mark.parametrize("picture", [LeadPicture("key", alt="A bus"), LeadPicture("key", decorative=True)])
def test_a_picture_with_alt_text_or_marked_decorative_can_be_published(picture):
    assert publish(draft(replace(COMPLETE, picture=picture)), NOON)[0].live.picture == picture


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"headline": "x" * 301}, "headline"),
        ({"slug": "x" * 101}, "slug"),
        ({"standfirst": "x" * 2_001}, "standfirst"),
        ({"body": "x" * 1_000_001}, "body"),
        ({"authors": ("x" * 101,)}, "authors"),
        ({"topics": tuple(map(str, range(21)))}, "topics"),
        ({"picture": LeadPicture("key", credit="x" * 301)}, "picture_credit"),
    ],
)
def test_a_field_that_holds_too_much_is_named(change, field):
    with pytest.raises(Invalid) as refusal:
        check(replace(COMPLETE, **change))
    assert list(refusal.value.problems) == [field]


def test_an_update_moves_the_date_and_a_minor_edit_does_not():
    article = replace(published(), working=replace(COMPLETE, body="It stays, and runs later."))
    later = NOON + timedelta(hours=2)
    updated, kind = update(article, later, minor=False)
    assert (updated.updated, updated.published, kind) == (later, NOON, Kind.UPDATED)
    minor, kind = update(article, later, minor=True)
    assert (minor.updated, kind) == (NOON, Kind.MINOR)
    assert minor.live == updated.live == article.working


def test_each_update_is_at_least_a_second_later_than_the_one_before():
    once, _ = update(published(), NOON, minor=False)
    twice, _ = update(once, NOON, minor=False)
    assert (once.updated, twice.updated) == (NOON + SECOND, NOON + 2 * SECOND)


def test_moving_to_another_section_moves_the_date_even_as_a_minor_edit():
    article = replace(published(), working=replace(COMPLETE, section="tech"))
    moved, kind = update(article, NOON + timedelta(hours=1), minor=True)
    assert (kind, moved.updated) == (Kind.MOVED, NOON + timedelta(hours=1))


def test_a_withdrawn_story_has_a_notice_later_than_its_last_update():
    article, kind = withdraw(published(), NOON, "  ")
    assert (article.status, kind) == (Status.WITHDRAWN, Kind.WITHDRAWN)
    assert article.notice == DEFAULT_NOTICE
    assert article.withdrawn == NOON + SECOND


def test_a_restored_story_is_later_than_its_notice_and_keeps_its_publication_date():
    before = withdrawn()
    article, kind = publish(before, before.withdrawn - timedelta(minutes=1))
    assert kind is Kind.RESTORED
    assert article.updated == before.withdrawn + SECOND
    assert (article.published, article.withdrawn, article.notice) == (NOON, None, "")


@pytest.mark.parametrize(
    ("act", "article"),
    [
        (lambda article: publish(article, NOON), published()),
        (lambda article: update(article, NOON, minor=False), draft()),
        (lambda article: update(article, NOON, minor=False), withdrawn()),
        (lambda article: withdraw(article, NOON, ""), draft()),
        (lambda article: withdraw(article, NOON, ""), withdrawn()),
    ],
)
def test_a_move_that_the_status_does_not_allow_is_refused(act, article):
    with pytest.raises(NotAllowed):
        act(article)


def test_no_move_changes_the_identity():
    article = draft()
    identity = article.identity
    article, _ = publish(article, NOON)
    article, _ = update(article, NOON, minor=False)
    article, _ = withdraw(article, NOON, "")
    article, _ = publish(article, NOON)
    assert article.identity == identity
