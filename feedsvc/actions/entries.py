"""What feeds say of a story, of its corrections, and of its withdrawal: entries made of what is stored."""

from collections.abc import Mapping
from datetime import datetime

from feedsvc.domain import address
from feedsvc.domain.article import DEFAULT_NOTICE, Syndication
from feedsvc.feeds import feed
from feedsvc.feeds.feed import Category, Entry, Person, Picture
from feedsvc.settings import Settings
from feedsvc.storage.articles import Story, Withdrawn
from feedsvc.storage.corrections import Correction
from feedsvc.texts import N_, _, language_for, speaking

NOTICE_TITLE = N_("Withdrawn")
CORRECTION_TITLE = N_("Correction: %(headline)s")
CORRECTION_OF_DAY = N_("Correction, %(date)s")
SOURCE = N_("Source")
"""Words of documents."""

TEXTS = (NOTICE_TITLE, CORRECTION_TITLE, CORRECTION_OF_DAY, SOURCE)
"""Our own words in entries."""


class Entries:
    """Makes entries as the settings of a newsroom have them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._language = language_for(settings.site_language)

    def correction(self, story: Story, number: int, correction: Correction) -> Entry:
        """The entry of a correction, which is the story's `number`th."""
        path = address.article_path(story.article_id, story.revision.slug)
        return Entry(
            identity=correction.identity,
            url=f"{self._settings.base_url}{path}#correction-{number}",
            title=self._say(CORRECTION_TITLE, headline=story.revision.headline),
            summary="",
            body=correction.text,
            published=correction.at,
            updated=correction.updated,
        )

    def entry(self, story: Story, dated: Mapping[int, datetime] | None = None) -> Entry:
        """The entry of a story; `dated` has the dates under which a feed presents stories anew."""
        again = (dated or {}).get(story.article_id, story.published)
        revision, base_url = story.revision, self._settings.base_url
        section = revision.section if story.section_is_open else None
        categories = tuple(
            Category(
                # What was retired has no address any more, and keeps its name.
                term=label if name is None else name.rpartition("/")[2],
                label=label,
                scheme=None if name is None else base_url + address.home_path(name),
            )
            for name, label in [(section, story.section_title), *((topic.feed, topic.name) for topic in story.topics)]
        )
        return Entry(
            identity=story.identity,
            url=base_url + address.article_path(story.article_id, revision.slug),
            title=revision.headline,
            summary=revision.standfirst,
            body=revision.body,
            published=again,
            updated=max(story.updated, again),
            authors=tuple(
                Person(author.name, None if author.feed is None else base_url + address.home_path(author.feed))
                for author in story.authors
            ),
            categories=categories,
            picture=self._picture(story),
            foreign_id=story.foreign_id,
            corrections=tuple(
                feed.Correction(
                    self._say(CORRECTION_OF_DAY, date=f"{one.at.astimezone(self._settings.time_zone):%Y-%m-%d}"),
                    one.text,
                )
                for one in story.corrections
            ),
            source=feed.Source(self._say(SOURCE), revision.source, revision.source_url or None)
            if revision.source or revision.source_url
            else None,
            rights=revision.rights,
            is_summary=revision.syndication == Syndication.SUMMARY,
        )

    def _say(self, text: str, **values: object) -> str:
        """Our own words, in the language of the site, whoever asks."""
        with speaking(self._language):
            return _(text, **values)

    def _picture(self, story: Story) -> Picture | None:
        stored, used = story.picture, story.revision.picture
        if stored is None or used is None:
            return None
        return Picture(
            url=self._settings.base_url + address.picture_path(stored.key, stored.media_type),
            media_type=stored.media_type,
            width=stored.width,
            height=stored.height,
            length=stored.length,
            alt="" if used.decorative else used.alt,
            credit=used.credit,
        )

    def notice(self, one: Withdrawn) -> Entry:
        """The entry that stands for a withdrawn story."""
        return Entry(
            identity=one.identity,
            url=self._settings.base_url + address.article_path(one.article_id, one.slug),
            title=self._say(NOTICE_TITLE),
            summary="",
            body=self._say(DEFAULT_NOTICE) if one.notice == DEFAULT_NOTICE else one.notice,
            published=one.published,
            updated=one.withdrawn,
            is_notice=True,
            foreign_id=one.foreign_id,
        )
