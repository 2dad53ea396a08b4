"""Nethra, PostgreSQL by itself and a peer over the same incidents, interleaved in one run: ``bench/run``."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench import asked as questions
from bench import peer
from bench.contenders import CLIENTS, Measured, Server, serving, visit, visit_database
from bench.filling import ROOT, copied, drop, filled, with_database
from nethra.bootstrap import admin_dsn
from nethra.serve import web_environment

LOCAL = ROOT / ".local" / "bench"
PEOPLE = 4
LIMIT = "postgresql"
#: The share of a peer's answer that must be ours as well; its boxes are of three dimensions and take a little more.
AGREEMENT = {"list": 1.0, "detail": 1.0, "near": 1.0, "bbox100": 0.8, "bbox1000": 0.8}


@dataclass
class Run:
    """What is compared: servers with their files of requests, and the limit's scripts; then what was measured."""

    folder: Path
    postmaster: int
    servers: dict[str, Server] = field(default_factory=dict)
    limit_dsn: str = ""
    measured: dict[tuple[str, str], list[Measured]] = field(default_factory=dict)

    def file(self, contender: str, endpoint: str) -> Path:
        """Return where a contender's requests of an endpoint lie."""
        return self.folder / f"{contender}_{endpoint}.txt"

    def visit(self, contender: str, endpoint: str, seconds: int) -> Measured | None:
        """Return what one visit measures; None where the contender has nothing of the kind."""
        file = self.file(contender, endpoint)
        if not file.exists():
            return None
        if contender == LIMIT:
            scripts = file.read_text(encoding="utf-8").split("\0")
            return visit_database(scripts, self.limit_dsn, seconds, self.postmaster)
        return visit(self.servers[contender], file, seconds, self.postmaster)


def main() -> int:
    """Print the table; exit 1 where the two do not answer the same or anything failed."""
    options = _options()
    os.environ["REQUESTS_PER_MINUTE"] = "1000000"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
    LOCAL.mkdir(parents=True, exist_ok=True)
    source = filled(options.rows)
    name = f"nethra_bench_{os.getpid()}"
    try:
        copied(source, name)
        os.environ["DATABASE_URL"] = with_database(os.environ["DATABASE_URL"], name)
        with started(options, name) as (run, agreement):
            measure(run, options)
            memory = {contender: round(server.memory()) for contender, server in run.servers.items()}
    finally:
        drop(name)
        drop(f"{name}_peer")
    figures = summary(run)
    print(table(options, figures, memory, agreement))
    if options.json:
        rounds = [
            {"endpoint": e, "contender": c, "rounds": [asdict(m) for m in found]}
            for (e, c), found in run.measured.items()
        ]
        told = {"rows": options.rows, "seed": options.seed, "agreement": agreement, "memory_mb": memory}
        options.json.write_text(json.dumps(told | {"figures": figures, "rounds": rounds}, indent=2), "utf-8")
    is_same = all(agreement[e] >= least for e, least in AGREEMENT.items() if e in agreement)
    return 0 if is_same and not any(f["errors"] for f in figures) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Compare Nethra with PostgreSQL alone and with a peer, interleaved in one run.",
        epilog="Example: bench/run --rows 1000000 --peer ../shared/bench/peer_fastapi --granian --json figures.json",
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="incidents (1000000)")
    parser.add_argument("--requests", type=int, default=100, help="requests of each endpoint (100)")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="picks the requests; new by default"
    )
    parser.add_argument("--rounds", type=int, default=4, help="visits to each contender (4)")
    parser.add_argument("--seconds", type=int, default=4, help="of one visit (4)")
    parser.add_argument("--endpoints", nargs="+", choices=questions.ENDPOINTS, default=questions.ENDPOINTS)
    parser.add_argument("--peer", type=Path, help="the peer's folder; compared where it is given")
    parser.add_argument("--granian", action="store_true", help="serve Nethra with granian besides")
    parser.add_argument("--workers", type=int, default=2, help="processes of Nethra (2, as the peer's)")
    parser.add_argument("--threads", type=int, default=4, help="threads of each of them (4)")
    parser.add_argument("--json", type=Path, help="write every visit's figures to this file")
    return parser.parse_args()


