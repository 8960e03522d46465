"""Templates of instructions: a text file that says how each form of question is put to the model.

A template is plain text. `{question}` stands for the question, `{name}` for the allowed words of that name, separated
by a comma and a blank. A line that opens with names of forms in square brackets, `[coarse, fine] ...`, is taken for
questions of these forms only and without the brackets; any other line is always taken.
"""

import re
from collections.abc import Mapping, Sequence

from mebench.errors import MebenchError, unknown_name

_FORMS = re.compile(r"\[([a-z_]+(?:, *[a-z_]+)*)\] *")
_FIELD = re.compile(r"\{([a-z_]+)\}")


def instruction(template: str, question: str, form: str, allowed: Mapping[str, Sequence[str]]) -> str:
    """Return what the model is asked: a template, filled for one question.

    Args:
        template: see the module's docstring; blank lines at both ends are dropped.
        question: as its file words it.
        form: name of the question's form; "" where it has none, then only lines for every form are taken.
        allowed: name -> words that an answer may use, as `{"coarse": ("negative", "positive", "surprise")}`.

    Raises:
        MebenchError: the template has no `{question}` for this form, or names words that are not in `allowed`.
    """
    text = "\n".join(_kept(template, form)).strip("\n")
    fields = _FIELD.findall(text)
    if "question" not in fields:
        raise MebenchError(
            f"the prompt template has no {{question}} for questions of form {form or 'unknown'!r}; add it"
        )
    words = {"question": question, **{name: ", ".join(values) for name, values in allowed.items()}}
    for name in fields:
        if name not in words:
            raise unknown_name("field of a prompt template", name, words)
    return _FIELD.sub(lambda match: words[match[1]], text)


def _kept(template: str, form: str) -> list[str]:
    """Return the lines of a template that are taken for a form, without its brackets."""
    lines = [(_FORMS.match(line), line) for line in template.splitlines()]
    return [
        line[match.end() :] if match else line
        for match, line in lines
        if match is None or form in re.split(", *", match[1])
    ]
