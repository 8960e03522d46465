"""The pages that code, experiments and results cite: they are there, with the cited section, and no link is dead."""

import re
from importlib import resources
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from mebench.data.label_maps import LABEL_MAPS
from mebench.data.questions import WORDINGS
from mebench.methods.qwen2_5_vl.network.positions import MROPE_MODES
from mebench.metrics.spotting.rules import RULES
from mebench.metrics.vqa.lvqa_statistics import FIGURES
from mebench.metrics.vqa.parsers import PARSERS
from mebench.metrics.vqa.statistics import LABELS, SIX
from mebench.metrics.vqa.text import BLEUS, ROUGES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "mebench" / "docs"
ROOMS = ("mebench", "tfds_builders", "tests", "experiments", "leaderboard", ".github", ".ci")
KINDS = {".py", ".md", ".toml", ".json", ".jinja", ".cff", ".yml"}
CITED = re.compile(r"mebench/docs/([A-Za-z_]+\.md)(?:, (.{1,80}))?")
BESIDE = re.compile(r"\]\(([a-z]+\.md)\), (?=[A-Z`])(.{1,80})")
PLACE = re.compile(r"`((?:mebench|tfds_builders|tests|experiments|leaderboard)/[^`\s*<>{]+)`")
OLD = re.compile(r"\bspec(?:/\w+\.md| of )")


def files(*kinds: str) -> list[Path]:
    below = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*")) if path.suffix in kinds]
    return [*sorted(path for path in ROOT.glob("*") if path.suffix in kinds), *below]


def text_of(path: Path) -> str:
    """The text of a file in one line, as a reader of a wrapped comment sees it."""
    return re.sub(r"\s+(?:#\s+)?", " ", path.read_text(encoding="utf-8"))


def sections(page: Path) -> dict[str, str]:
    """Heading of each section, without backticks, and its text."""
    parts = re.split(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {head.replace("`", ""): body for head, body in zip(parts[1::2], parts[2::2], strict=True)}


def fault(page: Path, cited: str | None) -> str:
    """What is wrong with the citation of a page, and of the section that the words behind it begin with."""
    if not page.is_file():
        return f"no page {page.name}"
    if cited is None:
        return ""
    words, known = cited.replace("`", ""), sections(page)
    heads = [head for head in known if re.match(re.escape(head) + r"(?!\w)", words)]
    if not heads:
        return f"{page.name} has no section {words[:40]!r}"
    head = max(heads, key=len)
    items = re.match(r", (\d+)(?: to (\d+))?(?!\w)", words[len(head) :])
    missing = [n for n in items.groups() if n and not re.search(rf"^{n}\. ", known[head], re.M)] if items else []
    return f"{page.name}, {head} has no item {missing[0]}" if missing else ""


def citations() -> list[tuple[Path, Path, str | None]]:
    """File, page and the words behind the page, of every citation."""
    found = []
    for path in files(*KINDS):
        if path == Path(__file__):
            continue
        text = text_of(path)
        found += [(path, DOCS / page, cited or None) for page, cited in CITED.findall(text)]
        if path.parent == DOCS:
            found += [(path, DOCS / page, cited) for page, cited in BESIDE.findall(text)]
    return found


def slug(heading: str) -> str:
    """The anchor that a heading has on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(path: Path) -> list[str]:
    """Targets of links and pictures of a Markdown file that are no address."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    targets = [str(child.attrGet("href") or child.attrGet("src") or "") for child in inline]
    return [target for target in targets if target and not re.match(r"[a-z]+:", target)]


@pytest.mark.smoke
def test_every_cited_page_and_section_exists():
    found = citations()
    assert len({path for path, _, _ in found if path.suffix == ".py"}) > 30
    wrong = [f"{path.relative_to(ROOT)}: {why}" for path, page, cited in found if (why := fault(page, cited))]
    assert wrong == []


@pytest.mark.parametrize(
    ("page", "cited", "why"),
    [
        ("nowhere.md", None, "no page"),
        ("mean.md", "Input feature).", "no section"),
        ("mean.md", "input features)", "no section"),
        ("mean.md", "Input features, 4 to 9).", "no item 9"),
        ("mean.md", "Input features, 4 to 6).", ""),
        ("str.md", "`strict`): words", ""),
        ("datasets.md", "SAMM Long Videos).", ""),
        ("str.md", None, ""),
    ],
)
def test_a_wrong_citation_is_found(page, cited, why):
    found = fault(DOCS / page, cited)
    assert why in found
    assert bool(why) == bool(found)


def test_no_citation_of_pages_outside_the_repository_is_left():
    wrong = [f"{path.relative_to(ROOT)}: {m[0]}" for path in files(*KINDS) for m in [OLD.search(text_of(path))] if m]
    assert wrong == []


def test_every_page_is_in_the_index_and_in_the_package():
    index, inside = links(DOCS / "README.md"), resources.files("mebench") / "docs"
    pages = sorted(path.name for path in DOCS.glob("*.md") if path.name != "README.md")
    assert sorted(index) == pages
    assert all((inside / page).is_file() for page in pages)


def test_every_link_leads_somewhere():
    wrong = []
    for path in files(".md"):
        for target in links(path):
            name, _, anchor = target.partition("#")
            place = path if not name else path.parent / name
            if not place.exists():
                wrong.append(f"{path.relative_to(ROOT)}: {target}")
            elif anchor and place.suffix == ".md" and anchor not in map(slug, sections(place)):
                wrong.append(f"{path.relative_to(ROOT)}: {target} (no such heading)")
    assert wrong == []


def test_every_path_that_a_page_names_exists():
    pages = [path for path in files(".md") if path.parent in (DOCS, ROOT / ".github")]
    named = [(path, place) for path in pages for place in PLACE.findall(path.read_text(encoding="utf-8"))]
    assert len(named) > 20
    wrong = [f"{path.name}: {place}" for path, place in named if not (ROOT / place).exists()]
    assert wrong == []


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("spotting.md", set(RULES) - {"megc2022", "megc2023"}),  # between megc2021 and megc2024
        ("recognition.md", LABEL_MAPS),
        ("vqa.md", (*PARSERS, *LABELS, *BLEUS, *ROUGES, *SIX)),
        ("qwen.md", MROPE_MODES),
        ("lvqa.md", {name for name in FIGURES if not name.startswith("count_m")}),
    ],
)
def test_every_named_choice_is_on_its_page(page, names):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_form_of_question_is_on_a_page():
    text = "".join((DOCS / page).read_text(encoding="utf-8") for page in ("vqa.md", "lvqa.md"))
    assert [form for form in WORDINGS if f"`{form}`" not in text] == []


def test_the_counts_of_label_maps_are_those_of_the_page():
    rows = re.findall(r"^\| `(\w+)` \| .+ \| ([\d, ]+) \|$", (DOCS / "recognition.md").read_text(), re.MULTILINE)
    assert dict(rows) == {
        name: ", ".join(str(entry.counts[one]) for one in entry.classes)
        for name, entry in LABEL_MAPS.items()
        if entry.counts
    }