@contextmanager
def started(options: argparse.Namespace, name: str) -> Iterator[tuple[Run, dict[str, float]]]:
    """Yield the run with everything started, its requests written and the answers compared."""
    with ExitStack() as stack:
        with closing(psycopg.connect(admin_dsn(name), autocommit=True)) as connection:
            asked = questions.asked(connection, options.rows, options.seed, options.requests)
            postmaster = _postmaster(connection)
        run = Run(LOCAL / "requests", postmaster)
        run.folder.mkdir(exist_ok=True)
        for stale in run.folder.iterdir():
            stale.unlink()
        tokens = tokens_of({one.agency_id for found in asked.values() for one in found})
        _write_limit(run, asked, tokens, os.environ["DATABASE_URL"])
        for contender in ("gunicorn", *(["granian"] if options.granian else [])):
            run.servers[contender] = stack.enter_context(_nethra(contender, options))
            _write(run, contender, asked, tokens)
        agreement = {}
        if options.peer:
            token = _start_peer(run, stack, options.peer.resolve(), name)
            agreement = _compared(run, asked, tokens, token)
            theirs = {agency: [token] for agency in tokens}
            _write(run, "peer", asked, theirs, is_peer=True)
        yield run, agreement


def _postmaster(connection: psycopg.Connection[Any]) -> int:
    """Return the process all of PostgreSQL's are children of."""
    status = Path(f"/proc/{connection.info.backend_pid}/stat").read_text(encoding="utf-8")
    return int(status.rpartition(")")[2].split()[1])


def _nethra(server: str, options: argparse.Namespace) -> Any:
    environment = {
        **web_environment(os.environ),
        "WEB_SERVER": server,
        "WEB_WORKERS": str(options.workers),
        "WEB_THREADS": str(options.threads),
    }
    environment |= {"PWD": str(ROOT), "LOG_LEVEL": "WARNING", "AUTO_MIGRATE": "false"}
    return serving(server, [sys.executable, "-m", "nethra.serve"], environment, LOCAL / f"{server}.log")


def _start_peer(run: Run, stack: ExitStack, folder: Path, name: str) -> str:
    python = peer.prepared(folder, LOCAL)
    environment = peer.environment_for(peer.loaded(folder, name, f"{name}_peer"), folder)
    log = LOCAL / "peer.log"
    run.servers["peer"] = stack.enter_context(serving("peer", peer.command(python), environment, log))
    return peer.token(python, environment, folder)


def tokens_of(agencies: set[UUID]) -> dict[UUID, list[str]]:
    """Return tokens of some officers of each agency: requests of one session are counted in one row."""
    import django

    django.setup()
    from accounts.choices import SessionKind
    from accounts.models import User
    from accounts.refreshing import issue_tokens
    from accounts.sessions import open_session
    from nethra.core.access import operator_access
    from nethra.core.scope import agency_scope

    made: dict[UUID, list[str]] = {}
    for agency in agencies:
        with agency_scope(operator_access(agency), reason="bench"):
            for number in range(PEOPLE):
                user = User(agency_id=agency, email=f"{number}@{agency}.test", name=f"Officer {number}")
                user.role, user.password = "officer", "!"
                user.save(force_insert=True)
                tokens = issue_tokens(open_session(user, SessionKind.API), user)
                made.setdefault(agency, []).append(tokens.token)
    return made


def _write(
    run: Run,
    contender: str,
    asked: Mapping[str, Sequence[questions.Asked]],
    tokens: Mapping[UUID, Sequence[str]],
    *,
    is_peer: bool = False,
) -> None:
    for endpoint, found in asked.items():
        lines = []
        for number, one in enumerate(found):
            token = tokens[one.agency_id][number % len(tokens[one.agency_id])]
            path, body = (one.peer_path, one.peer_body) if is_peer else (one.path, one.body)
            lines.append(f"{one.method}\t{path}\t{token}\t{body}\n")
        run.file(contender, endpoint).write_text("".join(lines), encoding="utf-8")


