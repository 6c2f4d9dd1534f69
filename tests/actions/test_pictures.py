import io
import re
import struct
import subprocess
import sys
import zlib

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, ImageDraw, PngImagePlugin

from feedsvc.actions import pictures
from feedsvc.errors import PictureRefused, StorageError

RED, GREEN, BLUE = (220, 30, 30), (30, 160, 60), (30, 60, 200)


def encoded(image, file_format, **options):
    body = io.BytesIO()
    image.save(body, file_format, **options)
    return body.getvalue()


def opened(rendition):
    image = Image.open(io.BytesIO(rendition.body))
    image.load()
    return image


def photo(width=640, height=480):
    """Smooth, many-coloured, and red at the left, blue at the right."""
    ramp = Image.linear_gradient("L").rotate(90).resize((width, height))
    return Image.composite(Image.new("RGB", ramp.size, BLUE), Image.new("RGB", ramp.size, RED), ramp)


def exif_of_a_phone(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Lantern Phones"
    exif[ExifTags.Base.Artist] = "A Photographer"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (48.0, 25.0, 6.0)
    gps[ExifTags.GPS.GPSMapDatum] = "WGS-84"
    return exif


def png_header_claiming(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def close_to(colour, expected, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(colour, expected, strict=True))


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "PNG", "TIFF", "AVIF"])
def test_a_picture_taken_sideways_stands_upright(file_format):
    # Orientation 6: turn a quarter clockwise to view, so that the left edge becomes the top.
    prepared = pictures.prepare(encoded(photo(), file_format, exif=exif_of_a_phone(6)))
    image = opened(prepared.large).convert("RGB")
    assert (prepared.large.width, prepared.large.height) == image.size == (480, 640)
    assert close_to(image.getpixel((240, 5)), RED)
    assert close_to(image.getpixel((240, 634)), BLUE)


def test_a_heic_photo_becomes_an_upright_jpeg():
    body = io.BytesIO()
    pillow_heif.from_pillow(photo()).save(body, quality=90, exif=exif_of_a_phone(6).tobytes())
    prepared = pictures.prepare(body.getvalue())
    assert (prepared.large.media_type, prepared.large.width, prepared.large.height) == ("image/jpeg", 480, 640)
    assert close_to(opened(prepared.large).getpixel((240, 5)), RED)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_kept(file_format):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = photo(1200, 900)
    xmp = "<x:xmpmeta>where and who</x:xmpmeta>"
    options = {"exif": exif_of_a_phone(1), "icc_profile": profile, "xmp": xmp.encode()}
    if file_format == "JPEG":
        options |= {"comment": b"a private comment", "dpi": (300, 300)}
    if file_format == "PNG":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp)
        options["pnginfo"].add_text("Comment", "a private comment")
    source = encoded(image, file_format, **options)
    assert b"Lantern Phones" in source
    assert b"where and who" in source
    prepared = pictures.prepare(source)
    for rendition in (prepared.large, prepared.small):
        for trace in (b"Exif", b"eXIf", b"Lantern", b"Photographer", b"WGS-84", b"xmpmeta", b"private", b"ICC"):
            assert trace not in rendition.body
        assert not opened(rendition).getexif()
        assert set(opened(rendition).info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }


def test_damaged_exif_does_not_spoil_the_picture():
    prepared = pictures.prepare(encoded(photo(), "JPEG", exif=b"Exif\0\0no such thing as a header"))
    assert (prepared.large.width, prepared.large.height) == (640, 480)


def test_colours_of_another_profile_are_converted_to_srgb():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A profile whose red is blue and whose blue is red.
    exchanged = re.sub(rb"([rb])XYZ", lambda tag: {b"r": b"b", b"b": b"r"}[tag[1]] + b"XYZ", srgb)
    for image in (Image.new("RGB", (64, 64), (255, 0, 0)), Image.new("RGBA", (64, 64), (255, 0, 0, 128))):
        prepared = pictures.prepare(encoded(image, "PNG", icc_profile=exchanged))
        assert close_to(opened(prepared.large).getpixel((9, 9))[:3], (0, 0, 255))


def test_a_profile_that_cannot_be_used_is_dropped():
    for profile in (b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()):
        prepared = pictures.prepare(encoded(photo(), "JPEG", icc_profile=profile))
        assert close_to(opened(prepared.large).getpixel((3, 9)), RED)


def test_large_pictures_are_brought_to_web_sizes():
    prepared = pictures.prepare(encoded(photo(5000, 2500), "JPEG"))
    assert (prepared.large.width, prepared.large.height) == (2400, 1200)
    assert (prepared.small.width, prepared.small.height) == opened(prepared.small).size == (960, 480)


