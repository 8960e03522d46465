"use strict";
(() => {
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const sections = all("section.benchmark");
  const links = all("nav a");
  const form = document.getElementById("filters");
  const dataset = document.getElementById("dataset");
  const text = document.getElementById("text");
  const levels = all("input[name=level]");
  const count = document.getElementById("count");
  const theme = document.getElementById("theme");

  let open = null;

  const chosen = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    return sections.find((one) => id && (one.id === id || one.dataset.short === id || id.startsWith(one.id + "-"))) || sections[0];
  };

  const choose = () => {
    const section = chosen();
    sections.forEach((one) => { one.hidden = one !== section; });
    links.forEach((one) => one.setAttribute("aria-current", String(one.dataset.benchmark === section.id)));
    const titles = all("article", section).map((one) => one.dataset.table);
    if (section !== open) dataset.replaceChildren(new Option("all", ""), ...titles.map((one) => new Option(one, one)));
    open = section;
    const link = links.find((one) => one.dataset.benchmark === section.id);
    link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft;
    filter();
    hints();
  };

  const hints = () => {
    for (const box of all(".scroll", chosen())) {
      const edge = box.getBoundingClientRect().right;
      const heads = all("thead tr:last-child th", box);
      const hidden = heads.filter((one) => one.getBoundingClientRect().right > edge + 8).length;
      const hint = box.parentElement.previousElementSibling;
      hint.hidden = box.scrollWidth <= box.clientWidth;
      hint.textContent = hidden ? `${hidden} more column${hidden === 1 ? "" : "s"} \u2192` : "\u00a0";
      box.parentElement.toggleAttribute("data-more", hidden > 0);
    }
  };

  const filter = () => {
    const wanted = new Set(levels.filter((one) => one.checked).map((one) => one.value));
    const words = text.value.trim().toLowerCase();
    let shown = 0;
    let whole = 0;
    for (const article of all("article", chosen())) {
      article.hidden = Boolean(dataset.value) && article.dataset.table !== dataset.value;
      for (const row of all("tr[data-level]", article)) {
        row.hidden = !wanted.has(row.dataset.level) || !row.dataset.method.toLowerCase().includes(words);
        whole += 1;
        shown += Number(!row.hidden && !article.hidden);
      }
      for (const divider of all("tr.divider", article)) {
        divider.hidden = all("tr[data-level]", divider.parentElement).every((one) => one.hidden);
      }
    }
    count.textContent = shown === whole ? `${whole} results` : `${shown} of ${whole} results`;
  };

  const sort = (head) => {
    const place = [...head.parentElement.children].indexOf(head);
    const kind = head.dataset.kind;
    const first = kind === "high" ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = head.getAttribute("aria-sort") === first ? other : first;
    all("th", head.parentElement).forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const key = (row) => (kind === "text" ? row.dataset.method.toLowerCase() : row.children[place].dataset.value);
    const compare = (one, two) => {
      const [a, b] = [key(one), key(two)];
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      return kind === "text" ? sign * a.localeCompare(b, "en") : sign * (Number(a) - Number(b));
    };
    for (const body of all("tbody", head.closest("table"))) {
      body.append(...all("tr[data-level]", body).sort(compare));
    }
  };

  const shade = (name) => {
    if (name) document.documentElement.dataset.theme = name;
    const dark = name ? name === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    theme.textContent = dark ? "light" : "dark";
    theme.setAttribute("aria-label", `use ${theme.textContent} colours`);
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  form.addEventListener("input", hints);
  window.addEventListener("hashchange", choose);
  window.addEventListener("resize", hints);
  all(".scroll").forEach((one) => one.addEventListener("scroll", hints, { passive: true }));
  all("thead th[data-kind] button").forEach((one) => one.addEventListener("click", () => sort(one.parentElement)));
  theme.addEventListener("click", () => shade(theme.textContent));
  form.hidden = false;
  theme.hidden = false;
  shade("");
  choose();
})();
