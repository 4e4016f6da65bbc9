import gzip
import ipaddress
import socket
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import anyio
import certifi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.addresses import canonical, is_public, normalised, parse
from index.responses import Page
from index.web import Limits, Web
from rag.errors import AddressRefusedError, ReadingError
from tests.serving import Answer, Site, answer, redirect

PUBLIC = "93.184.216.34"
PAGE = b"<!doctype html><title>Berita</title><p>Pabrik baterai berhenti."
USUAL = Limits()

# For berita.test alone, valid from 2020 to 2120, signed by itself.
CERTIFICATE = """\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIGOg8z+OYADIpuHXwg3wz1YKWyny3thmfV6i2JrJtJldoAoGCCqGSM49
AwEHoUQDQgAEHIf2apkTpGKlTzwlnL7I8Ss9syVgpPpTnMh42Kx1QtTAjCeKLSqr
30M0atZnFy2ivsiUHP4By+uTO8ga2M+aDQ==
-----END EC PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBlzCCAT6gAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtiZXJpdGEu
dGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE
AwwLYmVyaXRhLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQch/ZqmROk
YqVPPCWcvsjxKz2zJWCk+lOcyHjYrHVC1MCMJ4otKqvfQzRq1mcXLaK+yJQc/gHL
65M7yBrYz5oNo3sweTAWBgNVHREEDzANggtiZXJpdGEudGVzdDAPBgNVHRMBAf8E
BTADAQH/MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4EFgQU4uOdEbKrtqFJflqnlHfY
dVR/3xIwHwYDVR0jBBgwFoAU4uOdEbKrtqFJflqnlHfYdVR/3xIwCgYIKoZIzj0E
AwIDRwAwRAIgNks9+lyYhOi/WXDkmUkpyNVCk5aKOV6iRiIzbLUq8GQCIDsFhz5r
2bnX8wYX86CsJCb/cbmAXRK/Y/dM525R11Dj
-----END CERTIFICATE-----
"""


class Names:
    """A name server: answers each question from what is left for that host."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.left = {name.replace("_", "."): list(ips) for name, ips in answers.items()}

    def __call__(self, host: str) -> Sequence[str]:
        if not self.left.get(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.left[host].pop(0)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An internet: whoever connects to an IP address reaches this machine, and is written down.

    Nobody answers at 9.9.9.9.
    """
    ips: list[str] = []
    connect = anyio.connect_tcp

    async def reach(remote_host: str, remote_port: int, **options: str) -> object:
        ips.append(remote_host)
        if remote_host == "9.9.9.9":
            raise ConnectionRefusedError
        return await connect("127.0.0.1", remote_port)

    monkeypatch.setattr(anyio, "connect_tcp", reach)
    return ips


def fetch(answers: Mapping[str, Answer], limits: Limits = USUAL) -> Page:
    with Site(answers) as site:
        web = Web(allow_private_addresses=True, limits=limits)
        return web.fetch(f"http://127.0.0.1:{site.port}/")


def refusal(answers: Mapping[str, Answer], limits: Limits = USUAL) -> ReadingError:
    with pytest.raises(ReadingError) as caught:
        fetch(answers, limits)
    assert caught.value.origin.startswith("http://127.0.0.1:")
    return caught.value


# What it fetches


def test_a_page_arrives_with_what_its_server_says_of_it() -> None:
    with Site({"/a?b=1": answer(PAGE, content_type="Text/HTML; charset=ISO-8859-1")}) as site:
        address = f"http://127.0.0.1:{site.port}/a?b=1"
        page = Web(allow_private_addresses=True).fetch(f"{address}#c")
    assert page == Page(address, PAGE, is_html=True, encoding="iso-8859-1")


def test_kliping_says_who_it_is() -> None:
    with Site({"/": answer(PAGE)}) as site:
        Web(allow_private_addresses=True).fetch(f"http://127.0.0.1:{site.port}/")
    [(_, headers)] = site.asked
    assert headers["User-Agent"].startswith("Kliping")


@pytest.mark.parametrize(
    ("content_type", "is_html"),
    [("text/plain", False), ("application/xhtml+xml", True), ("", True)],
)
def test_pages_and_plain_text_are_taken(content_type: str, is_html: bool) -> None:
    assert fetch({"/": answer(PAGE, content_type=content_type)}).is_html is is_html


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "application/json"])
def test_other_types_are_named_and_refused(content_type: str) -> None:
    error = refusal({"/": answer(b"%PDF-1.7", content_type=content_type)})
    assert content_type in error.what


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "save the page"),
        (403, "save the page"),
        (404, "Check the address"),
        (410, "Check the address"),
        (429, "Wait"),
        (500, "Wait"),
        (503, "Wait"),
        (418, "save the page"),
        (299 + 300, "Wait"),
    ],
)
def test_a_failure_is_named_with_what_can_be_done(status: int, remedy: str) -> None:
    error = refusal({"/": answer(PAGE, status=status)})
    assert str(status) in error.what
    assert remedy in error.remedy


