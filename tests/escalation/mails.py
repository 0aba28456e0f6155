"""Answered mails as they become comments: five languages, the usual programs, our texts quoted with and without marks.

Each mail says what its author wrote, so that a test can tell whether anything else was taken for it. The heads are
those that the programs put there (known from public parsers' test mails), the texts are made up.
"""

import random
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from config import protocol_file
from config.protocol import Protocol
from worker.escalation.texts.document import Document
from worker.escalation.views import preview

LANGUAGES = ("en", "de", "fr", "es", "ja")
PROGRAMS = (
    "gmail",
    "apple",
    "thunderbird",
    "outlook-classic",
    "outlook",
    "outlook-mobile",
    "yahoo",
    "proton",
    "gateway",
)
COLLEAGUE = (
    "SEV-1: all clinics are down since the night, and nobody in the hospital group can log in",
    "Client: We are sorry, it was our deployment that took your whole hospital group offline.",
)
VOTES = {
    "en": (
        "SEV-2 – exports are broken",
        "The new index is to blame.",
        "Exports fail for two clinics since this morning.",
    ),
    "de": (
        "SEV-2: der Export geht nicht",
        "Schuld ist der neue Index.",
        "Der Export geht seit heute früh in zwei Praxen nicht.",
    ),
    "fr": ("SEV-2 : l'export ne marche plus", "C'est le nouvel index.", "L'export ne marche plus dans deux cliniques."),
    "es": ("SEV-2 - no se puede exportar", "La culpa es del nuevo índice.", "No se puede exportar en dos clínicas."),
    "ja": (
        "SEV-2：エクスポートできません",
        "新しいインデックスが原因です。",
        "二つの診療所で今朝からエクスポートできません。",
    ),
}
GREETINGS = {"en": "Hi all,", "de": "Hallo zusammen,", "fr": "Bonjour,", "es": "Hola:", "ja": "お疲れ様です。"}
SIGNATURES = {
    "en": (
        "Best regards,\nPetra Project\nphone +1 555 0100",
        "Sent from my iPhone",
        "-- \nPetra Project, Example Ltd, +1 555 0100",
    ),
    "de": (
        "Mit freundlichen Grüßen\nPetra Project\nTel. +49 555 0100",
        "Von meinem iPhone gesendet",
        "-- \nPetra, +49 555 0100",
    ),
    "fr": ("Cordialement,\nPetra Project\nTél. +33 555 0100", "Envoyé de mon iPhone", "--\nPetra, +33 555 0100"),
    "es": ("Saludos,\nPetra Project\nTel. +34 555 0100", "Enviado desde mi iPhone", "-- \nPetra, +34 555 0100"),
    "ja": ("よろしくお願いいたします。\nペトラ\n03-5555-0100", "iPhoneから送信", "--\nペトラ 03-5555-0100"),
}
_WHO = "Jira <jira@vendor.example>"
_ON = {
    "gmail": {
        "en": f"On Fri, Nov 27, 2026 at 10:15 AM {_WHO} wrote:",
        "de": f"Am Fr., 27. Nov. 2026 um 10:15 Uhr schrieb {_WHO}:",
        "fr": f"Le ven. 27 nov. 2026 à 10:15, {_WHO} a écrit :",
        "es": f"El vie, 27 nov 2026 a las 10:15, {_WHO} escribió:",
        "ja": f"2026年11月27日(金) 10:15 {_WHO}:",
    },
    "apple": {
        "en": f"On 27 Nov 2026, at 10:15, {_WHO} wrote:",
        "de": f"Am 27.11.2026 um 10:15 schrieb {_WHO}:",
        "fr": f"Le 27 nov. 2026 à 10:15, {_WHO} a écrit :",
        "es": f"El 27 nov 2026, a las 10:15, {_WHO} escribió:",
        "ja": f"2026/11/27 10:15、{_WHO}のメール:",
    },
    "thunderbird": {
        "en": "On 11/27/26 10:15, Jira wrote:",
        "de": "Am 27.11.26 um 10:15 schrieb Jira:",
        "fr": "Le 27/11/2026 à 10:15, Jira a écrit :",
        "es": "El 27/11/26 a las 10:15, Jira escribió:",
        "ja": "On 2026/11/27 10:15, Jira wrote:",
    },
    "yahoo": {
        "en": f"On Friday, November 27, 2026 at 10:15:00 AM EST, {_WHO} wrote:",
        "de": f"Am Freitag, 27. November 2026 um 10:15:00 MEZ hat {_WHO} Folgendes geschrieben:",
        "fr": f"Le vendredi 27 novembre 2026 à 10:15:00 UTC+1, {_WHO} a écrit :",
        "es": f"El viernes, 27 de noviembre de 2026, 10:15:00 CET, {_WHO} escribió:",
        "ja": f"2026年11月27日金曜日 10:15:00 JST、{_WHO}が作成:",
    },
    "proton": {
        "en": f"On Friday, November 27th, 2026 at 10:15 AM, {_WHO} wrote:",
        "de": f"Am Freitag, 27. November 2026 um 10:15, {_WHO} schrieb:",
        "fr": f"Le vendredi 27 novembre 2026 à 10:15, {_WHO} a écrit :",
        "es": f"El viernes, 27 de noviembre de 2026 a las 10:15, {_WHO} escribió:",
        "ja": f"2026年11月27日金曜日 10:15、{_WHO} さんは書きました:",
    },
}
_HEADERS = {
    "en": "From: {who}\nSent: Friday, November 27, 2026 10:15 AM\nTo: Petra <p@a.example>\nSubject: [JIRA] (SUP-2)",
    "de": "Von: {who}\nGesendet: Freitag, 27. November 2026 10:15\nAn: Petra <p@a.example>\nBetreff: [JIRA] (SUP-2)",
    "fr": "De : {who}\nEnvoyé : vendredi 27 novembre 2026 10:15\nÀ : Petra <p@a.example>\nObjet : [JIRA] (SUP-2)",
    "es": "De: {who}\nEnviado el: viernes, 27 de noviembre de 2026 10:15\nPara: Petra <p@a.example>\nAsunto: [JIRA]",
    "ja": "差出人: {who}\n送信日時: 2026年11月27日 10:15\n宛先: Petra <p@a.example>\n件名: [JIRA] (SUP-2)",
}
_ORIGINAL = {
    "en": "-----Original Message-----",
    "de": "-----Ursprüngliche Nachricht-----",
    "fr": "-----Message d'origine-----",
    "es": "-----Mensaje original-----",
    "ja": "-----元のメッセージ-----",
}
_ABOVE = {
    "en": "##- Please type your reply above this line -##",
    "de": "##- Bitte antworten Sie oberhalb dieser Zeile -##",
    "fr": "##- Veuillez répondre au-dessus de cette ligne -##",
    "es": "##- Escriba su respuesta por encima de esta línea -##",
    "ja": "##- この行より上に返信を入力してください -##",
}
MARKING = ("gmail", "apple", "thunderbird", "yahoo", "proton")
"""Programs that mark the lines which they quote, in their plain text."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An answer as a comment: its body as mail text, and what its author wrote in it."""

    body: str
    quoted: str
    vote: str
    client: str
    top: bool
    made: str


