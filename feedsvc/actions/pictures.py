"""Take in an uploaded picture: upright, in web sizes, without what tells where and by whom it was taken.

`prepare` turns what was uploaded into renditions, `save` puts them on disk, `delete` removes them.
Which article uses a picture is not known here.
"""

import hashlib
import io
import logging
import os
import re
import secrets
import struct
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from feedsvc.domain.address import EXTENSIONS, SMALL_WIDTH, picture_file
from feedsvc.errors import PictureRefused, StorageError
from feedsvc.storage import media
from feedsvc.storage.database import Database
from feedsvc.storage.media import Picture
from feedsvc.texts import N_, _

UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024
PIXEL_LIMIT = 100_000_000
LARGE_LONGEST_PX = 2400
JPEG_QUALITY = 82
# A drawing or chart has few colours; a greyscale photo uses most of its 256.
GRAPHIC_COLOURS = 128
KEPT_UNUSED_HOURS = 24
"""For so long a form that was refused may come back with the picture that was sent with it."""

FORMATS = ("JPEG", "PNG", "HEIF", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
MODES = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "HSV"})

# What the decoders raise on damaged data.
DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    RuntimeError,
    struct.error,
)

TOO_LARGE = N_("The picture is larger than 20 MB: save a smaller copy and choose that.")
TOO_MANY_PIXELS = N_("The picture has more than 100 million pixels: make it smaller and choose it again.")
NO_PICTURE = N_("This file is no picture: choose a JPEG, PNG, HEIC, WebP, AVIF, GIF, TIFF or BMP file.")
VECTOR = N_("SVG drawings cannot be used: export the drawing as PNG and choose that.")
DAMAGED = N_("The picture is damaged or incomplete: copy it from the camera or phone again and choose that.")
STRANGE_COLOURS = N_("The picture stores its colours in an unusual way: save it as JPEG or PNG and choose that.")

_log = logging.getLogger(__name__)

pillow_heif.register_heif_opener()
# Decoders look at these two when a frame turns out larger than the header said.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Rendition:
    """A picture ready to be sent: `body` is image/jpeg or image/png, width and height are pixels."""

    body: bytes
    width: int
    height: int
    media_type: str


@dataclass(frozen=True)
class Prepared:
    """The renditions of one picture. `small` is for lists and phones, None where `large` is no wider than it
    would be. `sha256` is the hexadecimal digest of the bytes of `large`.
    """

    large: Rendition
    small: Rendition | None
    sha256: str


def prepare(data: bytes | BinaryIO) -> Prepared:
    """Make the renditions of an upload: upright (EXIF orientation applied), in sRGB, without metadata.

    The first frame is taken of what moves. The outcome is PNG where something shows through, or where a PNG
    has few colours, else JPEG. Same data and same library versions give the same bytes.
    Raises PictureRefused when it is no picture, damaged, over UPLOAD_LIMIT_BYTES or over PIXEL_LIMIT.
    """
    upload = data if isinstance(data, bytes) else data.read(UPLOAD_LIMIT_BYTES + 1)
    if not upload:
        raise PictureRefused(_("The file is empty: choose the picture again."))
    if len(upload) > UPLOAD_LIMIT_BYTES:
        raise PictureRefused(_(TOO_LARGE))
    try:
        picture, media_type = _read(upload)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(_(TOO_MANY_PIXELS)) from error
    except UnidentifiedImageError as error:
        raise PictureRefused(_(_why_unidentified(upload))) from error
    except DECODING_ERRORS as error:
        raise PictureRefused(_(DAMAGED)) from error
    large = _encode(picture, media_type)
    small = None
    if picture.width > SMALL_WIDTH:
        height = max(1, round(picture.height * SMALL_WIDTH / picture.width))
        small = _encode(picture.resize((SMALL_WIDTH, height), Image.Resampling.LANCZOS), media_type)
    return Prepared(large, small, hashlib.sha256(large.body).hexdigest())


