"""Chat templates: which words come from the template, and which from a message.

A template is text in which control tokens are spelled out. Were its output read as one text, a
message that spells one out, too, could end its own turn and open another one. So every message
goes through the template as a placeholder, and its text is put in afterwards, marked as text.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.ports import Message, Role

Template = Callable[[Sequence[Mapping[str, str]]], str]
"""Renders messages with "role" and "content"; raises ValueError for roles that it refuses."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a rendered conversation. Only what a template itself says holds control tokens."""

    text: str
    from_template: bool


def render(template: Template, messages: Sequence[Message]) -> list[Segment]:
    """Return the conversation as the template words it, ready for the next reply.

    A template that knows no system role gets the system's text at the head of the first question.

    Raises:
        ValueError: the template refuses the conversation or leaves a message out.
    """
    try:
        return _render(template, messages)
    except ValueError:
        if len(messages) > 1 and messages[0].role is Role.SYSTEM:
            return _render(template, _without_system(messages))
        raise


def _render(template: Template, messages: Sequence[Message]) -> list[Segment]:
    secret = secrets.token_hex(16)  # Unguessable: a message could name a known placeholder.
    # Stripped, as most templates would do if the placeholder did not hide the text from them.
    placeholders = {f"{secret}{n:04}": m.text.strip() for n, m in enumerate(messages)}
    rendered = template(
        [
            {"role": message.role.value, "content": placeholder}
            for message, placeholder in zip(messages, placeholders, strict=True)
        ]
    )
    missing = [text for placeholder, text in placeholders.items() if placeholder not in rendered]
    if missing:
        raise ValueError(f"the template leaves a message out: {missing[0][:80]!r}")
    head, *parts = rendered.split(secret)
    segments = [Segment(head, from_template=True)]
    for part in parts:
        segments.append(Segment(placeholders[secret + part[:4]], from_template=False))
        segments.append(Segment(part[4:], from_template=True))
    return segments


def _without_system(messages: Sequence[Message]) -> list[Message]:
    system, first, *others = messages
    return [Message(first.role, f"{system.text}\n\n{first.text}"), *others]
