"""Numbers of hypothesis's examples: those named in the tests under the profile `ci`, a share of them otherwise."""

from hypothesis import settings

WHOLE = 100
"""`max_examples` of the profile `ci`, of which other profiles have a share."""


def register_profiles() -> None:
    """Register `ci` with every example and `default` with a fifth; both draw the same examples every time."""
    for name, count in (("ci", WHOLE), ("default", WHOLE // 5)):
        settings.register_profile(name, derandomize=True, deadline=None, max_examples=count)


def share(count: int) -> int:
    """Return how many examples the loaded profile takes where `ci` takes `count`; 3 at least."""
    return max(min(count, 3), count * settings.default.max_examples // WHOLE)
