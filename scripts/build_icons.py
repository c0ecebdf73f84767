"""The PNGs of a home screen, made from static/icon.svg by Debian's Chromium.

Run it after the drawing has changed: .venv/bin/python scripts/build_icons.py
"""

import re
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "static"
DRAWING = (STATIC / "icon.svg").read_text()
ROUND = re.search(r"<rect[^>]*>", DRAWING)[0]
# A phone cuts a maskable icon to a circle or a square of its own: ground to the edge, and what is
# drawn within the middle 80 %.
MASKABLE = DRAWING.replace(ROUND, re.sub(r' rx="\d+"', "", ROUND))
PICTURES = {"192.png": (192, DRAWING), "512.png": (512, DRAWING), "maskable.png": (512, MASKABLE)}


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (size, drawing) in PICTURES.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}"
            )
            page.screenshot(path=STATIC / "icons" / name, omit_background=True)
            print(f"static/icons/{name}")
        browser.close()


if __name__ == "__main__":
    main()
