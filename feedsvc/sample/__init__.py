"""THE SAMPLE NEWSROOM: what a new installation shows until its own stories come. Values only, nothing is stored.

The events are invented and harmless; places, desks and creatures are not to be found on any map.
May import: the standard library.
"""

from pathlib import Path

from feedsvc.sample.at_home import AT_HOME
from feedsvc.sample.further_off import FURTHER_OFF
from feedsvc.sample.story import SampleSection, SampleStory

__all__ = ["SECTIONS", "STORIES", "SampleSection", "SampleStory", "picture_path"]

SECTIONS: tuple[SampleSection, ...] = (
    SampleSection("Politics", "politics", "Councils, committees and what they decided in the end."),
    SampleSection("Canada", "canada", "News from the lakes, the prairie and the line north."),
    SampleSection("Lifestyle", "lifestyle", "Gardens, kitchens and other people’s good ideas."),
    SampleSection("World", "world", "Small news from a long way off."),
    SampleSection("Tech", "tech", "Machines, and the people who mend them."),
)

# Oldest first: the order in which they are brought in.
STORIES: tuple[SampleStory, ...] = tuple(
    sorted((*AT_HOME, *FURTHER_OFF), key=lambda story: story.age_hours, reverse=True)
)


def picture_path(name: str) -> Path:
    """Where the file of a story's picture lies."""
    return Path(__file__).with_name("pictures") / name
