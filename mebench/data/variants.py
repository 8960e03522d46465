"""Which variant and forms of a dataset a user means: by name, by TFDS config, by repair policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mebench.errors import MebenchError, unknown_name


@dataclass(frozen=True)
class Chosen:
    """A dataset, a variant of it ("" is the main one) and the forms of it that are meant, labels before pixels."""

    name: str
    variant: str
    forms: tuple[str, ...]


def chosen(classes: Mapping[str, Any], text: str, config: str = "", policy: str = "") -> Chosen:
    """Return what a user means.

    Args:
        classes: the builders by name.
        text: `name` or `name/variant`.
        config: a variant (`v1`), a form (`videos`), or both as TFDS joins them (`v1_videos`); "" for all forms.
        policy: how faults of the table are repaired; "" for what the variant says.

    Raises:
        MebenchError: no such dataset, variant, form or policy; the nearest name is given.
    """
    name, _, variant = text.partition("/")
    if name not in classes:
        raise unknown_name("dataset", name, classes, "mebench data list")
    cls = classes[name]
    forms = tuple(sorted(cls.FORMS, key=lambda form: form == "frames"))
    if config:
        if variant:
            raise MebenchError(f"{text} names a variant, and --config {config} another; give one of them")
        variant, form = _split(config, cls.VARIANTS, forms)
        forms = (form,) if form else forms
    if not variant and "" not in cls.VARIANTS:
        every = ", ".join(cls.VARIANTS)
        raise MebenchError(f"name a variant of {name}, as {name}/{cls.VARIANTS[0]} (allowed: {every})")
    if variant not in cls.VARIANTS:
        raise unknown_name(f"variant of {name}", variant, [v or '""' for v in cls.VARIANTS])
    return Chosen(name, _with_policy(cls, name, variant, policy) if policy else variant, forms)


def _split(config: str, variants: Sequence[str], forms: Sequence[str]) -> tuple[str, str]:
    """Return the variant and the form that a config names; no form: all of them."""
    if config in variants:
        return config, ""
    if config in forms:
        return "", config
    variant, _, form = config.rpartition("_")
    return (variant, form) if form in forms else (config, "")


def _with_policy(cls: Any, name: str, variant: str, policy: str) -> str:
    """Return the variant with the same pixels and table, and another policy."""
    choices = getattr(cls, "CHOICES", {})
    if variant not in choices:
        raise MebenchError(f"{name} is not made from a table, so it has no repair policies; leave out --policy")
    same = (choices[variant].pixels, choices[variant].table)
    allowed = {c.policy: v for v, c in choices.items() if (c.pixels, c.table) == same}
    if policy not in allowed:
        raise unknown_name(f"repair policy of {name}", policy, allowed)
    return allowed[policy]
