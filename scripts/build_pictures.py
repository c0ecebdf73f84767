"""Draws the pictures that a link to us shows in a chat, and the icons of the installed page.

    .venv/bin/python scripts/build_pictures.py

Needs Debian's Chromium and its Chinese fonts, as `make test` installs them. The results are kept in
the repository: static/share/*.png (600 x 600) and static/icons/*.png.
"""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "static"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
GREEN, ORANGE = "#05703a", "#b3400a"
WORDS = {
    "square": (
        GREEN,
        ("余药互助", "免费送，不买卖"),
        ("Spare medicine", "freely given, never sold"),
    ),
    "need": (ORANGE, ("求药", "您家有多的吗？"), ("Medicine needed", "do you have some to spare?")),
    "offer": (GREEN, ("有多的药", "免费送给需要的人"), ("Spare medicine", "free for who needs it")),
}
CARD = """<body style="margin:0;width:600px;height:600px;background:{colour};color:#fff;
display:flex;flex-direction:column;align-items:center;justify-content:center;gap:24px;
font-family:'Noto Sans CJK SC',sans-serif;text-align:center">
<div style="width:200px;height:200px">{icon}</div>
<div style="font-size:{size}px;font-weight:700;line-height:1.15">{title}</div>
<div style="font-size:36px;padding:0 32px">{line}</div></body>"""
ICON = """<body style="margin:0;background:transparent">
<div style="width:{0}px;height:{0}px">{1}</div></body>"""


def take(page: Page, html: str, size: int, file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(html)
    page.screenshot(path=file, omit_background=True)
    print(file.relative_to(STATIC.parent), file.stat().st_size)


def main() -> None:
    icon = (STATIC / "icon.svg").read_text()
    mark = icon[icon.index("<g") : icon.index("</g>") + 4]
    bare = f'<svg viewBox="4 4 24 24" xmlns="http://www.w3.org/2000/svg">{mark}</svg>'
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        page = browser.new_page()
        for name, (colour, *both) in WORDS.items():
            for language, size, (title, line) in zip(("zh", "en"), (110, 64), both, strict=True):
                card = CARD.format(colour=colour, icon=bare, size=size, title=title, line=line)
                take(page, card, 600, STATIC / f"share/{name}.{language}.png")
        for size in (192, 512):
            take(page, ICON.format(size, icon), size, STATIC / f"icons/icon-{size}.png")
        full = icon.replace('rx="8" ', "")  # cut to a circle by the phone: no corners of its own
        take(page, ICON.format(512, full), 512, STATIC / "icons/maskable-512.png")
        browser.close()


if __name__ == "__main__":
    main()
