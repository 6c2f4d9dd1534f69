"""The form in which a story is written: read from a request or from what is stored, and made into a revision.

The fields' names are an interface: scripts post them. A text field that is not posted keeps what is stored.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, HiddenField, StringField, TextAreaField

from feedsvc.domain.article import Article, LeadPicture, Revision, new_identity
from feedsvc.domain.dates import moments_of
from feedsvc.errors import Invalid, NotAllowed
from feedsvc.feeds import paste
from feedsvc.feeds.text import clean
from feedsvc.storage.revisions import name_key
from feedsvc.texts import N_, _
from feedsvc.web.newsroom import newsroom

NOT_SET = ("", "0", "false", "no", "off")

CHANGES = ("update", "minor", "correction")

WHICH = ("first", "second")
"""Which of two moments a time means that clocks show twice."""

IDENTITY = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
"""An identity as new stories get it (RFC 9562, version 4)."""

VERSION = re.compile("[0-9]{1,18}", re.ASCII)

BEFORE_THE_FIRST = "0"
"""The version of a story on which its first form was made: none has it any more."""

OF_THE_FORM = (
    *("version", "draft", "keep_as_typed", "publish_at", "publish_at_which", "note"),
    *("change", "correction", "notice", "without_notice", "reason"),
)
"""Fields that say something of the form, not of the story."""

NOT_OF_THE_STORY = tuple(name for name in OF_THE_FORM if name not in ("version", "draft", "keep_as_typed"))
"""Fields that are said at an act, and not saved with the story."""

LABELS = {
    "headline": N_("Headline"),
    "standfirst": N_("Standfirst"),
    "body": N_("Story"),
    "section": N_("Section"),
    "topics": N_("Topics"),
    "authors": N_("Authors"),
    "slug": N_("Address"),
    "picture": N_("Picture"),
    "picture_alt": N_("Alt text"),
    "picture_decorative": N_("Decorative"),
    "picture_credit": N_("Credit"),
    "syndication": N_("What feeds carry"),
    "source": N_("Source"),
    "source_url": N_("Address at the source"),
    "rights": N_("Rights"),
    "note": N_("Note"),
    "publish_at": N_("Time to publish"),
    "change": N_("Kind of change"),
    "correction": N_("Correction"),
    "notice": N_("Notice"),
    "reason": N_("Reason"),
}
"""Field -> what editors call it, to be translated, in the order in which an editor reads a story."""


@dataclass(frozen=True)
class Written:
    """What an editor wrote: the revision, and the story's text as it was typed where Markdown was made of it."""

    revision: Revision
    typed: str = ""


