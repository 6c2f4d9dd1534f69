import pytest

from feedsvc.domain.feedname import RESERVED, feeds_of, is_slug


def test_an_article_stands_in_all_its_section_its_topics_and_its_authors():
    assert feeds_of("politics", ("Night Buses",), ("Politics Desk",)) == (
        "all",
        "politics",
        "topics/night-buses",
        "authors/politics-desk",
    )


@pytest.mark.parametrize("text", ["politics", "us-politics", "2026", "a"])
def test_a_slug_stands_in_an_address_as_it_is(text):
    assert is_slug(text)


@pytest.mark.parametrize(
    "text", ["", "Politics", "a b", "a--b", "-a", "a-", "ä", "a/b", "a+b", ".well", "x" * 101, "a\n"]
)
def test_what_an_address_would_have_to_escape_is_no_slug(text):
    assert not is_slug(text)


def test_reserved_names_are_slugs_that_sections_cannot_have():
    assert all(map(is_slug, RESERVED))
