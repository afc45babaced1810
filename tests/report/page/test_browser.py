"""What a browser shows of a page, and what can be done with it by keyboard."""

from pathlib import Path

import pytest

from tests.report.page.browser import CHROMIUM, browser
from tests.report.page.pages import page_of

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")

SHOWN = "[...document.querySelectorAll('.rows tbody tr:not([hidden])')].map(row => row.id)"
SEEN = "document.querySelector('.seen').textContent"
CONTRASTS = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((each) => each / 255)
    .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let text = words.nextNode(); text; text = words.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const colours = [element.closest("svg") ? style.fill : style.color, behind(element)];
    const pair = colours.map(light).sort((a, b) => b - a);
    found.push([(pair[0] + 0.05) / (pair[1] + 0.05), text.data.trim()]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
})()"""
"""The least contrast of any words that are shown with what is behind them, and these words."""


async def test_a_page_in_a_browser(tmp_path: Path) -> None:
    """One session, since a browser takes its time to start."""
    page = page_of(tmp_path)
    async with browser(tmp_path / "home") as shown:
        # It asks for nothing, runs nothing that is not its own, and shows what is not well.
        await shown.show(page)
        assert shown.asked == [page.as_uri()]
        assert shown.complained == []
        assert await shown.see("document.title") == "40 of 44 backup sets are there, 4 to go"
        assert await shown.see(SHOWN) == ["r42", "r43", "r44", "r45"]
        assert await shown.see(SEEN) == "4 of 44 rows shown"

        # By keyboard: to the rows, a search, all rows, an order, a story.
        assert await shown.tab() == "Skip to the rows"
        await shown.enter()
        assert await shown.see("document.activeElement.id") == "rows"
        assert await shown.tab() == "search"
        await shown.write("client998 rejected")
        assert await shown.see(SHOWN) == ["r43"]
        assert await shown.tab(2) == "all 44"
        await shown.enter()
        assert await shown.see("document.activeElement.getAttribute('aria-pressed')") == "true"
        await shown.see("document.getElementById('search').value = ''")
        await shown.enter()
        assert await shown.see(SEEN) == "44 of 44 rows shown"
        assert await shown.tab(5) == "Row"
        for order, first in (("ascending", "r2"), ("descending", "r45")):
            await shown.enter()
            assert await shown.see("document.querySelector('[aria-sort]').getAttribute('aria-sort')") == order
            assert (await shown.see(SHOWN))[0] == first
        assert await shown.tab(7) == "perhaps it is there"
        await shown.enter()
        assert await shown.see("document.querySelector('#r45 details').open")
        assert "no answer for 60 s" in str(await shown.see("document.querySelector('#r45 .story').innerText"))

        # A link to a row leads to it whatever is filtered, and opens its story; a click anywhere on a row too.
        await shown.show(page, "#r5")
        assert await shown.see("document.querySelector('#r5').hidden") is False
        await shown.see("location.hash = '#r44'")
        assert await shown.see(
            "new Promise(done => setTimeout(() => done(document.querySelector('#r44 details').open)))"
        )
        await shown.see("document.querySelector('#r42').cells[1].click()")
        assert await shown.see("document.querySelector('#r42 details').open")
        assert shown.complained == []

        # In both themes all words can be read, and neither a phone nor half a screen need be moved sideways.
        for dark, width in ((False, 400), (True, 800), (False, 920), (True, 400)):
            await shown.show(page, width=width, dark=dark)
            contrast, words = await shown.see(CONTRASTS)
            assert contrast >= 4.5, words
            assert await shown.see("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert await shown.see("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 26)"