def test_the_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetch({"/": answer(PAGE)}).body == PAGE


@pytest.mark.parametrize(
    "address",
    [
        "kompas.com/berita",
        "ftp://kompas.com/",
        "file:///etc/passwd",
        "http://",
        "",
        "http://a\n.id",
    ],
)
def test_what_is_no_address_is_said_so(address: str) -> None:
    with pytest.raises(ReadingError, match="not an address"):
        Web().fetch(address)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(ReadingError) as caught:
        Web().fetch("https://budi:rahasia@kompas.com/")
    assert "rahasia" not in caught.value.what


# How much, and for how long


def test_a_compressed_page_is_decompressed() -> None:
    page = fetch({"/": answer(gzip.compress(PAGE), Content_Encoding="gzip")})
    assert page.body == PAGE


def test_a_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    error = refusal({"/": answer(bomb, Content_Encoding="gzip")}, Limits(bytes=100_000))
    assert "larger than 0.1 MB" in error.what


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(PAGE)[:-10], "gzip"),
        (gzip.compress(PAGE) + b"more", "gzip"),
        (PAGE, "gzip"),
        (PAGE, "br"),
    ],
    ids=["cut short", "something behind", "not compressed", "not asked for"],
)
def test_damaged_compression_is_an_error(body: bytes, encoding: str) -> None:
    assert "damaged" in refusal({"/": answer(body, Content_Encoding=encoding)}).what


def test_an_endless_page_stops_at_the_limit() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            handler.wfile.write(b"<p>dan lagi" * 1000)

    assert "larger than 1 MB" in refusal({"/": endless}, Limits(bytes=1_000_000)).what


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.0 200 OK\r\nX: ", b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"],
    ids=["from the start", "in its headers", "in its body"],
)
def test_a_server_that_drips_stops_at_the_deadline(beginning: bytes) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(beginning)
        while True:
            handler.wfile.write(b"x" if beginning else b"")
            time.sleep(0.02)

    started = time.monotonic()
    error = refusal({"/": drip}, Limits(seconds=0.3))
    assert "0.3 seconds" in error.what
    assert time.monotonic() - started < 5


def test_a_connection_that_breaks_off_is_an_error() -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(
            b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n" + PAGE
        )

    def silent(_handler: BaseHTTPRequestHandler) -> None:
        """Hang up."""

    assert "broke off" in refusal({"/": broken}).what
    assert "broke off" in refusal({"/": silent}).what


# Where it goes


def test_redirects_are_followed_to_their_end() -> None:
    answers = {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 5)}
    with Site({"/": redirect("1"), **answers, "/5": answer(PAGE)}) as site:
        page = Web(allow_private_addresses=True).fetch(f"http://127.0.0.1:{site.port}/")
    assert page.address == f"http://127.0.0.1:{site.port}/5"


def test_going_round_in_a_circle_ends() -> None:
    answers = {"/": redirect("/a"), "/a": redirect("/")}
    with Site(answers) as site, pytest.raises(ReadingError, match="more than 5 times"):
        Web(allow_private_addresses=True).fetch(f"http://127.0.0.1:{site.port}/")
    assert len(site.asked) == 6


@pytest.mark.parametrize("target", ["ftp://kompas.com/", "file:///etc/passwd", "javascript:x"])
def test_a_redirect_to_what_is_no_page_is_refused(target: str) -> None:
    assert "not an address" in refusal({"/": redirect(target)}).what


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.1",
        "0.0.0.0",
        "localhost",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::808:808]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
    ],
)
def test_addresses_off_the_public_internet_are_refused(host: str) -> None:
    with pytest.raises(AddressRefusedError) as caught:
        Web().fetch(f"http://{host}:1/")
    assert "--allow-private-addresses" in caught.value.remedy