def _write_limit(
    run: Run, asked: Mapping[str, Sequence[questions.Asked]], tokens: Mapping[UUID, Sequence[str]], url: str
) -> None:
    """Write what each reading request asks of PostgreSQL, as the web server's role in the agency's scope."""
    from bench.statements import scripts_of

    run.limit_dsn = url.replace("postgis://", "postgresql://")
    for endpoint, found in asked.items():
        if endpoint != "create":
            scripts = [scripts_of(one, tokens[one.agency_id][0]) for one in found]
            run.file(LIMIT, endpoint).write_text("\0".join(scripts), encoding="utf-8")


def _compared(
    run: Run,
    asked: Mapping[str, Sequence[questions.Asked]],
    tokens: Mapping[UUID, Sequence[str]],
    token: str,
) -> dict[str, float]:
    """Return for each endpoint with keys in its answers the share of them that both servers name."""
    from bench.statements import keys_of

    ours, theirs = run.servers["gunicorn"].url, run.servers["peer"].url
    found = {}
    for endpoint in AGREEMENT:
        both = either = 0
        for one in asked[endpoint]:
            mine = set(keys_of(ours + one.path, tokens[one.agency_id][0]))
            other = set(keys_of(theirs + one.peer_path, token))
            both, either = both + len(mine & other), either + len(mine | other)
        found[endpoint] = both / either if either else 1.0
    return found


def measure(run: Run, options: argparse.Namespace) -> None:
    """Visit every contender in turn, round by round, after one visit to warm up that does not count."""
    contenders = ["gunicorn", "granian", "peer", LIMIT]
    for endpoint in options.endpoints:
        for contender in contenders:
            run.visit(contender, endpoint, min(1, options.seconds))
        for _ in range(options.rounds):
            for contender in contenders:
                found = run.visit(contender, endpoint, options.seconds)
                if found is not None:
                    run.measured.setdefault((endpoint, contender), []).append(found)


def summary(run: Run) -> list[dict[str, Any]]:
    """Return one line for each endpoint and contender: medians of its rounds, ratios of the same round."""
    return [_line(run, endpoint, contender) for endpoint, contender in run.measured]


def _line(run: Run, endpoint: str, contender: str) -> dict[str, Any]:
    found = run.measured[endpoint, contender]

    def median(name: str) -> float:
        values = [getattr(one, name) for one in found]
        return float(statistics.median(values)) if None not in values else 0.0

    def ratio(other: str) -> float | None:
        base = run.measured.get((endpoint, other))
        if base is None or other == contender:
            return None
        pairs = zip(found, base, strict=True)
        return round(statistics.median(a.per_second / max(b.per_second, 0.01) for a, b in pairs), 3)

    return {
        "endpoint": endpoint,
        "contender": contender,
        "per_second": round(median("per_second"), 1),
        "against_peer": ratio("peer"),
        "share_of_limit": ratio(LIMIT),
        **{name: round(median(name), 2) for name in ("p50", "p99", "app_cpu", "database_cpu", "kilobytes")},
        "errors": sum(one.errors for one in found),
    }


def table(
    options: argparse.Namespace,
    figures: Sequence[Mapping[str, Any]],
    memory: Mapping[str, int],
    agreement: Mapping[str, float],
) -> str:
    """Return the figures as text."""
    lines = [
        f"{options.rows:,} incidents, {options.requests} requests of seed {options.seed}, {CLIENTS} clients, "
        f"{options.rounds} rounds of {options.seconds} s",
        f"{'endpoint':10} {'contender':11} {'req/s':>8} {'x peer':>7} {'of SQL':>7} {'p50 ms':>8} {'p99 ms':>8} "
        f"{'app cpu':>8} {'pg cpu':>8} {'kB':>7} {'errors':>6}",
    ]
    for f in figures:
        against, share = (f"{f[n]:.2f}" if f[n] else "-" for n in ("against_peer", "share_of_limit"))
        lines.append(
            f"{f['endpoint']:10} {f['contender']:11} {f['per_second']:8.1f} {against:>7} {share:>7} {f['p50']:8.2f} "
            f"{f['p99']:8.2f} {f['app_cpu']:8.2f} {f['database_cpu']:8.2f} {f['kilobytes']:7.1f} {f['errors']:6}"
        )
    lines.append("memory, MB: " + ", ".join(f"{name} {size}" for name, size in memory.items()))
    if agreement:
        lines.append("same keys: " + ", ".join(f"{name} {share:.1%}" for name, share in agreement.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
