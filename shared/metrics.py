"""The technical metrics of every service (Prometheus, prefix `lokal_`); labels are never an id or a name.

Process-wide on purpose: one process is one service of one site, and Prometheus adds `site` and `service` as the
target's labels where the metric itself does not say them.
"""

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_DEPTH = Gauge("lokal_outbox_depth", "Events that are committed and not yet confirmed by the broker.")
OUTBOX_OLDEST = Gauge("lokal_outbox_oldest_age_seconds", "Age of the oldest of these events.")
PUBLISHED = Counter("lokal_events_published_total", "Events confirmed by the broker.", ["event"])
NOT_CONFIRMED = Counter(
    "lokal_events_not_confirmed_total", "Attempts that the broker did not confirm; the event stays in the outbox."
)
CONSUMED = Counter("lokal_events_consumed_total", "Events that had their effect.", ["queue", "event"])
DUPLICATES = Counter("lokal_events_duplicate_total", "Events that had had their effect before.", ["queue"])
IGNORED = Counter("lokal_events_ignored_total", "Events of a type that this consumer does not know.", ["queue"])
REDELIVERED = Counter("lokal_events_redelivered_total", "Messages that the broker delivered again.", ["queue"])
RETRIED = Counter(
    "lokal_events_retried_total", "Events put aside for another attempt after a pause.", ["queue", "event"]
)
DEAD_LETTERED = Counter("lokal_events_dead_lettered_total", "Messages put into dead letters.", ["queue", "reason"])
HANDLER_SECONDS = Histogram(
    "lokal_handler_seconds",
    "Time of one group commit, from its first statement to the commit.",
    ["queue"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
HTTP_SECONDS = Histogram(
    "lokal_http_request_seconds",
    "Time to answer, by route template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
