"""Tables as text, CSV, LaTeX and page: told apart, escaped, nothing lost, the same bytes every time."""

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.cells import best_values, ranks
from mebench.leaderboard.render.links import pieces, with_paper
from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.render.tables import tables
from mebench.leaderboard.rules import ColumnRule, Rules, TableRule

ROOT = Path(__file__).parents[2] / "leaderboard"

COLUMNS = (
    ColumnRule(key="strict.strs", title="STRS", group="strict", published="strs"),
    ColumnRule(key="strict.fp_s", title="FP", group="strict", digits=0, higher_is_better=False, published="fp"),
    ColumnRule(key="official.strs", title="STRS", group="official"),
)
RULES = Rules(
    benchmark="made-str",
    version=1,
    title="Made & up",
    summary="A | summary <b>",
    task="str",
    protocol="Leave one out.",
    truth="embedded",
    order="strict.strs",
    tables=(TableRule(name="one", title="One"), TableRule(name="two", title="Two")),
    columns=COLUMNS,
)
DOI = "https://doi.org/10.1109/FG.2019.8756611"
EVIL = '<script>alert("x")</script> | $\\input{y}$ & _a_ `b`'


def printed(method="Old", values=(0.5, None, None), **more):
    cells = tuple(Cell(value, None, "" if value is not None else "not printed") for value in values)
    return Row(method, "published", False, (), "", cells, "javascript:alert(1) https://example.org/a.", **more)


def verified(method="Ours", control=False, level="recomputed"):
    cells = (Cell(0.25, (0.125, 0.375)), Cell(12.0, (10.0, 15.0)), Cell(None, None, "undefined (0/0)"))
    return Row(method, level, control, (0, 1), "4 subjects", cells, "", ("records/a.json",), ("a note",))


def table(*rows, name="one", notes=()):
    return LeaderboardTable(RULES, name, name.title(), COLUMNS, rows, notes)


def files(*rows):
    return rendered([table(*rows), table(name="two", notes=("nobody came",))])


def test_every_table_is_rendered_the_same_each_time():
    found = files(verified(), printed())
    names = {f"made-str/v1/{name}.{kind}" for name in ("one", "two") for kind in ("md", "csv", "tex")}
    assert set(found) == names | {"index.html"}
    assert found == files(verified(), printed())
    assert not any(str(year) in text for text in found.values() for year in range(2024, 2030))


def test_markdown_tells_rows_apart():
    text = files(verified(), printed(), verified("constant", control=True))["made-str/v1/one.md"]
    lines = {
        line.split("|")[2].strip().strip("*").split("*")[0]: line for line in text.splitlines() if line.startswith("|")
    }
    assert "**recomputed**" in lines["Ours"]
    assert "0.250 [0.12, 0.38]" in lines["Ours"]
    assert "mean of 2 seeds (0, 1); 4 subjects" in lines["Ours"]
    assert "| published | ***0.5*** | – | – |" in lines["Old"]
    assert text.index("controls") < text.index("**constant**")
    assert "as printed in the literature; no statistics" in text
    assert "<sup>2</sup> undefined (0/0)" in text
    assert "nobody came" in files()["made-str/v1/two.md"]
    assert "no result yet" in files()["made-str/v1/two.md"]


def test_markdown_is_one_table_with_strangers_text_as_it_was():
    """By another parser: cells are as many as columns, a name shows as it was, addresses are the web's."""
    source = "javascript:alert(1) [x](javascript:alert(2)) https://example.org/a_b_c|d."
    evil = Row(f"~~{EVIL}~~ https://e.org/x_y", "published", False, (), "", printed().cells, source)
    text = files(verified(), evil, verified("constant", control=True))["made-str/v1/one.md"]
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    heads = [one for one in tokens if one.type == "th_open"]
    rows = [one for one in tokens if one.type == "tr_open"]
    cells = [tokens[n + 1] for n, one in enumerate(tokens) if one.type == "td_open"]
    assert (len(heads), len(rows)) == (7, 5)
    assert len(cells) == 7 * 4
    leaves = [leaf for cell in cells for leaf in cell.children]
    assert {leaf.content for leaf in leaves if leaf.type == "html_inline"} == {"<br>", "<sup>", "</sup>"}
    assert "".join(leaf.content for leaf in cells[8].children) == evil.method
    assert {leaf.attrs["href"] for leaf in leaves if leaf.type == "link_open"} == {
        "https://example.org/a_b_c%7Cd",
        "records/a.json",
    }


@pytest.mark.parametrize("kind", ["md", "tex", "html"])
def test_what_is_missing_is_explained(kind):
    """A dash of the literature in the legend; a verified figure, or an interval, by its own sentence."""
    lonely = Row("Lonely", "rerun", False, (), "", (Cell(0.5, None, "one subject"), *verified().cells[1:]), "")
    path = "index.html" if kind == "html" else f"made-str/v1/one.{kind}"
    both = files(lonely, printed())[path]
    assert "A dash in a published row: not printed." in both
    assert "one subject" in both
    assert "undefined (0/0)" in both
    assert "A dash" not in files(lonely)[path]


