"""A plan in lines for a reader: what is built and what is known of the rest, sizes, folds, time."""

from mebench.data.overview import card_rows
from mebench.run.dry_run import Plan, PlannedDataset, Sizes

SHOWN = 5
"""Test subjects of a fold that the plan names."""


def plan_text(plan: Plan) -> str:
    """Return the plan in lines."""
    lines = [line for one in plan.datasets for line in _dataset_lines(one)]
    lines += [f"feature      {name}: {about}" for name, about in plan.features.items()]
    if not plan.features:
        lines.append(f"feature      none is computed: {plan.model} names none")
    if plan.sizes is None:
        lines.append("sizes        known once every dataset is built; folds and time follow from them")
    else:
        lines += _size_lines(plan, plan.sizes)
    return "\n".join([*lines, f"run folder   {plan.folder}"])


def _dataset_lines(dataset: PlannedDataset) -> list[str]:
    if dataset.known:
        return [f"dataset      {dataset.title}: {'built' if dataset.built else 'to be drawn here'}"]
    facts = [f"  {label:<11}{value}" for label, value in card_rows(dataset.card)] if dataset.card else []
    build = f"mebench data build {dataset.title} --archive DIR"
    whose = " (the numbers are those of its main variant)" if facts and "/" in dataset.title else ""
    return [f"dataset      {dataset.title}: not built; run: {build}{whose}", *facts]


def _size_lines(plan: Plan, sizes: Sizes) -> list[str]:
    what = "clips" if plan.task == "vqa" else "videos"
    lines = [
        f"sizes        {sizes.videos} {what}, {sizes.frames} frames, {sizes.micro} micro- and {sizes.macro} "
        "macro-expressions"
    ]
    if plan.task == "recognition":
        lines.append(f"samples      {sizes.samples} of the classes that are recognised")
    if plan.task == "vqa":
        forms = ", ".join(f"{number} {form or 'other'}" for form, number in sorted(sizes.questions.items()))
        lines.append(f"questions    {sum(sizes.questions.values())}: {forms}")
    lines.append(f"folds        {len(sizes.folds)}")
    lines += [f"  {fold.name}: train {len(fold.train)}, test {_some(fold.test)}" for fold in sizes.folds]
    stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in sizes.seconds.items())
    lines.append(f"time         about {sum(sizes.seconds.values()):.0f} s on 2 CPU cores, very roughly ({stages})")
    if plan.model == "qwen2_5_vl":
        lines.append("             and what the checkpoint takes, which depends on its size and on the device")
    return lines


def _some(names: tuple[str, ...]) -> str:
    """Return the names, or how many there are where they are many."""
    return ", ".join(names) if len(names) <= SHOWN else f"{len(names)} subjects"