def rules(language: str) -> Protocol:
    """The default protocol in a language that there are texts for."""
    return replace(protocol_file.load(), language=language)


def ours(language: str) -> dict[str, str]:
    """Our texts in a language as a mail shows them."""
    return {name: _as_mail(document) for name, document in preview.every_text(rules(language)).items()}


def _as_mail(document: Document) -> str:
    return "\n\n".join(line for block in document.blocks for line in block.text.split("\n") if line.strip())


def head(program: str, language: str) -> str:
    """What a program puts above what it quotes; "" where it puts nothing."""
    if program in _ON:
        return _ON[program][language]
    headers = _HEADERS[language].format(who=_WHO)
    return {
        "outlook-classic": f"{_ORIGINAL[language]}\n{headers}",
        "outlook": f"{'_' * 32}\n{headers}",
        "outlook-mobile": "",
        "gateway": _ABOVE[language],
    }[program]


def mails(seed: int, count: int, texts: dict[str, dict[str, str]]) -> list[Mail]:
    """So many different mails; the same for the same seed."""
    chance = random.Random(seed)
    return [_mail(chance, texts) for _ in range(count)]


def _mail(chance: random.Random, texts: dict[str, dict[str, str]]) -> Mail:
    language, program = chance.choice(LANGUAGES), chance.choice(PROGRAMS)
    own, marked = chance.choice(sorted(texts)), program in MARKING and chance.random() < 0.6
    wrapped, order = chance.random() < 0.5, chance.choice(("top", "top", "bottom", "inline"))
    order = order if marked else "top"
    quoted = _quoted(chance, texts[own])
    vote, client = _answer(chance, language)
    shown = _shown(quoted, wrapped=wrapped, marked=marked)
    top = order == "top"
    parts = {
        "top": [vote, head(program, language), shown],
        "bottom": [head(program, language), shown, vote],
        "inline": [head(program, language), *_around(shown, vote)],
    }[order]
    between = chance.choice(("\n\n", "\n\n", "\n")) if program != "outlook-mobile" else "\n\n"
    made = f"{program} {language} ours in {own} {'marked' if marked else ''} {'wrapped' if wrapped else ''} {order}"
    return Mail(between.join(filter(None, parts)), quoted, VOTES[language][0], client, top, made)


