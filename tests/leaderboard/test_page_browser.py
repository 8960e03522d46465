"""The page in headless Chromium: sorts, filters, is readable, asks nobody for anything. Run with `-m browser`."""

import shutil
from pathlib import Path

import pytest

from mebench.atomic import write_text
from mebench.leaderboard.render.all import rendered
from mebench.leaderboard.render.table import Cell, LeaderboardTable, Row
from mebench.leaderboard.render.tables import tables
from mebench.leaderboard.rules import ColumnRule, Rules, TableRule

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2] / "leaderboard"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
CONTRAST = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[0-9.]+/g).slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return light(colour);
    }
    return 1;
  };
  const nodes = [...document.querySelectorAll("p, small, th, td, .figure, .badge, a, label, h1, h2, h3, button, dd")];
  return Math.min(...nodes.filter((one) => one.offsetParent && one.textContent.trim()).map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), ground(one)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
}"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """The page of the leaderboards as they are in this checkout."""
    folder = tmp_path_factory.mktemp("page")
    write_text(folder / "index.html", rendered(tables(ROOT))["index.html"])
    return folder / "index.html"


def wide_table():
    """A table of 22 columns in two groups; methods have strangers' names."""
    groups = ("official",) * 11 + ("strict",) * 11
    columns = tuple(ColumnRule(key=f"{group}.c{n}", title=f"F1 of {n}", group=group) for n, group in enumerate(groups))
    rules = Rules(
        **{"benchmark": "wide-str", "version": 1, "title": "Wide", "summary": "All there is.", "task": "str"},
        **{"protocol": "Leave one out.", "truth": "embedded", "order": "official.c0", "columns": columns},
        tables=(TableRule(name="wide", title="Wide"),),
    )
    names = ("<script>document.title = 'taken'</script>", "<img src=x onerror=alert(1)>", "w" * 200, "\u202eflipped")
    cells = (*(Cell(n / 25, (n / 30, n / 24)) for n in range(21)), Cell(None, None, "undefined (0/0)"))
    rows = [Row(name, "rerun", False, (0, 1), "9 subjects", cells, "javascript:alert(1)") for name in names]
    return LeaderboardTable(rules, "wide", "Wide", columns, tuple(rows))


@pytest.fixture(scope="module")
def wide_file(tmp_path_factory):
    """A page with nothing but `wide_table`."""
    folder = tmp_path_factory.mktemp("wide")
    write_text(folder / "index.html", rendered([wide_table()])["index.html"])
    return folder / "index.html"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "no Chromium found; install it, as with: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def opened(browser, page_file, wide_file):
    """Return a function that opens the page; at the end nothing was said on the console, and nothing asked for."""
    contexts, said, asked = [], [], []

    def open_page(place="", width=1280, scheme="light", javascript=True, file=page_file):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{file.as_uri()}{place}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} <= {
        page_file.as_uri(),
        wide_file.as_uri(),
    }


def column(page, table, place):
    return page.evaluate(
        "([table, place]) => [...document.querySelectorAll("
        "`section:not([hidden]) article[data-table='${table}'] tr[data-level]`)]"
        ".map((row) => place ? (row.children[place].dataset.value ?? null) : row.dataset.method)",
        [table, place],
    )


def test_sorts_with_mouse_and_keyboard_and_keeps_missing_figures_last(opened):
    page = opened("#megc2025-str-v1")
    heads = page.locator("section:visible article[data-table='SAMM'] thead th")
    head = heads.filter(has_text="F1 spotting")
    place = 2

    def figures():
        return [None if one is None else float(one) for one in column(page, "SAMM", place)]

    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert figures() == sorted(figures(), reverse=True)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert figures() == sorted(figures())
    counts = heads.filter(has_text="TP").locator("button").first
    for _ in range(2):
        counts.click()
        assert column(page, "SAMM", 4)[0] is not None
        assert column(page, "SAMM", 4)[-1] is None
    heads.filter(has_text="method").locator("button").click()
    names = column(page, "SAMM", 0)
    assert names == sorted(names, key=str.lower)


def test_filters_by_dataset_level_and_name(opened):
    page = opened("#str-loso-v1")
    whole = page.locator("#count").inner_text()
    assert whole.endswith("results")
    page.select_option("#dataset", "SAMM Long Videos")
    assert page.locator("article:visible").count() == 1
    page.fill("#text", "boost")
    assert page.locator("tr[data-level]:visible").count() == 1
    page.fill("#text", "")
    page.uncheck("input[value=published]")
    assert page.locator("tr[data-level=published]:visible").count() == 0
    page.check("input[value=published]")
    page.select_option("#dataset", "")
    assert page.locator("#count").inner_text() == whole