class StoryForm(Form):
    """One story as an editor sees it; the values are the texts of the fields. The picture's file is read apart.

    `picture_key` names the stored picture, so that an upload is kept while other fields are mended. `version` is that
    of the story on which the form was made. `draft` is the identity that a new story will have: a form that is sent
    twice makes one story. `keep_as_typed` leaves pasted text as it is. `publish_at` is a time on the newsroom's
    clocks; where they show it twice, `publish_at_which` is `first` or `second`. `note` is said at submitting and
    sending back, `correction` where `change` is one, `notice` (unless `without_notice`) and `reason` at withdrawing.
    """

    headline = StringField()
    slug = StringField()
    section = StringField()
    standfirst = TextAreaField()
    body = TextAreaField()
    authors = StringField()
    topics = StringField()
    picture_key = HiddenField()
    picture_alt = TextAreaField()
    picture_credit = StringField()
    picture_decorative = BooleanField(false_values=NOT_SET)
    picture_remove = BooleanField(false_values=NOT_SET)
    keep_as_typed = BooleanField(false_values=NOT_SET)
    syndication = StringField()
    source = StringField()
    source_url = StringField()
    rights = StringField()
    note = TextAreaField()
    publish_at = StringField()
    publish_at_which = StringField()
    change = StringField()
    correction = TextAreaField()
    notice = TextAreaField()
    without_notice = BooleanField(false_values=NOT_SET)
    reason = TextAreaField()
    version = HiddenField()
    draft = HiddenField()

    def is_on(self, article: Article) -> bool:
        """Whether the form was made on the article's present version; False also where it does not say."""
        return self.version.data == str(article.version)

    def made_on(self) -> int:
        """The version of the story on which the form was made. Raises `NotAllowed` where it does not say."""
        if not VERSION.fullmatch(self.version.data):
            raise NotAllowed(
                _(
                    "The form does not say on which version of the story it was made (the hidden field “version”), so "
                    "nothing was saved."
                )
            )
        return int(self.version.data)

    def says_what_is_stored(self, article: Article | None) -> bool:
        """Whether nothing would be lost with the form; for a new story: whether it is empty."""
        return all(
            clean(str(self[name].data)) == clean(str(text))
            for name, text in _texts(article).items()
            if name not in OF_THE_FORM
        )

    def time_to_publish(self, zone: tzinfo) -> datetime:
        """The moment that `publish_at` means on the clocks of a time zone. Raises `Invalid`, also where it must ask."""
        text = self.publish_at.data.strip()
        if not text:
            raise Invalid({"publish_at": _("Say when the story is to be published.")})
        try:
            moments = moments_of(text, zone)
        except ValueError as error:
            raise Invalid({"publish_at": _("That is no time. Write it as 2026-11-25T07:30.")}) from error
        shown = text.replace("T", " ")
        if not moments:
            missing = _(
                "There is no %(time)s in %(zone)s: clocks go forward over it. Choose another time.",
                time=shown,
                zone=zone,
            )
            raise Invalid({"publish_at": missing})
        if len(moments) > 1:
            if self.publish_at_which.data not in WHICH:
                twice = _(
                    "It is %(time)s twice in %(zone)s, since clocks go back. Choose which one you mean.",
                    time=shown,
                    zone=zone,
                )
                raise Invalid({"publish_at": twice})
            return moments[WHICH.index(self.publish_at_which.data)]
        return moments[0]

    def written(self) -> Written:
        """What the editor wrote, the picture's file aside. Raises `Invalid` where fields contradict each other."""
        if self.change.data not in CHANGES:
            raise Invalid(
                {"change": _("A change is an “update”, a “minor” edit or a “correction”. Choose one of them.")}
            )
        body, typed = clean(self.body.data), ""
        if not self.keep_as_typed.data:
            pasted = paste.from_text(body)
            body, typed = (pasted.markdown, body) if pasted.changed else (body, "")
        return Written(self._revision(body, self._picture()), typed)

    def as_it_stands(self) -> Revision:
        """What the fields say while somebody types: nothing is made of the text, and they may contradict each other."""
        picture = None
        if self.picture_key.data and not self.picture_remove.data:
            alt, is_decorative = self.picture_alt.data.strip(), self.picture_decorative.data
            picture = LeadPicture(self.picture_key.data, alt, self.picture_credit.data, is_decorative)
        return self._revision(clean(self.body.data), picture)

    def _revision(self, body: str, picture: LeadPicture | None) -> Revision:
        return Revision(
            headline=self.headline.data,
            slug=self.slug.data,
            section=self.section.data or None,
            standfirst=self.standfirst.data,
            body=body,
            authors=names(self.authors.data),
            topics=names(self.topics.data),
            picture=picture,
            syndication=self.syndication.data,
            source=self.source.data,
            source_url=self.source_url.data.strip(),
            rights=self.rights.data,
        )

    def _picture(self) -> LeadPicture | None:
        if self.picture_remove.data:
            return None
        alt, credit = self.picture_alt.data.strip(), self.picture_credit.data
        is_decorative = self.picture_decorative.data
        if not self.picture_key.data:
            if alt or credit.strip():
                raise Invalid({"picture": _("There is no picture for this alt text or credit. Choose one.")})
            return None
        if alt and is_decorative:
            described = _("A decorative picture is not described. Empty the alt text, or untick “decorative”.")
            raise Invalid({"picture_alt": described})
        return LeadPicture(self.picture_key.data, alt, credit, is_decorative)


