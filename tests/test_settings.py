"""Settings: one way to write each, and one line for each that cannot be used."""

import os
from pathlib import Path

import pytest

from feedsvc.errors import WrongSetting
from feedsvc.feeds.text import web_url
from feedsvc.settings import Settings


def of(**values):
    return Settings({f"FEEDSVC_{name}": value for name, value in values.items()})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://news.example.org", "https://news.example.org"),
        ("HTTPS://News.Example.ORG/", "https://news.example.org"),
        ("http://münchen.example/Zürich//", "http://xn--mnchen-3ya.example/Z%C3%BCrich"),
        ("https://例え.テスト/新聞", "https://xn--r8jz45g.xn--zckzah/%E6%96%B0%E8%81%9E"),
        ("http://EXAMPLE.org:080/100%/%41", "http://example.org/100%25/%41"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443/a'(b)*;c=d", "https://example.org:8443/a'(b)*;c=d"),
        ("http://[2001:DB8:0:0::1]:81/x/", "http://[2001:db8::1]:81/x"),
        ("http://\u200bexample.org/\ufffe", "http://example.org/%EF%BF%BE"),
        ("http://example.org./", "http://example.org."),
    ],
)
def test_an_address_is_kept_as_feeds_write_it(given, kept):
    for settings in (of(BASE_URL=given).base_url, of(SITE_LOGO=given).site_logo):
        assert settings == kept
    assert web_url(kept, kept) == kept
    assert web_url("/feeds", kept) == f"{kept}/feeds"


@pytest.mark.parametrize(
    "given",
    [
        *("news.example.org", "//example.org", "ftp://example.org", "http://", "http:///x", "http:\\\\example.org"),
        *("http://me:secret@example.org", "http://@example.org", "http://example.org?", "http://example.org/#top"),
        *("http://exa mple.org", "http://example.org/a b", "http://example.org/a\nb", "http://example.org/\x7f"),
        *("http://example.org/a\u00a0b", "http://example.org/a/../b", "http://example.org/a//b", "http://a..b"),
        *("http://example.org:0", "http://example.org:99999", "http://[::1", "http://[fe80::1%25eth0]", "http://x%41y"),
        f"http://example.org/{'a' * 1000}",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(given):
    for name in ("BASE_URL", "SITE_LOGO"):
        with pytest.raises(WrongSetting, match=f"FEEDSVC_{name} takes an address such as"):
            of(**{name: given})


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", "8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "8001", "http://127.0.0.1:8001"),
        ("::", "8000", "http://[::1]:8000"),
        ("::1", "8000", "http://[::1]:8000"),
        ("LocalHost", "80", "http://localhost"),
        ("münchen.example", "8000", "http://xn--mnchen-3ya.example:8000"),
    ],
)
def test_the_address_follows_host_and_port(host, port, url):
    assert of(HOST=host, PORT=port).base_url == url
    assert web_url(url, url) == url


@pytest.mark.parametrize("host", ["", "a b", "[::1]", "1:2", "fe80::1%eth0", "a..b", "http://x", "x" * 64])
def test_a_host_that_cannot_be_one_is_refused(host):
    with pytest.raises(WrongSetting, match="FEEDSVC_HOST takes"):
        of(HOST=host)


def test_bytes_that_are_no_text_are_refused():
    for name in ("SITE_TITLE", "ADMIN_PASSWORD", "BASE_URL", "INSTANCE_PATH"):
        with pytest.raises(WrongSetting, match=f"FEEDSVC_{name} takes text in UTF-8"):
            of(**{name: os.fsdecode(b"caf\xe9")})


def test_secrets_are_not_told_in_messages():
    for name in ("ADMIN_PASSWORD", "OPERATIONS_TOKEN"):
        with pytest.raises(WrongSetting) as refusal:
            of(**{name: "very\tsecret"})
        assert "secret" not in str(refusal.value)


def test_a_folder_that_no_database_address_can_hold_is_refused():
    with pytest.raises(WrongSetting, match="FEEDSVC_INSTANCE_PATH takes a folder without"):
        of(INSTANCE_PATH="/tmp/what?")


@pytest.mark.parametrize("folder", ["mirror", "./mirror", "/srv/../etc", "/", "/srv/a\nb"])
def test_a_mirror_that_nginx_could_not_find_is_refused(folder):
    with pytest.raises(WrongSetting, match="FEEDSVC_MIRROR_DIR takes the whole path of a folder"):
        of(MIRROR_DIR=folder)
    assert of(MIRROR_DIR="/srv/feedsvc/mirror").mirror_dir == Path("/srv/feedsvc/mirror")
    assert of().mirror_dir is None


@pytest.fixture
def configured(tmp_path):
    def configure(text: str) -> Settings:
        (tmp_path / "config.py").write_text(text)
        return of(INSTANCE_PATH=str(tmp_path))

    return configure


def test_the_file_is_read_and_the_environment_goes_before(configured, tmp_path):
    assert configured("PORT = 9000\nSITE_TITLE = 'The Post'\n").base_url == "http://127.0.0.1:9000"
    assert of(INSTANCE_PATH=str(tmp_path), PORT="9001").port == 9001


def test_none_in_the_file_is_the_default(configured):
    assert configured("COPYRIGHT = None\nPORT = None").copyright == "© The Evening Post"


@pytest.mark.parametrize("value", ["True", "['127.0.0.1']", "1j", "{}"])
def test_other_values_in_the_file_are_refused(configured, value):
    with pytest.raises(WrongSetting, match=r"TRUSTED_PROXIES in .* must be text in quotes"):
        configured(f"TRUSTED_PROXIES = {value}")


@pytest.mark.parametrize("text", ["import sys; sys.exit()", "1 / 0", "PORT ="])
def test_a_file_that_does_not_run_is_refused(configured, text):
    with pytest.raises(WrongSetting, match=r"config\.py cannot be read"):
        configured(text)


def test_a_folder_whose_name_is_too_long_is_refused(tmp_path):
    with pytest.raises(WrongSetting, match=r"config\.py cannot be read"):
        of(INSTANCE_PATH=f"{tmp_path}/{'a' * 5000}")


def test_a_folder_that_may_not_be_searched_is_refused(tmp_path, as_nobody):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o600)
    with as_nobody(), pytest.raises(WrongSetting, match="Permission denied"):
        of(INSTANCE_PATH=str(folder))
