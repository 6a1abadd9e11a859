"""A formula of a case, computed over its facts in exact decimals: arithmetic and named functions.

The form is a small part of Python's: numbers, texts, lists, objects, names, + - * / **,
comparisons, `and`, `or`, `not`, `a if b else c`, `x[0]`, `x.name` of an object, and calls of the
functions given. Nothing else runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from orebook.model.problem import OrebookError

LONGEST = 1000
_POWER = 400


class BadFormula(ValueError):
    """The formula is not of the form, names what is not there, or cannot be computed."""


def compute(
    text: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]
) -> Any:
    """The value of a formula. Refuses: BadFormula, with the part that is at fault."""
    if len(text) > LONGEST:
        raise BadFormula(f"a formula has at most {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadFormula(f"not a formula: {text[:80]}") from error
    reader = _Reader(text.strip(), names, functions)
    try:
        return reader.value(tree.body)
    except OrebookError as error:
        raise BadFormula(str(error)) from error
    except (DecimalException, ZeroDivisionError, TypeError, ValueError, LookupError) as error:
        if isinstance(error, BadFormula):
            raise
        raise BadFormula(
            f"{text[:120]}: cannot be computed ({type(error).__name__}: {error})"
        ) from error


_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: bool(a == b),
    ast.NotEq: lambda a, b: bool(a != b),
    ast.Lt: lambda a, b: bool(a < b),
    ast.LtE: lambda a, b: bool(a <= b),
    ast.Gt: lambda a, b: bool(a > b),
    ast.GtE: lambda a, b: bool(a >= b),
}


class _Reader:
    """Walks one formula."""

    def __init__(
        self, text: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._text = text
        self._names = names
        self._functions = functions

    def value(self, node: ast.expr) -> Any:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise BadFormula(f"{ast.unparse(node)[:60]}: not part of a formula")
        return method(node)

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool) or node.value is None or isinstance(node.value, str):
            return node.value
        if isinstance(node.value, int | float):
            written = ast.get_source_segment(self._text, node) or repr(node.value)
            return Decimal(written.replace("_", ""))
        raise BadFormula(f"{node.value!r}: not part of a formula")

    def _name(self, node: ast.Name) -> Any:
        if node.id not in self._names:
            known = ", ".join(sorted(self._names)[:30])
            raise BadFormula(f"{node.id} is not among the facts and inputs of the case ({known})")
        return self._names[node.id]

    def _list(self, node: ast.List) -> list[Any]:
        return [self.value(item) for item in node.elts]

    def _dict(self, node: ast.Dict) -> dict[str, Any]:
        return {
            str(self.value(k)): self.value(v)
            for k, v in zip(node.keys, node.values, strict=True)
            if k is not None
        }

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        one = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not one
        return -one if isinstance(node.op, ast.USub) else +one

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult() if isinstance(left, Decimal) and isinstance(right, Decimal):
                return left * right
            case ast.Div():
                return left / right
            case ast.Pow() if isinstance(right, Decimal) and abs(right) <= _POWER:
                return left**right
        raise BadFormula(f"{ast.unparse(node)[:60]}: not part of a formula")

    def _compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            compare = _COMPARE.get(type(operator))
            if compare is None:
                raise BadFormula(f"{ast.unparse(node)[:60]}: not part of a formula")
            right = self.value(right_node)
            if not compare(left, right):
                return False
            left = right
        return True

    def _boolop(self, node: ast.BoolOp) -> Any:
        values = (self.value(v) for v in node.values)
        return all(values) if isinstance(node.op, ast.And) else any(values)

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        whole, key = self.value(node.value), self.value(node.slice)
        return whole[int(key)] if isinstance(whole, list | tuple) else whole[str(key)]

    def _attribute(self, node: ast.Attribute) -> Any:
        whole = self.value(node.value)
        if isinstance(whole, Mapping) and node.attr in whole:
            return whole[node.attr]
        raise BadFormula(f"{ast.unparse(node)[:60]}: there is no {node.attr}")

    def _call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name):
            raise BadFormula(f"{ast.unparse(node)[:60]}: not part of a formula")
        if node.func.id == "refuses" and len(node.args) == 1:
            return self._refuses(node.args[0])
        function = self._functions.get(node.func.id)
        if function is None:
            known = ", ".join(sorted(self._functions))
            raise BadFormula(f"{node.func.id} is not one of the functions: {known}, refuses")
        named = {k.arg: self.value(k.value) for k in node.keywords if k.arg is not None}
        return function(*[self.value(a) for a in node.args], **named)

    def _refuses(self, node: ast.expr) -> str:
        """What an engine says when it refuses; a value is told where it does not."""
        try:
            found = self.value(node)
        except OrebookError as error:
            return f"refuse: {error}"
        return f"not refused: {found}"
