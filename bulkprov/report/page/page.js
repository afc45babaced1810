"use strict";
// The table's filter, search and sorting. Without it the page says the same; rows are then in the order of the sheet.
(() => {
  const table = document.querySelector("table.rows");
  if (!table) return;
  document.documentElement.classList.add("scripted");
  const tools = document.querySelector(".tools"), search = document.getElementById("search");
  const chips = document.querySelector(".chips"), seen = document.querySelector(".seen");
  const none = document.querySelector(".none"), body = table.tBodies[0];
  const rows = Array.from(body.rows, (line, place) => ({
    line, place, well: !line.classList.contains("u"), text: line.textContent.toLowerCase(),
    status: line.cells[line.cells.length - 4].textContent.trim(),
  }));
  const unwell = rows.filter((row) => !row.well).length;
  let show = unwell && unwell < rows.length ? "not well" : "all";

  const number = (count) => count.toLocaleString("en");
  const fits = (row) => show === "all" || (show === "not well" ? !row.well : row.status === show);
  function update() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const shown = fits(row) && words.every((word) => row.text.includes(word));
      row.line.hidden = !shown;
      count += shown;
    }
    seen.textContent = `${number(count)} of ${number(rows.length)} rows shown`;
    none.hidden = count > 0;
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.show === show));
  }
  function choose(what) {
    show = what;
    update();
  }

  const counts = new Map();
  for (const row of rows) counts.set(row.status, (counts.get(row.status) || 0) + 1);
  const choices = [["all", rows.length]];
  if (unwell && unwell < rows.length) choices.unshift(["not well", unwell]);
  const order = Array.from(document.querySelectorAll(".counts tbody th"), (head) => head.textContent.trim());
  if (counts.size > 1) choices.push(...[...counts].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
  if (choices.length === 1) choices.pop();
  for (const [what, count] of choices) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.dataset.show = what;
    chip.textContent = `${what} ${number(count)}`;
    chip.addEventListener("click", () => choose(what));
    chips.append(chip);
  }

  const heads = Array.from(table.tHead.rows[0].cells);
  const value = (row, at) => row.line.cells[at].textContent.trim();
  function sort(at) {
    const down = heads[at].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[at].setAttribute("aria-sort", down ? "descending" : "ascending");
    const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    const sorted = rows.map((row) => [value(row, at), row]);
    sorted.sort(([a, one], [b, other]) =>
      (a === "") - (b === "") || (down ? words.compare(b, a) : words.compare(a, b)) || one.place - other.place);
    body.append(...sorted.map(([, row]) => row.line));
  }
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(at));
  });

  function open(line) {
    const story = line.querySelector("details");
    if (story) story.open = true;
  }
  body.addEventListener("click", (event) => {
    const line = event.target.closest("tr"), story = line && line.querySelector("details");
    if (!story || event.target.closest("summary, a, .story") || String(getSelection())) return;
    story.open = !story.open;
  });
  function go() {
    const row = rows.find((each) => `#${each.line.id}` === location.hash);
    if (!row) return;
    if (row.line.hidden) {
      search.value = "";
      choose(row.well ? "all" : "not well");
      if (row.line.hidden) choose("all");
    }
    open(row.line);
    row.line.scrollIntoView({ block: "center" });
    const summary = row.line.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  }
  addEventListener("hashchange", go);
  search.addEventListener("input", update);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  update();
  go();
})();