def new_key() -> str:
    """A name for a picture's files that nobody can guess, safe in URLs and file names."""
    while (key := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return key


def save(prepared: Prepared, folder: Path, key: str) -> tuple[Path, ...]:
    """Write the renditions into an existing folder, the large one first, and return their paths.

    When it returns, the files are on disk whole and survive a power cut; when it raises StorageError, none
    is left.
    """
    written = []
    try:
        for rendition in (prepared.large, prepared.small):
            if rendition is not None:
                path = folder / picture_file(key, rendition.media_type, is_small=rendition is prepared.small)
                _write_durably(path, rendition.body)
                written.append(path)
        _sync_folder(folder)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise StorageError(f"A picture could not be stored in {folder}: {error.strerror}.", key) from error
    return tuple(written)


def store(database: Database, folder: Path, data: bytes | BinaryIO) -> str:
    """Take in a picture, files first, then its row; the key is returned under which a revision may use it.

    Those that were taken in more than `KEPT_UNUSED_HOURS` ago and that no revision uses are removed at that.
    Raises PictureRefused like `prepare`, and StorageError with nothing left of it.
    """
    prepared = prepare(data)
    key = new_key()
    large, small = prepared.large, prepared.small
    picture = Picture(
        key, large.media_type, large.width, large.height, len(large.body), None if small is None else small.width
    )
    save(prepared, folder, key)
    try:
        with database.write() as connection:
            now = database.clock()
            unused = media.forget_unused(connection, now - timedelta(hours=KEPT_UNUSED_HOURS))
            media.add(connection, picture, now)
    except StorageError:
        delete(folder, key)
        raise
    _delete_unused(folder, unused)
    return key


def forget_unused(database: Database, folder: Path) -> None:
    """Remove pictures that were taken in more than `KEPT_UNUSED_HOURS` ago and that no revision uses."""
    with database.write() as connection:
        unused = media.forget_unused(connection, database.clock() - timedelta(hours=KEPT_UNUSED_HOURS))
    _delete_unused(folder, unused)


def delete(folder: Path, key: str) -> None:
    """Remove the files of a picture; those that are gone already do not matter. Raises StorageError."""
    try:
        for media_type in EXTENSIONS:
            for is_small in (False, True):
                (folder / picture_file(key, media_type, is_small)).unlink(missing_ok=True)
        _sync_folder(folder)
    except OSError as error:
        raise StorageError(f"A picture could not be removed from {folder}: {error.strerror}.", key) from error


def _delete_unused(folder: Path, keys: Iterable[str]) -> None:
    for key in keys:
        try:
            delete(folder, key)
        except StorageError as error:
            # Nobody is led to the file any more, and the picture that was sent just now is stored.
            _log.warning("%s Delete %s there.", error, key)


def _read(upload: bytes) -> tuple[Image.Image, str]:
    """Decode to the large rendition's pixels (RGB or RGBA, sRGB, upright, no metadata) and its media type."""
    with Image.open(io.BytesIO(upload), formats=FORMATS) as image:
        _refuse_too_many_pixels(image)
        if image.format in {"JPEG", "MPO"}:
            # Decodes at half size or less where that is still large enough: a quarter of the time and memory.
            image.draft(None, (LARGE_LONGEST_PX, LARGE_LONGEST_PX))
        image.load()
        # In HEIF the size in the header may differ from that of the decoded picture.
        _refuse_too_many_pixels(image)
        # EXIF that cannot be read, or written anew, is no reason to refuse the picture: none of it is kept.
        with suppress(*DECODING_ERRORS):
            ImageOps.exif_transpose(image, in_place=True)
        profile = image.info.get("icc_profile")
        picture = _in_eight_bits(image)
        few_colours = image.format == "PNG" and picture.getcolors(GRAPHIC_COLOURS) is not None
        picture.thumbnail((LARGE_LONGEST_PX, LARGE_LONGEST_PX), Image.Resampling.LANCZOS)
        picture = _in_srgb(picture, profile)
    # Encoders write comment, resolution, EXIF and profile from here.
    picture.info.clear()
    return picture, "image/png" if few_colours or picture.mode == "RGBA" else "image/jpeg"


def _why_unidentified(upload: bytes) -> str:
    accepts = [accept for _name, accept in (Image.OPEN[name] for name in FORMATS) if accept is not None]
    if any(accept(upload[:16]) for accept in accepts):
        return DAMAGED
    return VECTOR if re.search(rb"<svg\b", upload[:4096], re.IGNORECASE) else NO_PICTURE


def _refuse_too_many_pixels(image: Image.Image) -> None:
    if image.width * image.height > PIXEL_LIMIT:
        raise PictureRefused(_(TOO_MANY_PIXELS))


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Any mode -> L, RGB or CMYK, or RGBA where something really shows through.

    A picture of the right mode is not copied: at the limit that would be 400 MB.
    """
    if image.mode.startswith("I;16"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode not in MODES:
        raise PictureRefused(_(STRANGE_COLOURS))
    if image.has_transparency_data:
        with_alpha = image if image.mode == "RGBA" else image.convert("RGBA")
        opaque_px = with_alpha.getchannel("A").histogram()[255]
        return with_alpha if opaque_px < image.width * image.height else with_alpha.convert("RGB")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """L, RGB, CMYK or RGBA -> RGB or RGBA in sRGB, which is also what is meant without a profile."""
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        # A profile that is broken or made for other channels says nothing: the colours are taken as they are.
        with suppress(ImageCms.PyCMSError, OSError):
            transform = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                picture.mode,
                mode,
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            return transform.apply(picture)
    return picture.convert(mode)


def _encode(picture: Image.Image, media_type: str) -> Rendition:
    body = io.BytesIO()
    if media_type == "image/png":
        picture.save(body, "PNG")
    else:
        picture.save(body, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True)
    return Rendition(body.getvalue(), picture.width, picture.height, media_type)


def _write_durably(path: Path, body: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