@pytest.mark.parametrize(
    "ip", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses_are_public(ip: str) -> None:
    assert is_public(ip)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_in_ipv6_clothes(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    for clothed in (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    ):
        assert is_public(str(clothed)) == is_public(str(ip))


def test_a_host_with_one_private_address_is_refused(connected: list[str]) -> None:
    web = Web(resolve=Names(berita_test=[[PUBLIC, "10.0.0.1"]]))
    with pytest.raises(AddressRefusedError, match=r"berita\.test \(10\.0\.0\.1\)"):
        web.fetch("http://berita.test/")
    assert connected == []


def test_the_checked_address_is_the_one_connected_to(connected: list[str]) -> None:
    # The second answer is what a rebinding name server would give to who asks again.
    names = Names(berita_test=[[PUBLIC], ["127.0.0.1"]])
    with Site({"/": answer(PAGE)}) as site:
        page = Web(resolve=names).fetch(f"http://berita.test:{site.port}/")
    assert connected == [PUBLIC]
    assert page.address == f"http://berita.test:{site.port}/"
    assert site.asked[0][1]["Host"] == f"berita.test:{site.port}"


def test_every_hop_is_asked_and_checked_once(connected: list[str]) -> None:
    names = Names(berita_test=[[PUBLIC], ["127.0.0.1"]])
    refused = pytest.raises(AddressRefusedError, match=r"127\.0\.0\.1")
    with Site({"/": redirect("/lain")}) as site, refused:
        Web(resolve=names).fetch(f"http://berita.test:{site.port}/")
    assert connected == [PUBLIC]


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://dalam.test/", "//[::1]/"])
def test_a_redirect_into_a_private_network_is_refused(connected: list[str], target: str) -> None:
    names = Names(berita_test=[[PUBLIC]], dalam_test=[["192.168.0.1"]])
    names.left |= {ip: [[ip]] for ip in ("127.0.0.1", "::1")}
    with Site({"/": redirect(target)}) as site, pytest.raises(AddressRefusedError):
        Web(resolve=names).fetch(f"http://berita.test:{site.port}/")
    assert connected == [PUBLIC]


def test_a_second_address_gets_its_turn(connected: list[str]) -> None:
    with Site({"/": answer(PAGE)}) as site:
        web = Web(resolve=Names(berita_test=[["9.9.9.9", PUBLIC]]))
        assert web.fetch(f"http://berita.test:{site.port}/").body == PAGE
    assert connected == ["9.9.9.9", PUBLIC]


def test_a_dead_server_is_said_so(connected: list[str]) -> None:
    with pytest.raises(ReadingError, match="No server answers"):
        Web(resolve=Names(berita_test=[["9.9.9.9"]])).fetch("http://berita.test/")
    assert connected == ["9.9.9.9"]


@pytest.mark.parametrize("host", ["tidak-ada.test", "a..test", "a" * 70 + ".test"])
def test_an_unknown_host_is_said_so(host: str) -> None:
    with pytest.raises(ReadingError, match="no host"):
        Web(resolve=Names()).fetch(f"http://{host}/")


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site's key and certificate, which this machine trusts."""
    path = tmp_path / "berita.test.pem"
    path.write_text(CERTIFICATE, encoding="ascii")
    monkeypatch.setattr(certifi, "where", lambda: str(path))
    return path


def test_the_certificate_is_checked_for_the_name(connected: list[str], certificate: Path) -> None:
    with Site({"/": answer(PAGE)}, certificate=certificate) as site:
        web = Web(resolve=Names(berita_test=[[PUBLIC]]))
        page = web.fetch(f"https://berita.test:{site.port}/")
    assert page.body == PAGE
    assert site.names == ["berita.test"]
    assert connected == [PUBLIC]


@pytest.mark.usefixtures("connected")
def test_another_name_s_certificate_is_refused(certificate: Path) -> None:
    with Site({"/": answer(PAGE)}, certificate=certificate) as site:
        web = Web(resolve=Names(palsu_test=[[PUBLIC]]))
        with pytest.raises(ReadingError, match="certificate"):
            web.fetch(f"https://palsu.test:{site.port}/")
    assert site.asked == []


# What it is called


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("HTTPS://Kompas.COM:443", "https://kompas.com/"),
        ("http://kompas.com:80/a#b", "http://kompas.com/a"),
        ("https://kompas.com.:8443/a", "https://kompas.com:8443/a"),
        (
            "https://kompas.com/a?utm_source=x&id=1&fbclid=2&b=%20c",
            "https://kompas.com/a?id=1&b=%20c",
        ),
        ("https://kompas.com/a?gclid=1", "https://kompas.com/a"),
        ("https://kompas.com/a?utm=1&my_utm_x=2&", "https://kompas.com/a?utm=1&my_utm_x=2&"),
        ("https://kompas.com/a%2Fb?x", "https://kompas.com/a%2Fb?x"),
        ("https://kompas.com./a", "https://kompas.com/a"),
        ("https://bérita.id/", "https://xn--brita-bsa.id/"),
    ],
)
def test_one_page_has_one_address(address: str, name: str) -> None:
    assert normalised(parse(address, origin=address)) == name
    assert normalised(parse(name, origin=name)) == name


@given(st.text(), st.sampled_from(["", "http://", "https://a.id/", "https://a.id/?"]))
def test_whatever_is_typed_is_an_address_or_refused(typed: str, before: str) -> None:
    try:
        name = normalised(parse(before + typed, origin=typed))
    except ReadingError:
        return
    assert normalised(parse(name, origin=name)) == name


FETCHED = "https://tekno.kompas.com/a?page=all"


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("https://tekno.kompas.com/a?utm_source=x", "https://tekno.kompas.com/a"),
        ("https://kompas.com/a", FETCHED),
        ("https://tekno.kompas.com/", FETCHED),
        ("https://[kompas", FETCHED),
        (None, FETCHED),
    ],
    ids=["its own", "of another host", "the front page", "none that works", "not stated"],
)
def test_a_page_s_own_word_on_its_address(stated: str | None, name: str) -> None:
    assert canonical(stated, fetched=FETCHED) == name
