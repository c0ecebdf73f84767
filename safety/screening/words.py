"""The word lists: read from the database, kept in the process, read again when they change."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID, uuid4

from ahocorasick_rs import AhoCorasick
from django.db import connection

from safety.models import ScreeningVersion, ScreeningWord
from safety.screening.reading import CLAUSE, Reading, is_chinese, read, sound_of

Category, Outcome = ScreeningWord.Category, ScreeningWord.Outcome


@dataclass(frozen=True)
class Word:
    """One word as the matcher knows it: normalised letters, and the longer words it is not in."""

    letters: str
    category: str
    outcome: str = Outcome.NOTHING
    exceptions: tuple[str, ...] = ()
    by_sound: bool = False

    @property
    def sound(self) -> str:
        """How it is spoken; empty where that does not matter, or for a single character."""
        spoken = sound_of(self.letters) if self.by_sound else ""
        return spoken if sum(map(is_chinese, self.letters)) > 1 else ""

    @cached_property
    def inside(self) -> list[tuple[str, int]]:
        """The longer words, each with every place that this word has in it."""
        return [
            (longer, place)
            for longer in self.exceptions
            for place in range(len(longer))
            if longer.startswith(self.letters, place)
        ]


@dataclass(frozen=True)
class Hit:
    """A word of a list, found in the letters of a reading."""

    word: Word
    start: int
    end: int


Source = Callable[[], Iterable[Word]]
sources: list[Source] = []


def register(source: Source) -> Source:
    """Let another app add words: the names of its goods, of its blocked medicines.

    It must call `changed` whenever its words change.
    """
    sources.append(source)
    return source


def word(
    text: str,
    category: str,
    outcome: str = Outcome.NOTHING,
    exceptions: Iterable[str] = (),
    by_sound: bool = False,
) -> Word:
    """A word as somebody wrote it into a list."""
    longer = tuple(letters_of(each) for each in exceptions)
    return Word(letters_of(text), category, outcome, longer, by_sound)


def letters_of(text: str) -> str:
    return read(text).letters


def changed() -> None:
    """Tell all processes that a list has changed. It takes effect when the transaction ends."""
    ScreeningVersion.objects.update_or_create(pk=1, defaults={"mark": uuid4()})


class WordList:
    """All words, found in one pass by their letters and in one by their sounds."""

    def __init__(self, known: Iterable[Word] = ()) -> None:
        self.known = list(known)
        self.by_letters = Automaton((each.letters, each) for each in self.known)
        self.by_sounds = Automaton((each.sound, each) for each in self.known)

    def hits(self, reading: Reading) -> list[Hit]:
        """Every listed word in a text, overlapping ones too, in the order of their places."""
        found = {*self.by_letters.find(reading.letters), *self.by_sounds.find(reading.sounds)}
        return sorted(
            (
                hit
                for hit in found
                if is_one_word(reading, hit.start, hit.end)
                and not is_inside_exception(reading, hit.word, hit.start)
            ),
            key=lambda hit: (hit.start, -hit.end),
        )


class Automaton:
    """Words by one of their spellings (letters, or sounds)."""

    def __init__(self, spelled: Iterable[tuple[str, Word]]) -> None:
        self.words: dict[str, list[Word]] = defaultdict(list)
        for spelling, each in spelled:
            if spelling:
                self.words[spelling].append(each)
        self.spellings = list(self.words)
        self.matcher = AhoCorasick(self.spellings) if self.spellings else None

    def find(self, text: str) -> Iterator[Hit]:
        if self.matcher is None:
            return
        for index, start, end in self.matcher.find_matches_as_indexes(text, overlapping=True):
            for each in self.words[self.spellings[index]]:
                yield Hit(each, start, end)


def is_one_word(reading: Reading, start: int, end: int) -> bool:
    """Whether the letters from start to end are read as one word.

    A Latin word ends where its letters end. Letters on both sides of a comma are one word only if
    commas stand around each of them: somebody split it on purpose.
    """
    letters, before = reading.letters, reading.before
    if letters[start].isascii() and letters[start].isalnum():
        glued = start > 0 and before[start] == 0 and is_same_script(letters, start - 1, start)
        if glued:
            return False
    if letters[end - 1].isascii() and letters[end - 1].isalnum():
        glued = end < len(letters) and before[end] == 0 and is_same_script(letters, end - 1, end)
        if glued:
            return False
    if all(before[place] < CLAUSE for place in range(start + 1, end)):
        return True
    return all(before[place] for place in range(start, end + 1) if 0 < place < len(letters))


def is_same_script(letters: str, left: int, right: int) -> bool:
    """Both Latin letters or both digits, so that the word goes on."""
    pair = letters[left], letters[right]
    if not all(each.isascii() for each in pair):
        return False
    return all(each.isalpha() for each in pair) or all(each.isdigit() for each in pair)


def is_inside_exception(reading: Reading, found: Word, start: int) -> bool:
    """Whether the word stands inside one of its harmless longer words, written in one piece."""
    for longer, shift in found.inside:
        first = start - shift
        is_there = first >= 0 and reading.letters.startswith(longer, first)
        if is_there and not any(reading.before[first + 1 : first + len(longer)]):
            return True
    return False


class Kept:
    """The list of this process, and the mark it was read at."""

    mark: UUID | None = None
    words: WordList | None = None


def current() -> WordList:
    """The lists as they are now. One query; more only after a change."""
    mark = mark_now()
    if Kept.words is None or Kept.mark != mark:
        # The mark was read first: words that change in between are read again next time.
        Kept.words, Kept.mark = WordList([*own_words(), *registered()]), mark
    return Kept.words


def mark_now() -> UUID | None:
    """In SQL, because every text that people send asks: the ORM takes longer than the answer."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT mark FROM {ScreeningVersion._meta.db_table}")  # noqa: S608
        row = cursor.fetchone()
    return row and row[0]


def own_words() -> Iterable[Word]:
    for row in ScreeningWord.objects.filter(is_active=True):
        yield word(row.word, row.category, row.outcome, row.exceptions, row.by_sound)


def registered() -> Iterable[Word]:
    for source in sources:
        yield from source()
