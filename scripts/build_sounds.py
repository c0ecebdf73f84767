"""Build fixtures/sounds.txt: which characters are spoken alike.

    python scripts/build_sounds.py

A line for each syllable without its tone, from pypinyin's usual reading of the 6,763 characters of
GB 2312. The screening finds words by their sound with it: 阿莫西林 written 阿膜西淋.
"""

import unicodedata
from collections import defaultdict
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

FILE = Path(__file__).resolve().parent.parent / "fixtures/sounds.txt"


def characters() -> list[str]:
    codes = [bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    return [char for code in codes if (char := code.decode("gb2312", "ignore"))]


def syllable(character: str) -> str:
    """The usual reading in plain letters: ü as v."""
    usual = pinyin_dict[ord(character)].split(",")[0].replace("ü", "v")
    letters = unicodedata.normalize("NFD", usual)
    letters = letters.replace("u\u0308", "v")
    return "".join(each for each in letters if each.isascii())


def main() -> None:
    alike = defaultdict(list)
    for each in characters():
        alike[syllable(each)].append(each)
    lines = [f"{sound} {''.join(spoken)}" for sound, spoken in sorted(alike.items())]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