def test_csv_holds_everything():
    rows = list(csv.DictReader(io.StringIO(files(verified(), printed(EVIL))["made-str/v1/one.csv"])))
    assert len(rows) == 6
    assert [rows[0][name] for name in ("column", "value", "low", "high", "seeds", "level")] == [
        "strict.strs",
        "0.25",
        "0.125",
        "0.375",
        "0;1",
        "recomputed",
    ]
    assert (rows[2]["value"], rows[2]["reason"]) == ("", "undefined (0/0)")
    assert rows[3]["method"] == EVIL


def balanced(text):
    depth = 0
    for letter in re.sub(r"\\.", "", text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    return depth == 0


def test_latex_is_escaped_and_balanced():
    text = files(verified(), printed(EVIL), verified("constant", control=True))["made-str/v1/one.tex"]
    assert balanced(text)
    assert r"\textbackslash{}input\{y\}\$ \& \_a\_" in text
    assert r"\cmidrule(lr){4-5} \cmidrule(lr){6-6}" in text
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert [len(re.findall(r"(?<!\\)&", line)) for line in rows] == [5, 5, 5]
    assert [line.split(" & ")[2] for line in rows] == ["recomputed", "published", "recomputed"]
    assert "$^{2}$" in rows[0]
    assert all(ord(letter) < 128 for letter in text)


@pytest.mark.parametrize(
    ("name", "set_as"),
    [
        ("[2] times", "{[}2{]} times"),
        ("*star", "{*}star"),
        ("β ≥ `1`", r"$\beta$ $\geq$ \textasciigrave{}1\textasciigrave{}"),
    ],
)
def test_names_are_no_arguments_of_the_line_before(name, set_as):
    """LaTeX takes a bracket or star after a row's end for an argument of that end."""
    text = files(printed("first"), printed(name))["made-str/v1/one.tex"]
    assert f"\n1 & {set_as} & published & " in text
    assert not re.search(r"\\\\\s*[\[*]", text)
    assert text.isascii()


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("a", []),
        ("Đą", [r"% \usepackage[T1]{fontenc}"]),
        (
            "Ħ微a\u0308",
            [r"% \usepackage[T1]{fontenc}", "% pdflatex has no U+0126 U+5FAE: use lualatex and a font that has"],
        ),
    ],
)
def test_latex_says_what_it_needs_to_be_set(name, more):
    """As TeX Live's pdflatex does with these letters: set, set with T1 alone, refused."""
    head = files(printed(name))["made-str/v1/one.tex"].partition("\n\\begin")[0]
    assert head.splitlines() == [r"% \usepackage{booktabs,graphicx}", *more]


def test_columns_that_nobody_printed_are_in_the_csv_alone():
    found = files(printed())
    assert "official" not in found["made-str/v1/one.md"]
    assert "official.strs" in found["made-str/v1/one.csv"]
    assert "official" in files(printed(), verified())["made-str/v1/one.md"]


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.ids = [], [], []

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.tags.append(tag)
        self.links += [known[name] for name in ("href", "src", "action", "data") if name in known]
        self.ids += [known["id"]] if "id" in known else []
        assert not any(name.startswith("on") or name == "style" for name in known)


def test_the_page_loads_nothing_and_escapes_strangers():
    text = files(verified(), printed(EVIL))["index.html"]
    page = Page()
    page.feed(text)
    assert page.tags.count("script") == 1
    assert "default-src 'none'" in text
    assert not {"img", "iframe", "object", "base"} & set(page.tags)
    assert set(page.links) >= {"https://example.org/a", "made-str/v1/records/a.json", "made-str/v1/rules.toml"}
    assert not any(link.startswith("javascript") for link in page.links)
    assert len(set(page.ids)) == len(page.ids)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


@pytest.mark.parametrize(
    ("source", "addresses"),
    [
        ("", []),
        ("a paper", []),
        ("arXiv 2506.15298v2 (table), 2506.15298", ["https://arxiv.org/abs/2506.15298"]),
        ("X (arXiv:1912.11985); doi:10.1109/FG.2019.8756611.", ["https://arxiv.org/abs/1912.11985", DOI]),
        ("ftp://a.org data:text/html,x", []),
        ("see https://a.org/b, and http://c.org.", ["https://a.org/b", "http://c.org"]),
        ('https://a.org/"><script>', ["https://a.org/"]),
    ],
)
def test_only_addresses_of_the_web_and_numbers_of_papers_become_links(source, addresses):
    found = pieces(source)
    assert [piece.address for piece in found if piece.address] == addresses
    assert "".join(piece.text for piece in found) == source


