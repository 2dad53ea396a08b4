""".env.example lists every variable Nethra reads, and none that nobody reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.setup.commands import ROOT

READERS = ("settings.py", "serve.py", "bootstrap.py")
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
# These also take the path of a mounted secret from NAME_FILE.
SECRET_READERS = {"required_text", "paseto_keys", "database", "mail", "bucket"}
OTHER_READERS = {
    "choice",
    "flag",
    "number",
    "words",
    "origins",
    "str",
    "path",
    "get",
    "read_login",
    "socket_address",
}


def calls(file_name: str) -> Iterator[tuple[str, str]]:
    """Give (function, first argument) of every call whose first argument is spelt like a variable."""
    for node in ast.walk(ast.parse((ROOT / "nethra" / file_name).read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and NAME.fullmatch(first.value):
            function = node.func
            yield function.attr if isinstance(function, ast.Attribute) else ast.unparse(function), first.value


def variables_read() -> set[str]:
    names = set()
    for file_name in READERS:
        for function, name in calls(file_name):
            if function in SECRET_READERS:
                names |= {name, f"{name}_FILE"}
            elif function in OTHER_READERS:
                names.add(name)
    return names


def lines() -> list[str]:
    return (ROOT / ".env.example").read_text().splitlines()


def variables_listed() -> list[str]:
    return [line.split("=")[0] for line in lines() if "=" in line and not line.startswith("#")]


def variables_of_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "compose.yaml").read_text()))


def test_every_variable_is_listed_once_and_none_extra() -> None:
    listed = variables_listed()

    assert len(listed) == len(set(listed))
    assert set(listed) == variables_read() | variables_of_compose()


def test_every_variable_has_one_comment_line() -> None:
    text = lines()

    for number, line in enumerate(text):
        if "=" in line and not line.startswith("#"):
            assert text[number - 1].startswith("# "), line