def test_one_leaderboard_at_a_time_and_footnotes_are_found(opened):
    page = opened()
    assert page.locator("section.benchmark:visible").count() == 1
    page.locator("nav a", has_text="megc2025-str").click()
    page.locator("#megc2025-str-v1").wait_for(state="visible")
    assert page.locator("section.benchmark:visible h2").inner_text().startswith("MEGC2025")
    page.locator("article[data-table='CAS(ME)^3'] sup a").first.click()
    assert page.locator("li:target").count() == 1
    assert page.locator("section.benchmark:visible h2").inner_text().startswith("MEGC2025")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_readable_narrow_and_wide_dark_and_light(opened, width, scheme):
    page = opened("", width, scheme)
    for place in ("#synth-str-v1", "#megc2025-str-v1", "#str-loso-v1"):
        page.locator(f"nav a[href='{place}']").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) >= 4.5
        assert (
            page.evaluate("parseFloat(getComputedStyle(document.querySelector('td small, th small')).fontSize)") >= 12
        )
        name = page.locator("section:visible .scroll").first
        name.evaluate("box => { box.scrollLeft = 400; }")
        assert page.locator("section:visible tbody th[scope=row] .name").first.is_visible()
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if scheme == "light" else "light")
    assert page.evaluate(CONTRAST) >= 4.5


def test_a_wide_table_with_strangers_names(opened, wide_file):
    page = opened(width=390, file=wide_file)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.title() == "mebench leaderboards"
    assert page.locator("tbody script, tbody img, a[href^=javascript]").count() == 0
    names = page.locator("tbody .name")
    assert names.all_inner_texts() == [row.method for row in wide_table().rows]
    assert names.evaluate_all("all => all.map((one) => getComputedStyle(one).unicodeBidi)") == ["isolate"] * 4
    page.locator(".scroll").evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    assert page.locator("tbody td.source").first.bounding_box()["x"] < 390
    assert names.first.bounding_box()["x"] >= 0
    edges = "all => all.map((one) => getComputedStyle(one).borderLeftWidth)"
    assert page.locator("tbody tr:first-child td.start").evaluate_all(edges)[1:] == ["1px"]


def test_prints_dark_on_white_whatever_the_screen_has(opened, wide_file):
    page = opened(width=1080, scheme="dark", file=wide_file)
    page.locator("#theme").click()
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.querySelector('h2')).color") == "rgb(29, 35, 39)"
    assert page.evaluate(CONTRAST) >= 4.5
    assert page.locator("nav, #filters, #theme").locator("visible=true").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1080


def test_an_address_brings_its_leaderboard_into_view(opened):
    page = opened("#synth-vqa-v1", 390)
    box = page.locator("nav a[aria-current=true]").bounding_box()
    assert page.locator("nav a[aria-current=true]").get_attribute("href") == "#synth-vqa-v1"
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_the_page_opens_with_a_real_benchmark(opened):
    page = opened()
    assert page.locator("section.benchmark:visible").get_attribute("id") == "str-loso-v1"
    assert page.locator("nav a[aria-current=true]").get_attribute("href") == "#str-loso-v1"


@pytest.mark.parametrize(("place", "shown"), [("#spotting", "spotting-v1"), ("#synth-str", "synth-str-v2")])
@pytest.mark.parametrize("javascript", [True, False])
def test_a_name_without_a_version_leads_to_the_newest(opened, place, shown, javascript):
    page = opened(place, javascript=javascript)
    page.wait_for_function("() => scrollY > 0")
    top = page.locator(f"#{shown} h2").bounding_box()["y"]
    assert 0 <= top < 450
    if javascript:
        assert page.locator("section.benchmark:visible").get_attribute("id") == shown


def test_columns_beyond_the_edge_are_hinted_at_until_they_are_seen(opened, wide_file):
    page = opened(width=390, file=wide_file)
    hint = page.locator("article .more")
    count = int(hint.inner_text().split()[0])
    assert hint.inner_text() == f"{count} more columns →"
    assert 15 < count <= 23
    shade = "() => getComputedStyle(document.querySelector('article .frame'), '::after').opacity"
    page.wait_for_function(f"{shade} === '1'")  # it fades in
    page.locator(".scroll").evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    page.wait_for_function("() => !document.querySelector('article .frame').hasAttribute('data-more')")
    assert hint.inner_text().strip() == ""
    whole = opened("#str-loso")
    assert whole.locator("#str-loso-v1 article .more").first.is_hidden()


def test_the_best_figure_is_bold(opened):
    page = opened("#str-loso")
    weights = page.locator("#str-loso-v1 article[data-table='SAMM Long Videos'] tbody tr td:nth-child(2) .figure")
    assert weights.evaluate_all("all => all.map((one) => getComputedStyle(one).fontWeight)") == ["700", *["400"] * 3]


def test_a_footnote_leaves_the_chosen_dataset(opened):
    page = opened("#megc2025-str-v1")
    page.select_option("#dataset", "CAS(ME)^3")
    page.locator("article:visible sup a").first.click()
    assert page.locator("#dataset").input_value() == "CAS(ME)^3"


def test_everything_is_there_without_javascript(opened):
    page = opened(javascript=False)
    assert page.locator("section.benchmark:visible").count() == page.locator("section.benchmark").count() > 5
    assert page.locator("#filters:visible").count() == 0
