"""Tables as text, CSV, LaTeX and page: told apart, escaped, nothing lost, the same bytes every time."""

import csv
import io
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.links import pieces
from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.rules import ColumnRule, Rules, TableRule

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
    lines = {line.split("|")[1].strip().strip("*").split("*")[0]: line for line in text.splitlines() if "|" in line}
    assert "**recomputed**" in lines["Ours"]
    assert "0.250 [0.12, 0.38]" in lines["Ours"]
    assert "mean of 2 seeds (0, 1); 4 subjects" in lines["Ours"]
    assert "| published | *0.5* | – | – |" in lines["Old"]
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
    assert (len(heads), len(rows)) == (6, 5)
    assert len(cells) == 6 * 4
    leaves = [leaf for cell in cells for leaf in cell.children]
    assert {leaf.content for leaf in leaves if leaf.type == "html_inline"} == {"<br>", "<sup>", "</sup>"}
    assert "".join(leaf.content for leaf in cells[6].children) == evil.method
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
    assert r"\cmidrule(lr){3-4} \cmidrule(lr){5-5}" in text
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert [len(re.findall(r"(?<!\\)&", line)) for line in rows] == [4, 4, 4]
    assert [line.split(" & ")[1] for line in rows] == ["recomputed", "published", "recomputed"]
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
    assert f"\n{set_as} & published & " in text
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
    assert head.splitlines() == [r"% \usepackage{booktabs}", *more]


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
        ("ftp://a.org data:text/html,x", []),
        ("see https://a.org/b, and http://c.org.", ["https://a.org/b", "http://c.org"]),
        ('https://a.org/"><script>', ["https://a.org/"]),
    ],
)
def test_only_addresses_of_the_web_become_links(source, addresses):
    found = pieces(source)
    assert [piece.address for piece in found if piece.address] == addresses
    assert "".join(piece.text for piece in found) == source
