"""How long the canary's messages took during the last hour."""

import time
from collections import deque
from typing import NamedTuple

HOUR = 3600.0
MOST = 10_000
STAGES = ("acknowledged", "delivered")
SHARES = (50, 95)


class Round(NamedTuple):
    """When a message was written (monotonic), and the seconds until it was acknowledged and delivered."""

    begun: float
    acknowledged: float
    delivered: float


class Rounds:
    """The latest rounds that went well."""

    def __init__(self) -> None:
        self._rounds: deque[Round] = deque(maxlen=MOST)

    def add(self, one: Round) -> None:
        self._rounds.append(one)

    def percentile(self, stage: str, share: int) -> float:
        """Seconds within which `share` % of the last hour's messages reached the stage; NaN without any."""
        since = time.monotonic() - HOUR
        times = sorted(getattr(one, stage) for one in self._rounds if one.begun >= since)
        return float(times[min(len(times) - 1, len(times) * share // 100)]) if times else float("nan")

    def figures(self) -> dict[str, float]:
        """All percentiles in milliseconds, for a log line."""
        return {
            f"{stage}_p{share}_ms": round(self.percentile(stage, share) * 1000, 1)
            for stage in STAGES
            for share in SHARES
        }
