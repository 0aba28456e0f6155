"""What an answered mail looks like when it arrives as a comment: where the quotation begins, where the signature does.

Signs only, in the languages that mail programs speak most: attribution lines, blocks of headers, separators, marks at
the beginning of a line, usual closings. A sign that is not known here is not guessed at; what must never be told is
held back by other means (`ours.py`).
"""

import re
from collections.abc import Sequence

_MARKED = re.compile(r"^\s*(?:>|&gt;|\|(?!.*\|))")
_MARKS = re.compile(r"^(?:\s*(?:>|&gt;|\|))+\s?")
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]++@[\w\-]++\.[\w\-]|mailto:", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "…")
_DATE = re.compile(r"\b\d{4}\b|\d{4}年|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{1,2}:\d{2}\b")
_WROTE = re.compile(
    r"""\bwrote\b | \bwrites\b | \bschrieb\b | \bgeschrieben\b | a\ écrit | \bescribi[óo]\b | ha\ scritto | \bescreveu\b
    | \bschreef\b | napisał | \bskrev\b | kirjoitti | napsal | написал | пишет | 写道 | 寫道 | さん(?:は|が) | のメール
    | のメッセージ | 書きました | 작성 | yazd[ıi]""",
    re.IGNORECASE | re.VERBOSE,
)
_LABELS = {
    "from": "From|Von|De|Da|Van|Från|Fra|Lähettäjä|Od|От|Kimden|差出人|送信者|发件人|寄件者|보낸 사람",
    "sent": "Sent|Date|Gesendet|Datum|Envoyé(?: le)?|Enviado(?: el)?|Enviada(?: em)?|Fecha|Data|Inviato|Verzonden"
    "|Skickat|Sendt|Lähetetty|Wysłano|Отправлено|Дата|送信日時|送信済み|日時|日付|发送时间|寄件日期|보낸 날짜",
    "to": "To|An|À|A|Para|Aan|Till|Til|Vastaanottaja|Do|Кому|Kime|宛先|收件人|받는 사람",
    "subject": "Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Aihe|Temat|Тема|Konu"
    "|件名|主题|主旨|제목",
    "copy": "Cc|Kopie|Copie à",
    "reply": "Reply-To|Antwort an|Répondre à|Responder a|返信先",
}
_KIND_OF = re.compile(
    r"^[\s*_>]*(?:" + "|".join(rf"(?P<{kind}>{names})" for kind, names in _LABELS.items()) + r")[\s*_]*[:：]",
    re.IGNORECASE,
)
_WITHIN = {kind: re.compile(rf"(?:^|[\s*_])(?:{names})\s*[*_]*[:：]", re.IGNORECASE) for kind, names in _LABELS.items()}
_ANY_LABEL = re.compile(r"^[\s*_]*[^\W\d][^:：\n<>@]{0,24}[*_\s]*[:：][\s*_]*\S")
_SEPARATOR = re.compile(
    r"""^\W*(?:original\ message | original\ appointment | (?:begin\ )?forwarded\ message
    | ursprüngliche\ nachricht | original-nachricht | (?:anfang\ der\ )?weitergeleiteten?\ nachricht
    | message\ d['’]origine(?:\ transféré)? | message\ (?:original|transféré)
    | début\ du\ message\ (?:réexpédié|transféré)
    | mensaje\ (?:original|reenviado) | inicio\ del\ mensaje\ reenviado | messaggio\ originale | mensagem\ original
    | oorspronkelijk\ bericht | originalmeddelande | 元のメッセージ | オリジナルメッセージ | 転送(?:された)?メッセージ
    | 原始邮件 | 원본\ 메시지)\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_RULED = re.compile(r"^\s*(?:_{20,}|[-‐]{2}.*[-‐]{2}|[-‐–—_=*#]{3,})\s*$")
_ABOVE = re.compile(
    r"""above\ this\ line | (?:oberhalb|über)\ dieser\ (?:zeile|linie) | au-dessus\ de\ cette\ ligne
    | (?:por\ )?encima\ de\ esta\ línea | この行(?:より|の)上""",
    re.IGNORECASE | re.VERBOSE,
)
_DASHES = re.compile(r"^(?:--|—|––)\s*$")
_DEVICE = re.compile(
    r"""^\W*(?:
      sent\ (?:from|with|by|via|using)\ (?:my\ |the\ )?[^.!?:]{2,60} | get\ outlook\ for\ \w+
    | (?:von|aus|mit)\ [^.!?:]{2,50}\ gesendet | gesendet\ (?:von|mit|aus|über)\ [^.!?:]{2,60}
    | outlook\ für\ \w+\ (?:beziehen|herunterladen|abrufen)
    | envoyé\ (?:de|depuis|avec|à\ partir\ de|via)\ [^.!?:]{2,60} | (?:obtenir|télécharger)\ outlook\ pour\ \w+
    | enviado\ (?:desde|con|de|por)\ [^.!?:]{2,60} | obtener\ outlook\ para\ \w+
    | (?:iphone|ipad|android|outlook|yahoo)[^。!?]{0,30}から送信(?:しました|されました)? | outlook\ for\ \w+\ を入手
    )(?:<[^>]*>|\(?https?://\S+\)?|\s|\.)*$""",
    re.IGNORECASE | re.VERBOSE,
)
_CLOSING = re.compile(
    r"""^\s*(?:
      (?:(?:best|kind|kindest|warm|warmest|many|with\ kind|with\ best)\ )?regards | best\ wishes | sincerely(?:\ yours)?
    | yours\ (?:sincerely|faithfully|truly) | cheers
    | (?:mit\ )?(?:freundlichen?|besten?|herzlichen?|vielen?|lieben?|schönen?)\ grü(?:ß|ss)en?(?:\ aus\ \w+)?
    | (?:mfg | vg | lg)(?:[\s,]+[^\W\d_]+){0,2} | best(?=\s*,)
    | (?:bien\ )?(?:cordialement|à\ vous) | (?:meilleures\ |sincères\ )?salutations(?:\ distinguées)?
    | (?:un\ )?(?:cordial\ )?saludos?(?:\ cordiales)? | atentamente | cordialmente
    | pozdrawiam(?:\ serdecznie)? | z\ (?:poważaniem|pozdrowieniami) | cordiali\ saluti | distinti\ saluti
    | (?:com\ os\ )?(?:melhores\ )?cumprimentos | (?:met\ )?vriendelijke\ groet(?:en)? | (?:med\ )?vänliga\ hälsningar
    | с\ уважением | 敬具 | よろしくお願い(?:いた)?します | 以上
    )(?:\s*,\s*[^\W\d_]+(?:\ [^\W\d_]+)?)?\s*[,.!、。]*\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_THANKS = re.compile(
    r"""^\s*(?:
      (?:many\ )?thanks | thank\ you | (?:vielen\ )?dank | danke | merci | (?:muchas\ )?gracias | ありがとうございます
    )\s*[,!、。]+\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADERS_WITHIN, _UNKNOWN_WITHIN, _HEADERS_ENOUGH = 12, 24, 3
_WRAPPED = 3
_LONGEST_SIGN = 320
_SHORT_SIGN = 48
_SIGNED, _SIGNED_WIDTH = 8, 80
_SIGN_WIDTH = 160


def is_marked(line: str) -> bool:
    """Whether a line is marked as quoted: `>`, or a single bar (two make a table's row)."""
    return not line[:1].isalnum() and _MARKED.match(line) is not None


def unmarked(line: str) -> str:
    """The line without its marks."""
    return _MARKS.sub("", line)


def quotation_head(lines: Sequence[str], at: int) -> int:
    """How many lines, from that one on, say that what follows is quoted; 0 where it says no such thing."""
    line = lines[at]
    if _is_a_sentence(line):
        return 0
    if _separates(line) or (_RULED.match(line) and at + 1 < len(lines) and _begins_below(lines, at + 1)):
        return 1
    return _headers(lines, at) or _attribution(lines, at)


def _separates(line: str) -> bool:
    return bool(_SEPARATOR.match(line) or _ABOVE.search(line))


def _begins_below(lines: Sequence[str], at: int) -> bool:
    return _separates(lines[at]) or _headers(lines, at) > 0


def _is_a_sentence(line: str) -> bool:
    """Whether it is surely no sign: most lines are done with that."""
    if len(line) <= _SHORT_SIGN and _ABOVE.search(line):
        return False
    return line.endswith(_SENTENCE_ENDS) and ":" not in line and "：" not in line and not _DIGIT.search(line)


def _attribution(lines: Sequence[str], at: int) -> int:
    """`On Friday Sam <sam@a.example> wrote:`, in one line or wrapped, in any language where an address and a date stand
    there, else where it says that somebody wrote."""
    if not _DATE.search(lines[at]):
        return int(
            lines[at].rstrip(" *_").endswith(":") and bool(_EMAIL.search(lines[at]) and _WROTE.search(lines[at]))
        )
    text = ""
    for count, line in enumerate(lines[at : at + _WRAPPED], 1):
        text = f"{text} {line}".strip()
        if len(text) > _LONGEST_SIGN:
            return 0
        if text.rstrip(" *_>").endswith((":", "：")) and (_EMAIL.search(text) or _WROTE.search(text)):
            return count
    return 0


def _headers(lines: Sequence[str], at: int) -> int:
    """A block of headers, a line each or all in one."""
    if at >= len(lines) or not (":" in lines[at] or "：" in lines[at]):
        return 0
    if _in_one_line(lines[at]):
        return 1
    if _KIND_OF.match(lines[at]):
        kinds: dict[str, int] = {}
        for number, line in enumerate(lines[at : at + _HEADERS_WITHIN]):
            found = _KIND_OF.match(line)
            if found and found.lastgroup:
                kinds.setdefault(found.lastgroup, number)
        if len(kinds) >= _HEADERS_ENOUGH and kinds.keys() & {"from", "subject"}:
            return max(kinds.values()) + 1
    return _unknown_headers(lines, at)


def _in_one_line(line: str) -> bool:
    kinds = [kind for kind, label in _WITHIN.items() if label.search(line)] if _EMAIL.search(line) else []
    return len(kinds) >= _HEADERS_ENOUGH


def _unknown_headers(lines: Sequence[str], at: int) -> int:
    """Headers in a language of which we know no word: three lines with labels, an address and a date among them."""
    count = 0
    while count < _UNKNOWN_WITHIN and at + count < len(lines) and _ANY_LABEL.match(lines[at + count]):
        count += 1
    block = lines[at : at + count]
    known = count >= _HEADERS_ENOUGH and any(map(_EMAIL.search, block)) and any(map(_DATE.search, block))
    return count if known else 0


def is_signed(lines: Sequence[str], at: int) -> bool:
    """Whether a signature begins with that line: two dashes, what a program adds, or a closing above a few short lines.

    `lines` end where a quotation begins.
    """
    line = lines[at]
    if len(line) > _SIGN_WIDTH:
        return False
    if _DASHES.match(line) or _DEVICE.match(line):
        return True
    rest = lines[at + 1 :]
    closes = _CLOSING.match(line) or (rest and _THANKS.match(line))
    return bool(closes) and len(rest) <= _SIGNED and all(len(each) <= _SIGNED_WIDTH for each in rest)