def test_tall_pictures_are_limited_by_their_height():
    prepared = pictures.prepare(encoded(photo(1000, 5000), "JPEG"))
    assert (prepared.large.width, prepared.large.height) == (480, 2400)
    assert prepared.small is None


def test_pictures_are_never_enlarged_and_need_no_small_one_up_to_its_width():
    assert pictures.prepare(encoded(photo(960, 700), "JPEG")).small is None
    assert pictures.prepare(encoded(photo(961, 700), "JPEG")).small.width == 960
    assert pictures.prepare(encoded(photo(1, 1), "BMP")).large.width == 1


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "HEIF"])
def test_photos_become_progressive_jpeg(file_format):
    large = pictures.prepare(encoded(photo(), file_format)).large
    assert large.media_type == "image/jpeg"
    assert opened(large).format == "JPEG"
    assert opened(large).info["progressive"]


def test_the_first_frame_is_taken_of_what_moves():
    frames = [Image.new("RGB", (50, 40), colour) for colour in (GREEN, RED, BLUE)]
    for file_format in ("GIF", "WEBP"):
        body = encoded(frames[0], file_format, save_all=True, append_images=frames[1:], duration=80)
        large = pictures.prepare(body).large
        assert large.media_type == "image/jpeg"
        assert close_to(opened(large).getpixel((20, 20)), GREEN)


def test_what_shows_through_stays_png():
    see_through = photo().convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(see_through.size))
    for file_format in ("PNG", "WEBP", "TIFF"):
        large = pictures.prepare(encoded(see_through, file_format)).large
        assert large.media_type == "image/png"
        assert opened(large).getpixel((300, 0))[3] < 10
        assert opened(large).getpixel((300, 479))[3] > 245


def test_transparent_palettes_and_greys_keep_their_transparency():
    drawing = Image.new("P", (60, 40), 0)
    drawing.putpalette([*GREEN, *RED])
    ImageDraw.Draw(drawing).rectangle((0, 0, 29, 39), fill=1)
    grey = Image.merge("LA", [Image.new("L", (60, 40), 90), Image.linear_gradient("L").resize((60, 40))])
    palette = opened(pictures.prepare(encoded(drawing, "GIF", transparency=0)).large)
    assert palette.getpixel((10, 10)) == (*RED, 255)
    assert palette.getpixel((50, 10))[3] == 0
    shades = opened(pictures.prepare(encoded(grey, "PNG")).large)
    assert [close_to(shades.getpixel((30, y)), (90, 90, 90, alpha)) for y, alpha in ((0, 0), (39, 255))] == [1, 1]


def test_an_alpha_channel_through_which_nothing_shows_makes_no_png():
    assert pictures.prepare(encoded(photo().convert("RGBA"), "PNG")).large.media_type == "image/jpeg"


def test_charts_stay_png_and_grey_photos_do_not():
    chart = Image.new("RGB", (1200, 800), "white")
    ImageDraw.Draw(chart).rectangle((100, 200, 300, 700), fill=BLUE)
    assert pictures.prepare(encoded(chart, "PNG")).small.media_type == "image/png"
    assert pictures.prepare(encoded(chart, "GIF")).large.media_type == "image/jpeg"
    assert pictures.prepare(encoded(Image.linear_gradient("L"), "PNG")).large.media_type == "image/jpeg"


def test_print_colours_become_screen_colours():
    large = pictures.prepare(encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=95)).large
    assert opened(large).mode == "RGB"
    assert close_to(opened(large).getpixel((9, 9)), (255, 0, 0))


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight(file_format):
    grey = Image.frombytes("I;16", (256, 1), struct.pack("<256H", *range(0, 65536, 256))).resize((256, 64))
    image = opened(pictures.prepare(encoded(grey, file_format)).large)
    for x in (0, 60, 128, 255):
        assert close_to(image.getpixel((x, 30)), (x, x, x), tolerance=4)


def test_one_bit_pictures_are_taken():
    image = opened(pictures.prepare(encoded(Image.new("1", (20, 20), 1), "TIFF")).large)
    assert close_to(image.getpixel((5, 5)), (255, 255, 255))


def refusal(data):
    with pytest.raises(PictureRefused) as caught:
        pictures.prepare(data)
    assert re.fullmatch(r"[A-Z][^:]+: [^:]+\.", str(caught.value)), "what is wrong: what to do."
    return str(caught.value)


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (60_000, 60_000)])
def test_a_bomb_is_refused_by_its_header(width, height):
    assert "100 million pixels" in refusal(png_header_claiming(width, height))


