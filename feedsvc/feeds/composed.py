"""A feed that a reader composed, as the writers take it."""

from dataclasses import dataclass

from feedsvc.feeds.feed import Feed


@dataclass(frozen=True)
class ComposedFeed(Feed):
    """Some stories of a feed, with what the address of that has behind the question mark."""

    query: str = ""

    def url(self, format: str) -> str:
        """The address of this feed's document in a format (`rss`, `atom`, `json`)."""
        return f"{super().url(format)}?{self.query}"
