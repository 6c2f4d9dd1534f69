import re

import pytest
from PIL import Image

from feedsvc import sample

SLUGS = {section.slug for section in sample.SECTIONS}
WITH_PICTURE = [story for story in sample.STORIES if story.picture]

every_story = pytest.mark.parametrize("story", sample.STORIES, ids=lambda story: story.headline)


def test_the_sections_stand_in_the_order_of_the_masthead():
    assert [section.title for section in sample.SECTIONS] == ["Politics", "Canada", "Lifestyle", "World", "Tech"]
    assert all(section.description.endswith(".") for section in sample.SECTIONS)


def test_there_are_about_a_dozen_stories_and_some_in_every_section():
    assert 12 <= len(sample.STORIES) <= 14
    assert {story.section for story in sample.STORIES} == SLUGS


def test_no_two_stories_share_a_headline_or_an_age():
    assert len({story.headline for story in sample.STORIES}) == len(sample.STORIES)
    assert len({story.age_hours for story in sample.STORIES}) == len(sample.STORIES)


def test_stories_come_oldest_first_from_nine_days_to_two_hours_of_age():
    ages = [story.age_hours for story in sample.STORIES]
    assert ages == sorted(ages, reverse=True)
    assert 8 * 24 < ages[0] <= 9 * 24
    assert ages[-1] == 2
    assert 21 in ages
    assert {1, 2, 3, 4} <= {age // 24 for age in ages}


@every_story
def test_headlines_standfirsts_and_bodies_are_of_newspaper_length(story):
    assert 35 <= len(story.headline) <= 75
    assert len(re.findall(r"[.!?](?= |$)", story.standfirst)) in {1, 2}
    assert 150 <= len(re.sub(r"^#+ ", "", story.body, flags=re.MULTILINE).split()) <= 350


@every_story
def test_bodies_are_markdown_with_two_or_three_subheadings_and_one_line_a_paragraph(story):
    blocks = story.body.split("\n\n")
    assert len([block for block in blocks if block.startswith("## ")]) in {2, 3}
    assert not blocks[0].startswith("#")
    assert not any("\n" in block or block.startswith(("- ", "###")) for block in blocks)


@every_story
def test_bylines_are_desks_and_topics_are_few(story):
    assert story.authors
    assert all(author.endswith(" Desk") for author in story.authors)
    assert 1 <= len(story.topics) <= 3


@every_story
def test_updates_lie_between_publication_and_the_bring_in(story):
    assert story.updated_after_hours is None or 0 < story.updated_after_hours < story.age_hours


def test_one_or_two_stories_were_updated():
    assert len([story for story in sample.STORIES if story.updated_after_hours]) in {1, 2}


def test_three_stories_have_pictures_that_open_and_are_described():
    assert len({story.picture for story in WITH_PICTURE}) == len(WITH_PICTURE) == 3
    for story in WITH_PICTURE:
        path = sample.picture_path(story.picture)
        assert path.stat().st_size < 150_000
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.size) == ("JPEG", (1600, 1067))
        assert 40 <= len(story.picture_alt) <= 250
        assert story.picture_credit == "feedsvc sample pictures"


def test_every_picture_file_belongs_to_a_story():
    files = {path.name for path in sample.picture_path("").iterdir()}
    assert files == {story.picture for story in WITH_PICTURE}
