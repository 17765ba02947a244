"""Minifies scripts and styles.

Comments and most white space are removed, and variables get short names: ``$a`` at the top level, ``a`` in functions
and classes. Of the properties only those with an underscore, which are private, get short names. The sources follow
these rules: statements end in semicolons, none is empty at the end of a block, and no label, ``with``, ``eval`` or
``var`` occurs.
"""

import itertools
import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+) | (?P<comment>/\*.*?\*/|//[^\n]*) | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<number>(?:0[xX][\da-fA-F]+|\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?)n?) | (?P<word>\#?[A-Za-z_$][\w$]*)
    | (?P<sign>\.\.\.|=>|\?\.(?!\d)|\?\?=?|&&=?|\|\|=?|\*\*=?|===?|!==?|>>>=?|<<=?|>>=?|<=|>=|\+\+|--|[-+*/%&|^]=
    |[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")

#: Words that are not names of variables.
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """as async await break case catch class const continue default delete do else export extends false finally for
        from function get if import in instanceof let new null of return set static super switch this throw true try
        typeof undefined void while yield constructor arguments""",
    )
)
#: Names of the browser, even where a default value mentions them.
_GLOBAL = {"document", "window", "globalThis", "Math", "Number", "String", "Object", "Array", "Infinity", "NaN"}


@dataclass
class _Token:
    """A token of a script.

    Attributes:
        kind: ``"word"``, ``"sign"``, ``"string"``, ``"number"``, ``"regex"`` or ``"template"``, a part of one.
        text: of the token.
        role: of a word: ``"variable"``, ``"shorthand"`` (a property that has the name of its variable), or ``""``.
        unit: the number of the declaration at the top level that it is in.
        outer: whether it is at the top level.
    """

    kind: str
    text: str
    role: str = ""
    unit: int = 0
    outer: bool = False


def minify_css(text: str) -> str:
    """A style sheet without comments and needless spaces.

    >>> minify_css("a > b { color: red; } /* c */")
    'a>b{color:red}'
    """
    text = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    text = re.sub(r"(?<![\w.#])0\.(?=\d)", ".", text)
    return re.sub(r"\s*([{};,>])\s*", r"\1", text).replace(";}", "}").replace(": ", ":").strip()


def outer_names() -> Iterator[str]:
    """The short names of the top level, one after another: ``$a``, ``$b`` ..."""
    return (f"${name}" for name in _names())


def minify_script(text: str, names: dict[str, str] | None = None, free: Iterator[str] | None = None) -> str:
    """A script without comments, needless spaces and long names of variables.

    Args:
        text: of the script.
        names: the short names of variables of other scripts; those of this script's top level are added.
        free: names for them, by default `outer_names`.

    >>> minify_script("const width = 3; // of it\\nshow({ width, height: width + area.width });")
    'let $a=3;show({width:$a,height:$a+area.width});'
    """
    tokens = list(_tokens(text))
    _find_roles(tokens)
    outer = {} if names is None else names
    inner = _short_names(tokens, outer, free or outer_names())
    result, before = [], _Token("sign", ";")
    for token, after in itertools.pairwise([*_join_declarations(tokens), _Token("sign", "")]):
        text = token.text
        if (text == ";" and after.text == "}") or (
            text == "," and after.text in (")", "]", "}") and before.text != ","
        ):
            continue
        short = outer.get(text) or inner.get((token.unit, text))
        if short and (token.role or text.startswith("_")):
            text = f"{text}:{short}" if token.role == "shorthand" else short
        result += [_gap(before, token), text]
        before = token
    return "".join(result).strip()


def _join_declarations(tokens: list[_Token]) -> Iterator[_Token]:
    """The tokens with ``let`` for ``const``, and successive declarations as one, which compresses better."""
    declares = [False]  # for each open bracket, whether the present statement is a declaration
    before = _Token("sign", ";")
    for token, after in itertools.pairwise([*tokens, before]):
        is_declaration, continues = token.text in ("const", "let"), before.text == ";" and declares[-1]
        if token.text in (")", "]", "}") or (token.kind == "template" and token.text[0] == "}"):
            declares.pop()
        elif before.text in (";", "{") or is_declaration:
            declares[-1] = is_declaration and before.text in (";", "{", "}")
        if token.text == ";" and declares[-1] and after.text in ("const", "let"):
            yield _Token("sign", ",")
        elif not is_declaration:
            yield token
        elif not continues:
            yield _Token("word", "let")
        if token.text in ("(", "[", "{") or (token.kind == "template" and token.text.endswith("${")):
            declares.append(False)
        before = token


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens of a script without comments and white space."""
    at, before = 0, _Token("sign", ";")
    depths: list[int] = []  # of braces, within each template that is open
    while at < len(text):
        if text[at] == "`" or (text[at] == "}" and depths and depths[-1] == 0):
            end = _template_end(text, at + 1)
            if text[at] == "}":
                depths.pop()
            if text[end - 1] == "{":
                depths.append(0)
            before = _Token("template", text[at:end])
            yield before
            at = end
            continue
        match = _TOKEN.match(text, at)
        assert match is not None, text[at : at + 40]
        assert match.lastgroup is not None
        kind, found = match.lastgroup, match[0]
        if kind == "sign" and found in ("/", "/=") and _begins_value(before):
            regex = _REGEX.match(text, at)
            assert regex is not None, text[at : at + 40]
            kind, found = "regex", regex[0]
        at += len(found)
        if kind in ("space", "comment"):
            continue
        if depths and found in ("{", "}"):
            depths[-1] += 1 if found == "{" else -1
        before = _Token(kind, found)
        yield before


def _template_end(text: str, at: int) -> int:
    """The end of a part of a template: after its last backtick, or after ``${``."""
    while text[at] != "`" and text[at : at + 2] != "${":
        at += 2 if text[at] == "\\" else 1
    return at + (1 if text[at] == "`" else 2)


def _begins_value(before: _Token) -> bool:
    """Whether a value, not an operator, follows."""
    if before.kind == "sign":
        return before.text not in (")", "]", "}")
    return before.text in ("return", "typeof", "case", "in", "of", "void", "yield") or before.text.endswith("${")


def _find_roles(tokens: list[_Token]) -> None:
    """Set the role of each word, from the brackets around it and its neighbours."""
    end = _Token("sign", ";")
    brackets = ["block"]
    unit = 1
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else end
        token.outer = len(brackets) == 1
        unit += token.outer and before.text in (";", "}")
        token.unit = unit
        after = tokens[index + 1] if index + 1 < len(tokens) else end
        if token.kind == "sign" and token.text in ("(", "["):
            brackets.append(token.text)
        elif token.kind == "sign" and token.text == "{":
            brackets.append(_kind_of_brace(tokens, index))
        elif token.kind == "sign" and token.text in (")", "]", "}"):
            brackets.pop()
        elif token.kind == "word" and token.text not in _RESERVED and token.text[0] != "#":
            inside = brackets[-1]
            if before.text in (".", "?."):
                continue
            if inside == "class" and before.text in ("{", "}", ";", "get", "set", "static", "async", "*"):
                continue
            if before.text in ("get", "async", "*") and index > 1 and tokens[index - 2].text in ("{", ","):
                before = tokens[index - 2]  # of a method
            if inside == "object" and before.text in ("{", ","):
                if after.text in (",", "}", "="):
                    token.role = "shorthand"
                    continue
                if after.text in (":", "("):
                    continue
            token.role = "variable"


def _kind_of_brace(tokens: list[_Token], index: int) -> str:
    """What a brace opens: the body of a class, an object (or a pattern for one), or a block."""
    before = tokens[index - 1].text if index else ";"
    for token in reversed(tokens[max(0, index - 4) : index]):
        if token.text == "class":
            return "class"
        if token.kind == "sign" and token.text != ".":
            break
    opens = ("(", ",", "=", ":", "[", "?", "??", "||", "&&", "return", "const", "let", "...", "??=")
    return "object" if before in opens or before.endswith("${") else "block"


def _short_names(tokens: list[_Token], outer: dict[str, str], free: Iterator[str]) -> dict[tuple[int, str], str]:
    """Add short names of the top level to `outer`; return those within each unit, by unit and name."""
    declared = _declared(tokens)
    private = {token.text for token in tokens if token.kind == "word" and re.match("_[a-z]", token.text)}
    outer |= {text: next(free) for text in sorted({text for unit, text in declared if not unit} | private)}
    inner = {each for each in declared if each[1] not in outer}
    words = [(token.unit, token.text) for token in tokens if token.role]
    external = _RESERVED | {text for unit, text in words if text not in outer and (unit, text) not in inner}
    count = Counter(each for each in words if each in inner)
    result: dict[tuple[int, str], str] = {}
    names: dict[int, Iterator[str]] = {}
    for unit, text in sorted(count, key=lambda key: (key[0], -count[key], key[1])):
        result[unit, text] = next(names.setdefault(unit, filter(lambda name: name not in external, _names())))
    return result


def _names() -> Iterator[str]:
    """a, b ... z, A ... Z, aa, ab ..."""
    for length in itertools.count(1):
        yield from map("".join, itertools.product(string.ascii_letters, repeat=length))


def _declared(tokens: list[_Token]) -> set[tuple[int, str]]:
    """The variables that declarations and lists of parameters introduce, each with its unit, 0 for the top level."""
    found: set[tuple[int, str]] = set()
    opened: list[int] = []
    for index, token in enumerate(tokens):
        after = tokens[index + 1].text if index + 1 < len(tokens) else ";"
        if token.kind == "word" and token.role and index:
            before = [each.text for each in tokens[max(0, index - 2) : index]]
            declares = before[-1] in ("const", "let", "class", "function") or before == ["function", "*"]
            if declares or after == "=>":
                found.add((0 if declares and token.outer else token.unit, token.text))
        elif token.kind == "sign" and token.text in ("(", "[", "{"):
            opened.append(index)
        elif token.kind == "sign" and token.text in (")", "]", "}"):
            start = opened.pop()
            before = [tokens[start - 1].text if start else ";"]
            parameters = token.text == ")" and (
                after == "=>" or (after == "{" and before[0] not in ("if", "for", "while", "switch"))
            )
            if parameters or before[0] in ("const", "let"):
                unit = 0 if tokens[start].outer and not parameters else token.unit
                found |= {(unit, each.text) for each in _introduced(tokens[start : index + 1])}
    return {(unit, text) for unit, text in found if text not in _GLOBAL}


def _introduced(pattern: list[_Token]) -> Iterator[_Token]:
    """The variables that a pattern or a list of parameters declares, without those of default values."""
    for before, token in itertools.pairwise(pattern):
        if token.role == "shorthand" or (token.role and before.text in ("(", "[", "{", ",", ":", "...")):
            yield token


def _gap(before: _Token, token: _Token) -> str:
    """The white space that is necessary between two tokens."""
    words = before.kind in ("word", "number", "regex") and token.kind in ("word", "number")
    signs = before.text[-1] in "+-" and before.text[-1] == token.text[0]
    return " " if words or signs or (before.kind == "number" and token.text == ".") else ""
