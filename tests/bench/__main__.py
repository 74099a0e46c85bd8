"""`make bench`: ours beside its peers, interleaved in one run; writes `docs/benchmarks.md`.

`--quick` does one short round and writes nothing. Servers as everywhere: `RABBITMQ_URL`/`DATABASE_URL`, containers, or
private instances.
"""

import argparse
import os
import platform
import sys
import tempfile
import warnings
from datetime import date
from pathlib import Path
from statistics import median

import structlog

from deploy.servers import servers
from tests.bench import assembly, bare, notify, ours
from tests.bench.harness import Contender, Latency, Run
from tests.bench.report import write

PEERS: dict[str, Contender] = {"ours": ours, "bare": bare, "assembly": assembly}


def main() -> None:
    """Measure, print, write."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="one short round; nothing is written")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--events", type=int, default=8000, help="events a round and contender")
    chosen = options.parse_args()
    rounds, events, paced = (1, 1600, 600) if chosen.quick else (chosen.rounds, chosen.events, 2000)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))  # errors only
    warnings.simplefilter("ignore", DeprecationWarning)

    with (
        tempfile.TemporaryDirectory(prefix="lokal-bench-", dir="/var/tmp") as folder,
    ):
        Path(folder).chmod(0o711)
        with servers(Path(folder), throwaway=True) as running:
            where = (running.rabbitmq_url, running.database_url)
            throughput: dict[str, list[float]] = {name: [] for name in PEERS}
            work: dict[str, list[dict[str, float]]] = {name: [] for name in PEERS}
            latencies: dict[str, list[Latency]] = {name: [] for name in PEERS}
            for turn in range(rounds):
                # Each round begins with another contender: the machine's mood must not favour a place in the order.
                names = list(PEERS)
                for name in names[turn % 3 :] + names[: turn % 3]:
                    run = Run(*where, events if name != "assembly" else events // 2)
                    run.begin(PEERS[name])
                    throughput[name].append(run.rate_reached)
                    work[name].append(run.work)
                    print(f"round {turn + 1}  {name:9} {run.rate_reached:6.0f} events/s", flush=True)
            for turn in range(min(rounds, 3)):
                for name, contender in PEERS.items():
                    run = Run(*where, paced, rate=100)
                    run.begin(contender)
                    latencies[name].append(run.latency)
                    print(
                        f"round {turn + 1}  {name:9} at 100/s: p50 {run.latency.p50 * 1000:.0f} ms, "
                        f"p99 {run.latency.p99 * 1000:.0f} ms",
                        flush=True,
                    )
            bells = notify.measure(running.database_url, rounds=1 if chosen.quick else 3)
            for way, rates in bells.items():
                print(f"commits with {way}: {median(rates):.0f}/s")
    if not chosen.quick:
        about = (
            f"{date.today():%d.%m.%Y}, {os.cpu_count()} cores, Python {platform.python_version()}, "  # noqa: DTZ011
            f"{rounds} rounds of {events} events"
        )
        write(Path("docs/benchmarks.md"), about, throughput, work, latencies, bells)
    sys.exit(0)


if __name__ == "__main__":
    main()
