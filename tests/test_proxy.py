"""Behind a real caching proxy, nginx: most reads never reach the service, and what does is often only a 304."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Server
from http_client import CSV, JSON, SELECT, Answer, ask, query_path
from system_packages import program
from virtuoso import free_port

_SETTINGS = """daemon off;
{user}
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/temporary;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=answers:10m use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {origin};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Accept-Encoding $http_accept_encoding;
      proxy_cache answers;
      proxy_cache_revalidate on;
      proxy_cache_lock on;
      proxy_cache_use_stale updating error timeout;
      add_header X-Cache-Status $upstream_cache_status always;
    }}
  }}
}}
"""


class Proxy:
    """A running nginx before a service."""

    def __init__(self, path: str, folder: Path, origin: str) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        settings = folder / "nginx.conf"
        # As root it would give up its rights, and with them the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        settings.write_text(_SETTINGS.format(folder=folder, port=port, origin=origin, user=user))
        self.process = subprocess.Popen(
            [path, "-p", str(folder), "-c", str(settings), "-e", str(folder / "error.log")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                ask(self, "/health")
                return
            except OSError:
                assert time.monotonic() < deadline, (folder / "error.log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def origin(built: Path) -> Iterator[Server]:
    """A service that lets shared caches answer for two seconds."""
    running = Server("--store", built, "--shared-cache", "2", "--proxies", "1")
    yield running
    running.stop()


@pytest.fixture
def proxy(origin: Server, tmp_path: Path) -> Iterator[Proxy]:
    """An nginx with an empty cache."""
    running = Proxy(program(("nginx", "/usr/sbin/nginx"), "nginx-light"), tmp_path, origin.address)
    yield running
    running.stop()


def asked(origin: Server, status: int) -> int:
    """How many requests to the endpoint the service has answered with a status."""
    pattern = rf'allegiance_requests_total{{method="GET",route="sparql",status="{status}"}} ([0-9.]+)'
    found = re.search(pattern, ask(origin, "/metrics").text)
    return int(float(found[1])) if found else 0


def state(answer: Answer) -> str:
    return answer.headers["x-cache-status"]


def test_repeated_reads_are_answered_by_the_proxy_alone(origin: Server, proxy: Proxy) -> None:
    before = asked(origin, 200)
    answers = [ask(proxy, query_path(SELECT), accept=CSV) for _ in range(50)]
    assert [answer.status for answer in answers] == [200] * 50
    assert len({answer.body for answer in answers}) == 1
    assert state(answers[0]) == "MISS"
    assert [state(answer) for answer in answers].count("HIT") >= 45
    assert asked(origin, 200) - before <= 5


def test_each_format_and_coding_is_kept_apart(proxy: Proxy) -> None:
    for _ in range(2):
        table = ask(proxy, query_path(SELECT), accept=CSV)
        document = ask(proxy, query_path(SELECT), accept=JSON)
        assert table.media_type == CSV
        assert document.media_type == JSON
        assert len(table.rows) == len(json.loads(document.body)["results"]["bindings"]) == 3
    assert state(document) == "HIT"


def test_what_is_stale_is_checked_and_not_fetched_again(origin: Server, proxy: Proxy) -> None:
    first = ask(proxy, query_path(SELECT), accept=CSV)
    assert first.headers["cache-control"] == "public, max-age=0, s-maxage=2"
    before, whole = asked(origin, 304), asked(origin, 200)
    deadline = time.monotonic() + 20
    while state(again := ask(proxy, query_path(SELECT), accept=CSV)) != "REVALIDATED":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert again.body == first.body
    assert asked(origin, 304) == before + 1
    assert asked(origin, 200) == whole


def test_failures_are_not_kept(proxy: Proxy) -> None:
    for _ in range(2):
        found = ask(proxy, "/sparql?query=nonsense", accept=CSV)
        assert found.status == 400
        assert state(found) == "MISS"


def test_without_the_setting_nothing_is_kept_without_asking(server: Server) -> None:
    assert ask(server, query_path(SELECT), accept=CSV).headers["cache-control"] == "no-cache"
