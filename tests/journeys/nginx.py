"""Debian's nginx with `deploy/nginx.conf`, in front of a service of a test."""

import http.client
import shutil
import subprocess
import time
from pathlib import Path

from tests.journeys.serving import PROJECT, Answer, Service, free_port

PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")


class Nginx:
    """nginx as `deploy/nginx.conf` sets it up, with other ports and folders; `start` waits until it answers."""

    def __init__(self, folder: Path, mirror: Path) -> None:
        self.folder = folder
        self.mirror = mirror
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self, service: Service) -> "Nginx":
        site = (PROJECT / "deploy/nginx.conf").read_text()
        changes = {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{service.port};",
            "root /run/feedsvc;": f"root {self.mirror};",
            "<http://news.example.org": f"<{self.url}",
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "    listen [::]:80;\n": "",
        } | ({"#brotli_static": "brotli_static"} if BROTLI.exists() else {})
        for before, after in changes.items():
            assert before in site
            site = site.replace(before, after)
        self.folder.mkdir()
        (self.folder / "site.conf").write_text(site)
        kept = "".join(
            f"    {what}_temp_path {self.folder / what};\n"
            for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        load = f"load_module {BROTLI};\n" if BROTLI.exists() else ""
        # What Debian's own nginx.conf has around sites, gzip included.
        (self.folder / "nginx.conf").write_text(
            f"{load}pcre_jit on;\ndaemon off;\nmaster_process off;\npid {self.folder}/pid;\n"
            f"error_log {self.folder}/error.log;\n"
            f"events {{}}\nhttp {{\n{kept}    access_log off;\n    include /etc/nginx/mime.types;\n    gzip on;\n"
            f"    sendfile on;\n    include {self.folder}/site.conf;\n}}\n"
        )
        log = self.folder / "error.log"
        self.process = subprocess.Popen([PROGRAM, "-c", self.folder / "nginx.conf", "-e", log])
        deadline = time.monotonic() + 10
        while True:
            try:
                self.ask("/robots.txt")
            except OSError:
                assert self.process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            else:
                return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """One request with exactly these headers (underscores are written as hyphens)."""
        return ask(self.port, path, method, body, **headers)


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """One request with exactly these headers (underscores are written as hyphens)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