def labels() -> dict[str, str]:
    """Field -> what editors call it, in the language that is spoken."""
    return {name: _(label) for name, label in LABELS.items()}


def stored(article: Article | None, draft: str = "") -> StoryForm:
    """The form of a story as it is stored, or that of a new one, which will have the identity `draft`."""
    return StoryForm(data=_texts(article) | {"draft": identity_of(draft)})


def posted(fields: MultiDict[str, str], article: Article | None) -> StoryForm:
    """The form as it was posted; `article` is what it is about, None for a new story."""
    fields = fields.copy()
    before = _texts(article)
    # A checkbox that is off is not posted. Only a form that posts its neighbours says “off” by that.
    for box, neighbour in (("picture_decorative", "picture_key"), ("keep_as_typed", "body")):
        if box not in fields and neighbour not in fields and before[box]:
            fields[box] = "1"
    fields["draft"] = identity_of(fields.get("draft", ""))
    # A form that does not say its version must not pass for one made on what is stored now.
    return StoryForm(fields, data=before | {"version": ""})


def posted_again(fields: MultiDict[str, str], article: Article, is_its_own: bool) -> StoryForm:
    """The form from which a story was made, posted once more.

    Where it knows no version of the story, it is what the editor means to go on with if nothing was done with the story
    since it was made of it (`is_its_own`). Else another window has it in hand.
    """
    form = posted(fields, article)
    if not VERSION.fullmatch(form.version.data):
        form.version.data = str(article.version) if is_its_own else BEFORE_THE_FIRST
    if not form.picture_key.data and article.working.picture:
        form.picture_key.data = article.working.picture.key
    return form


def identity_of(draft: str) -> str:
    """The identity that a form brought for its new story; another where it brought none, or an odd one."""
    return draft if IDENTITY.fullmatch(draft) else new_identity()


def _texts(article: Article | None) -> dict[str, str | bool]:
    zone = newsroom().settings.time_zone
    revision = article.working if article else Revision()
    picture = revision.picture
    return {
        "headline": revision.headline,
        "slug": revision.slug,
        "section": revision.section or "",
        "standfirst": revision.standfirst,
        "body": revision.body,
        "authors": ", ".join(revision.authors),
        "topics": ", ".join(revision.topics),
        "picture_key": picture.key if picture else "",
        "picture_alt": picture.alt if picture else "",
        "picture_credit": picture.credit if picture else "",
        "picture_decorative": bool(picture and picture.decorative),
        "keep_as_typed": _is_kept_as_typed(article),
        **_time_texts(article, zone),
        "syndication": revision.syndication,
        "source": revision.source,
        "source_url": revision.source_url,
        "rights": revision.rights,
        "change": CHANGES[0],
        "correction": "",
        "notice": "",
        "without_notice": False,
        "reason": "",
        "note": "",
        "version": str(article.version) if article else "",
    }


def _is_kept_as_typed(article: Article | None) -> bool:
    """Whether Markdown could be made of a story's text and was not: it was kept as it was typed, or brought in so.

    Of what was only autosaved nothing was to be made yet; so what was last saved says it.
    """
    return article is not None and paste.from_text(article.last_saved_body).changed


def _time_texts(article: Article | None, zone: tzinfo) -> dict[str, str | bool]:
    """When a story is scheduled, as its fields say it in a time zone."""
    if article is None or article.publish_at is None:
        return {"publish_at": "", "publish_at_which": ""}
    text = article.publish_at.astimezone(zone).replace(tzinfo=None).isoformat()
    text = text.removesuffix(":00")
    return {"publish_at": text, "publish_at_which": WHICH[moments_of(text, zone).index(article.publish_at)]}


def names(text: str) -> tuple[str, ...]:
    """`Night bus, council` -> the names, each once."""
    names: dict[str, str] = {}
    for part in text.split(","):
        name = " ".join(part.split())
        if name:
            names.setdefault(name_key(name), name)
    return tuple(names.values())
