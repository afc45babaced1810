"""The pictures of `.github/docs/limit.md`: how the limit goes on some servers, in virtual time, as SVG.

Run it as `python -m tests.bench.limit_pictures`; it writes the files beside the page.
"""

from pathlib import Path
from typing import Final

from bulkprov.engine.throttle.adaptive_limit import AdaptiveLimit
from tests.bench.limit import SERVERS
from tests.bench.virtual import Wave

__all__ = ["main", "picture"]

_FOLDER: Final = Path(__file__).parents[2] / ".github" / "docs"
_PICTURES: Final = {
    "limit-even.svg": "(d) 48 places, half of them for 2 s",
    "limit-uneven.svg": "48 places, sigma 1",
    "limit-free.svg": "no limit, sigma 0.5",
}
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 200, 40, 24


def picture(title: str, levels: list[tuple[float, int]]) -> str:
    """The limit over time, as a small SVG; of levels in a row that are equal only the first is drawn."""
    end, top = levels[-1][0], max(level for _, level in levels)
    right, low = _WIDTH - 8, _HEIGHT - _BOTTOM
    path: list[str] = []
    last = 0
    for now, level in levels:
        if level != last:
            x, y = _LEFT + (right - _LEFT) * now / end, low - (low - 28) * level / top
            path.append(f"{'H' if path else 'M'}{x:.0f}{f'V{y:.0f}' if path else f' {y:.0f}'}")
            last = level
    texts = (
        (_LEFT, 16, title),
        (_LEFT, _HEIGHT - 6, "0 s"),
        (right - 40, _HEIGHT - 6, f"{end:.1f} s"),
        (4, 32, str(top)),
    )
    words = "".join(f'<text x="{x}" y="{y}">{text}</text>' for x, y, text in texts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/><path d="M{_LEFT} 28V{low}H{right}" '
        f'fill="none" stroke="#999"/><path d="{"".join(path)}H{right}" fill="none" stroke="#06c" stroke-width="1.5"/>'
        f"{words}</svg>\n"
    )


def main() -> None:
    """Draw all."""
    for name, server in _PICTURES.items():
        (case,) = (each for each in SERVERS if each.name == server)
        wave = Wave(case.make(), AdaptiveLimit(), rows=case.rows)
        wave.run()
        (_FOLDER / name).write_text(picture(f"limit: {server}", wave.levels), "utf-8")


if __name__ == "__main__":
    main()
