"""Values -> plain records for ``--json``. The keys are a promise to other people's programs."""

from typing import Any, TypeAlias, assert_never

from rag.answering import Trace
from rag.collecting import Collected, Failed, Outcome
from rag.ports import ChatPrompt, Prompt, TextPrompt
from rag.values import Answer, Article, Card, Citation, Hit, NotFound, Reply, Source

Record: TypeAlias = dict[str, Any]


def card_record(card: Card) -> Record:
    return {
        "id": card.id,
        "title": card.title,
        "site": card.site,
        "byline": card.byline,
        "published": card.published.isoformat() if card.published else None,
        "language": card.language.value,
        "origin": card.origin,
        "address": card.address,
        "added": card.added.isoformat(),
        "characters": card.characters,
    }


def article_record(article: Article) -> Record:
    return {**card_record(article.card), "text": article.text}


def hit_record(hit: Hit) -> Record:
    passage = hit.passage
    return {
        "score": hit.score,
        "article": card_record(hit.card),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }


def source_record(source: Source) -> Record:
    return {
        "number": source.number,
        "article": card_record(source.card),
        "start": source.passage.start,
        "end": source.passage.end,
        "text": source.passage.text,
    }


def outcome_record(outcome: Outcome) -> Record:
    match outcome:
        case Collected(card=card, standing=standing):
            return {"outcome": standing.name.lower(), "article": card_record(card)}
        case Failed(error=error):
            return {
                "outcome": "failed",
                "origin": error.origin,
                "what": error.what,
                "remedy": error.remedy,
            }
        case _ as unreachable:
            assert_never(unreachable)


def reply_record(reply: Reply) -> Record:
    match reply:
        case Answer():
            return {
                "found": True,
                "text": reply.text,
                "language": reply.language.value,
                "statements": [
                    {
                        "text": statement.text,
                        "citations": [_citation_record(c) for c in statement.citations],
                    }
                    for statement in reply.statements
                ],
            }
        case NotFound():
            return {
                "found": False,
                "reason": reply.reason.value,
                "language": reply.language.value,
                "closest": [source_record(source) for source in reply.closest],
            }
        case _ as unreachable:
            assert_never(unreachable)


def trace_record(trace: Trace) -> Record:
    return {
        "question": trace.question,
        "searched": trace.found.searched,
        "dense": [hit_record(hit) for hit in trace.found.dense],
        "lexical": [hit_record(hit) for hit in trace.found.lexical],
        "fused": [hit_record(hit) for hit in trace.found.fused],
        "sources": [source_record(source) for source in trace.sources],
        "left_out": [source_record(source) for source in trace.left_out],
        "turns_left_out": trace.turns_left_out,
        "prompt": _prompt_record(trace.prompt) if trace.prompt else None,
        "draft": trace.draft,
    }


def _citation_record(citation: Citation) -> Record:
    return {
        **source_record(citation.source),
        "sentence": {
            "start": citation.start,
            "end": citation.end,
            "text": citation.sentence,
        },
    }


def _prompt_record(prompt: Prompt) -> Record:
    match prompt:
        case TextPrompt(text=text, stop=stop):
            return {"text": text, "stop": list(stop)}
        case ChatPrompt(messages=messages):
            return {"messages": [{"role": m.role.value, "text": m.text} for m in messages]}
        case _ as unreachable:
            assert_never(unreachable)
