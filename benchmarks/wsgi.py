"""Which WSGI server: one look-up through a worker process under each, in one process each, and how each behaves.

    python benchmarks/wsgi.py --clients 1,8,32 --seconds 3

Rate, latency and processor are medians of short rounds in turn. Of the behaviours, “sees a client leave” is what lets a
query be given up for a client that has gone; “slow headers hold nobody up” is asked with more half-sent requests than
there are threads; “broken off visibly” is an answer that fails after it has begun and must not look whole.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import site
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import load
import mixes
import servers

THREADS = 16
_APPLICATION = "wsgi_app:application"
COMMANDS = {
    "waitress": "waitress-serve --listen=127.0.0.1:{port} --threads={threads} --channel-request-lookahead=1 {app}",
    "granian": "granian --interface wsgi --host 127.0.0.1 --port {port} --blocking-threads {threads} {app}",
    "gunicorn": "gunicorn --worker-class gthread --threads {threads} --keep-alive 60 --bind 127.0.0.1:{port} {app}",
    "gevent": "python {here}/wsgi_app.py {port}",
}
"""Each in one process, since the workers belong to one. Looking ahead is what lets waitress see a client leave."""


def _peer(name: str) -> servers.Peer:
    here = servers.HERE / "peers"

    def command(data: servers.Data, port: int) -> list[str]:
        # The product's own packages, and the server from the environment of the peers.
        path = os.pathsep.join([str(here), str(servers.ROOT / "server"), *site.getsitepackages()])
        settings = [f"WSGI_SERVER={name}", f"WSGI_DATASET={data.nquads}", f"PYTHONPATH={path}"]
        words = COMMANDS[name].format(port=port, threads=THREADS, app=_APPLICATION, here=here).split()
        return ["env", *settings, str(servers.PEERS / "bin" / words[0]), *words[1:]]

    return servers.Peer(name, name, "/lookup", command)


def sees_client_leave(server: servers.Running) -> bool:
    """Whether an application can know that its client has left while it works."""
    with load.connect(server.address) as sock:
        sock.sendall(load.get("/watch"))
        time.sleep(0.3)
    time.sleep(1.5)
    return load.fetch(server.address, load.get("/seen")).response.body == b"True"


def slow_headers_hold_nobody_up(server: servers.Running) -> bool:
    """Whether another client is answered while more requests than there are threads are half sent."""
    with contextlib.ExitStack() as half_sent:
        for _ in range(4 * THREADS):
            sock = half_sent.enter_context(load.connect(server.address))
            sock.sendall(b"GET /seen HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        time.sleep(0.3)
        try:
            return load.fetch(server.address, load.get("/seen"), timeout=2.0).response.status == 200
        except (OSError, load.BrokenOff):
            return False


def broken_off_visibly(server: servers.Running) -> bool:
    """Whether a client can tell an answer that failed half-way from a whole one."""
    try:
        response = load.fetch(server.address, load.get("/broken"), timeout=5.0).response
    except (OSError, load.BrokenOff):
        return True
    return response.status >= 500


BEHAVIOURS: dict[str, Callable[[servers.Running], bool]] = {
    "sees a client leave": sees_client_leave,
    "slow headers hold nobody up": slow_headers_hold_nobody_up,
    "broken off visibly": broken_off_visibly,
}


def main() -> None:
    """Measure each server and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=lambda text: text.split(","), default=list(COMMANDS))
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=3.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dataset", type=Path, default=servers.ROOT / "build" / "dataset.nq", help="%(default)s")
    given = parser.parse_args()
    if not given.dataset.is_file():
        sys.exit(f"There is no dataset {given.dataset}; run “allegiance build” or name one with --dataset.")
    try:
        servers.install(list(COMMANDS))
    except servers.NotToBeHad as error:
        sys.exit(str(error))
    data = servers.Data("wsgi", 0, given.dataset.resolve(), given.dataset, given.dataset)
    queries = mixes.points(mixes.sample(data.nquads))
    running = {}
    try:
        for name in given.servers:
            running[name] = servers.Running(_peer(name), data, servers.LOGS)
        measure(running, queries, given)
        print(f"\n{'':<12}" + "".join(f"{behaviour:>30}" for behaviour in BEHAVIOURS))
        for name, server in running.items():
            print(f"{name:<12}" + "".join(f"{'yes' if tried(server) else 'no':>30}" for tried in BEHAVIOURS.values()))
    except servers.NotToBeHad as error:
        sys.exit(str(error))
    finally:
        for server in running.values():
            server.stop()


def measure(running: dict[str, servers.Running], queries: list[str], given: argparse.Namespace) -> None:
    """Print rate, latency and processor of each server at each number of clients."""
    print(f"{'server':<12} {'clients':>8} {'req/s':>9} {'median ms':>10} {'p99 ms':>9} {'CPU ms':>8}  failed")
    for clients in given.clients:
        found: dict[str, list[tuple[load.Outcome, float]]] = {name: [] for name in running}
        for _ in range(given.rounds):
            for name, server in running.items():
                requests = [server.ask(query) for query in queries]
                meter = servers.Meter(server)
                outcome = load.drive(server.address, requests, clients, given.seconds, meanwhile=meter.read)
                found[name].append((outcome, meter.read()))
        for name, rounds in found.items():
            rate = statistics.median(outcome.rate for outcome, _ in rounds)
            median = statistics.median(outcome.percentile(0.5) for outcome, _ in rounds) * 1e3
            p99 = statistics.median(outcome.percentile(0.99) for outcome, _ in rounds) * 1e3
            cpu = statistics.median(used / max(len(outcome.latencies), 1) for outcome, used in rounds) * 1e3
            failed = sum(outcome.failures for outcome, _ in rounds)
            print(
                f"{name:<12} {clients:>8} {rate:>9.0f} {median:>10.2f} {p99:>9.2f} {cpu:>8.2f}  {failed or ''}",
                flush=True,
            )


if __name__ == "__main__":
    main()