def test_a_bomb_is_refused_whatever_the_process_does_with_warnings():
    script = (
        "import sys, warnings; from feedsvc.actions import pictures; from feedsvc.errors import PictureRefused\n"
        "warnings.simplefilter('ignore')\n"
        "try: pictures.prepare(sys.stdin.buffer.read())\n"
        "except PictureRefused as refused: print(refused)\n"
    )
    bomb = png_header_claiming(10_001, 10_000)
    told = subprocess.run([sys.executable, "-c", script], input=bomb, capture_output=True, check=True)
    assert b"100 million pixels" in told.stdout


def test_a_frame_that_is_larger_than_its_header_says_is_refused():
    gif = bytearray(encoded(Image.new("P", (8, 8)), "GIF"))
    descriptor = gif.index(b"\x2c")
    gif[descriptor + 5 : descriptor + 9] = struct.pack("<HH", 65_000, 65_000)
    assert "100 million pixels" in refusal(bytes(gif))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP"])
def test_a_truncated_picture_is_refused(file_format):
    body = encoded(photo(), file_format)
    assert "damaged or incomplete" in refusal(body[: len(body) * 2 // 3])


@pytest.mark.parametrize("data", [b"Dear editor,\nplease find attached", b"%PDF-1.7\n", b"\0" * 999])
def test_what_is_no_picture_is_refused(data):
    assert "is no picture" in refusal(data)


def test_formats_that_run_programs_are_no_pictures():
    assert "is no picture" in refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")


def test_drawings_in_svg_are_refused_with_advice():
    assert "PNG" in refusal(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')


def test_measured_values_are_no_picture():
    assert "unusual" in refusal(encoded(Image.new("F", (9, 9), 0.5), "TIFF"))


def test_an_empty_file_is_refused():
    assert "empty" in refusal(b"")


def test_more_than_twenty_megabytes_are_refused_and_not_read_to_the_end():
    body = encoded(photo(), "JPEG")
    assert "20 MB" in refusal(body + bytes(pictures.UPLOAD_LIMIT_BYTES + 1 - len(body)))
    file = io.BytesIO(body + bytes(2 * pictures.UPLOAD_LIMIT_BYTES))
    assert "20 MB" in refusal(file)
    assert file.tell() == pictures.UPLOAD_LIMIT_BYTES + 1


def test_exactly_twenty_megabytes_are_taken():
    body = encoded(photo(), "JPEG")
    file = io.BytesIO(body + bytes(pictures.UPLOAD_LIMIT_BYTES - len(body)))
    assert pictures.prepare(file) == pictures.prepare(body)


def test_the_same_upload_gives_the_same_bytes():
    body = encoded(photo(1500, 1000), "JPEG", exif=exif_of_a_phone(8))
    assert pictures.prepare(body) == pictures.prepare(body)
    other = pictures.prepare(encoded(photo(1500, 1001), "JPEG"))
    assert other.sha256 != pictures.prepare(body).sha256


def test_saved_files_hold_the_renditions_and_nothing_else_is_left(tmp_path):
    prepared = pictures.prepare(encoded(photo(1500, 1000), "JPEG"))
    paths = pictures.save(prepared, tmp_path, "key")
    assert paths == (tmp_path / "key.jpg", tmp_path / "key-960.jpg")
    assert [path.read_bytes() for path in paths] == [prepared.large.body, prepared.small.body]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_picture_without_small_rendition_is_one_file(tmp_path):
    chart = pictures.prepare(encoded(Image.new("RGB", (60, 40), BLUE), "PNG"))
    assert pictures.save(chart, tmp_path, "key") == (tmp_path / "key.png",)


def test_a_picture_is_saved_whole_or_not_at_all(tmp_path):
    prepared = pictures.prepare(encoded(photo(1500, 1000), "JPEG"))
    in_the_way = tmp_path / "key-960.jpg"
    in_the_way.mkdir()
    with pytest.raises(StorageError, match="could not be stored"):
        pictures.save(prepared, tmp_path, "key")
    assert list(tmp_path.iterdir()) == [in_the_way]


def test_saving_into_a_folder_that_is_not_there_says_so(tmp_path):
    prepared = pictures.prepare(encoded(photo(), "JPEG"))
    with pytest.raises(StorageError, match="No such file"):
        pictures.save(prepared, tmp_path / "nowhere", "key")


def test_deleting_removes_every_file_of_a_picture_and_no_other(tmp_path):
    prepared = pictures.prepare(encoded(photo(1500, 1000), "JPEG"))
    pictures.save(prepared, tmp_path, "gone")
    kept = pictures.save(prepared, tmp_path, "gone2")
    pictures.delete(tmp_path, "gone")
    pictures.delete(tmp_path, "gone")
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_keys_are_long_safe_in_urls_and_never_look_like_options():
    keys = {pictures.new_key() for _ in range(500)}
    assert len(keys) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{20,}", key) for key in keys)