@pytest.mark.parametrize(
    ("source", "paper", "shown"),
    [
        ("s", DOI, [("doi 10.1109/FG.2019.8756611", DOI), ("; ", ""), ("s", "")]),
        ("", "https://arxiv.org/abs/2506.15298", [("arXiv 2506.15298", "https://arxiv.org/abs/2506.15298")]),
        (
            "arXiv 2506.15298",
            "https://arxiv.org/abs/2506.15298",
            [("arXiv 2506.15298", "https://arxiv.org/abs/2506.15298")],
        ),
        ("s", "", [("s", "")]),
        ("s", "https://e.org/x", [("https://e.org/x", "https://e.org/x"), ("; ", ""), ("s", "")]),
    ],
)
def test_a_row_links_its_paper_once(source, paper, shown):
    assert [(piece.text, piece.address) for piece in with_paper(source, paper)] == shown


def one_of(value, control=False, errata=(), count=None, method="m"):
    cells = (Cell(value, errata=errata), Cell(count), Cell(None))
    return Row(method, "published", control, (), "", cells, "s", date="2024-05", paper=DOI)


RANKED = table(
    one_of(0.5, count=9.0),
    one_of(0.9, errata=("wrong",)),
    one_of(1.0, control=True),
    one_of(0.5, count=3.0),
    one_of(0.25, count=3.0),
    one_of(None),
)


def test_ranks_are_shared_and_controls_have_none():
    assert ranks(RANKED) == (2, 1, None, 2, 4, None)


def test_the_best_of_a_column_is_no_control_and_has_no_erratum():
    assert best_values(RANKED) == (0.5, 3.0, None)
    assert best_values(table(one_of(0.5), one_of(None))) == (None, None, None)  # nobody to be better than
    assert best_values(table(one_of(0.0), one_of(0.0)))[0] == 0


@pytest.mark.parametrize(
    ("kind", "bold"),
    [("md", "***0.5***"), ("tex", r"\textbf{\textit{0.5}}"), ("html", '<span class="figure best">0.5</span>')],
)
def test_the_best_is_bold_everywhere(kind, bold):
    text = rendered([RANKED])["index.html" if kind == "html" else f"made-str/v1/one.{kind}"]
    assert text.count(bold) == 2
    assert "the best of its column; controls do not compete" in text


@pytest.mark.parametrize("kind", ["md", "html", "csv"])
def test_rank_date_and_paper_stand_beside_a_row(kind):
    text = rendered([RANKED])["index.html" if kind == "html" else f"made-str/v1/one.{kind}"]
    assert text.count("2024-05") == text.count(DOI) == 6 * (3 if kind == "csv" else 1)
    wanted = {"md": "| 4 | m<br>2024-05 |", "html": '>4</span> <span class="name">', "csv": ",4,2024-05,https"}
    assert wanted[kind] in text


def many(count):
    groups = ("official", "strict")
    columns = [
        ColumnRule(key=f"{g}.c{n}", title=f"c{n}", group=g, digits=0 if n == 1 else 3)
        for g in groups
        for n in range(count)
    ]
    rules = RULES.model_copy(update={"columns": tuple(columns), "order": "official.c0"})
    row = Row("m", "recomputed", False, (), "", tuple(Cell(n / 50) for n in range(2 * count)), "s")
    return LeaderboardTable(rules, "one", "One", tuple(columns), (row,))


def test_markdown_has_at_most_eight_columns_and_says_where_the_others_are():
    text = rendered([many(11)])["made-str/v1/one.md"]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {9}
    titles = [title.strip() for title in lines[0].strip("|").split("|")]
    assert titles == ["rank", "method", "level", *(f"{g}: c{n}" for g, n in LEADING), "source"]
    assert "18 more columns are in [one.csv](one.csv)" in text
    assert "more column" not in rendered([many(2)])["made-str/v1/one.md"]


LEADING = (("official", 0), ("official", 2), ("official", 3), ("strict", 0))
"""The ordering column, its like under the other rules, then figures before counts."""


def test_every_table_of_the_checkout_has_at_most_eight_columns():
    found = [text for path, text in rendered(tables(ROOT)).items() if path.endswith(".md")]
    assert len(found) > 20
    for text in found:
        assert all(line.count("|") - line.count("\\|") <= 9 for line in text.splitlines() if line.startswith("|"))


def test_latex_is_no_wider_than_the_text():
    text = rendered([many(11)])["made-str/v1/one.tex"]
    assert balanced(text)
    assert "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n\\begin{tabular}" in text
    assert "\\end{tabular}}\n" in text
    assert text.partition("\\begin{tabular}{")[2].partition("}")[0] == "rll" + 6 * "r"


def test_the_page_opens_with_a_real_benchmark():
    """Boards on real faces first, closed ones last; each is found by its name without a version too."""
    page = Page()
    page.feed(rendered(tables(ROOT))["index.html"])
    sections = [one for one in page.ids if re.fullmatch(r"[a-z0-9-]+-v[0-9]+", one)]
    assert sections[0] == "str-loso-v1"
    assert sections[-2:] == ["synth-vqa-v1", "synth-str-v1"] or sections[-2:] == ["synth-str-v1", "synth-vqa-v1"]
    assert {"str-loso", "megc2025-str", "synth-str"} <= set(page.ids)