def _quoted(chance: random.Random, texts: dict[str, str]) -> str:
    """A text of ours, sometimes with a colleague's answer below it, sometimes cut off."""
    evaluations = [name for name in texts if name.startswith("Evaluation")]
    name = chance.choice(evaluations) if chance.random() < 0.6 else chance.choice(sorted(texts))
    text = texts[name]
    if name in evaluations and chance.random() < 0.3:
        text = "\n\n".join([*COLLEAGUE, text])
    return text


def _answer(chance: random.Random, language: str) -> tuple[str, str]:
    vote, why, client = VOTES[language]
    parts = [vote, why] if chance.random() < 0.7 else [vote]
    told = chance.random() < 0.5
    if told:
        parts.append(f"Client: {client}")
    if chance.random() < 0.2:
        parts.insert(0, GREETINGS[language])
    answer = "\n\n".join(parts)
    if chance.random() < 0.4:
        answer += chance.choice(("\n", "\n\n")) + chance.choice(SIGNATURES[language])
    return answer, client if told else ""


def _shown(text: str, *, wrapped: bool, marked: bool) -> str:
    paragraphs = text.split("\n\n")
    if wrapped:
        paragraphs = [textwrap.fill(each, 72, break_long_words=False) for each in paragraphs]
    lines = "\n\n".join(paragraphs).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if marked else "\n".join(lines)


def _around(shown: str, vote: str) -> list[str]:
    """The answer in the middle of what is quoted."""
    lines = shown.split("\n")
    middle = len(lines) // 2
    return ["\n".join(lines[:middle]), vote, "\n".join(lines[middle:])]


# -- the same as documents of Cloud


Shape = Callable[[str], dict[str, Any]]


def typed(body: str) -> dict[str, Any]:
    """A paragraph for each empty line, a hard break for each other one."""
    return _doc([_paragraph(part) for part in body.split("\n\n") if part.strip()])


def in_cells(body: str) -> dict[str, Any]:
    """All of it in a table's cells, as programs lay mails out."""
    cells = [{"type": "tableCell", "content": [_paragraph(part)]} for part in body.split("\n\n") if part.strip()]
    return _doc([{"type": "table", "content": [{"type": "tableRow", "content": [cell]} for cell in cells]}])


def fallen_out(body: str) -> dict[str, Any]:
    """An empty block quote at the beginning, and everything at the top level: how Atlassian's schema takes headings and
    tables in a mail's quotation."""
    document = typed(body)
    return _doc([{"type": "blockquote", "content": [{"type": "paragraph"}]}, *document["content"]])


def joined(body: str) -> dict[str, Any]:
    """The lines of a paragraph joined, as a gateway does it."""
    return _doc([_paragraph(part.replace("\n", " ")) for part in body.split("\n\n") if part.strip()])


def _doc(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": content}


def _paragraph(text: str) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n")):
        nodes += [{"type": "hardBreak"}] if number else []
        nodes += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": nodes}
