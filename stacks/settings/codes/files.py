"""Codes of a file that cannot be read, and of its keys and values each by itself."""

from typing import Final

__all__ = ["FILE_CODES"]

FILE_CODES: Final[dict[str, tuple[str, str]]] = {
    "MS0001": (
        "Not YAML",
        (
            "The file cannot be parsed. The place is where the parser gave up; the mistake is "
            "there or in the line above: a tab, a missing colon, a quote that is not closed."
        ),
    ),
    "MS0002": (
        "Unreadable",
        ("The file is missing rights, is not UTF-8, or is far larger or deeper than settings are."),
    ),
    "MS0003": (
        "Not a mapping",
        ("A settings file is a mapping of `key: value` lines; an empty file says nothing."),
    ),
    "MS0004": (
        "Key written twice",
        ("YAML would keep one of the two and say nothing. Keep the one that is meant."),
    ),
    "MS0005": (
        "Two files for one model",
        ("`name.yaml` and `name.yml` are the same model. Delete one."),
    ),
    "MS0006": (
        "Bad model name",
        (
            "The file's name is the model's name and becomes part of host names: lower-case "
            "letters, digits and `-`, a letter first, at most 40 characters."
        ),
    ),
    "MS0007": (
        "Control character",
        (
            "A terminal, a log or a review would show something else than what is there: an "
            "escape, a return to the line's beginning, a mark that turns the direction of text. "
            "Line breaks and tabs are text."
        ),
    ),
    "MS0101": (
        "Unknown key",
        (
            "Nothing reads this key, so what it asks for would not happen. The report names "
            "the nearest known one."
        ),
    ),
    "MS0102": (
        "Required key missing",
        ("There is no default that could be right for everybody."),
    ),
    "MS0103": (
        "Wrong type",
        (
            "Text in place of a number, a list in place of a mapping, a version without "
            "quotes (YAML reads 1.10 as the number 1.1)."
        ),
    ),
    "MS0104": (
        "Out of range",
        ("The report says the range; vendors' limits name their page."),
    ),
    "MS0105": (
        "Not one of the choices",
        ("The report lists them and names the nearest."),
    ),
    "MS0106": (
        "Malformed text",
        ("A name, URI or digest that does not have the shape it needs."),
    ),
    "MS0107": (
        "Secret in settings",
        (
            "Settings appear in previews, tags and tables. Keep the secret in a secret store "
            "and give the models the right to read it."
        ),
    ),
    "MS0108": (
        "No such model",
        ("An environment has an entry, or a command an argument, for a model without a file."),
    ),
    "MS0109": (
        "Value to fill in",
        (
            "`serving env new` leaves `<fill in: …>` where only you know the value, such as an "
            "account's id. Write it there."
        ),
    ),
    "MS0110": (
        "Form of a state backend or secrets provider",
        (
            "`backend.url` in Pulumi.yaml, or `secretsprovider` in Pulumi.<env>.yaml, is not one "
            "that Pulumi knows, or not in its form (docs/environments.md)."
        ),
    ),
    "MS0260": (
        "Prices that cannot be used",
        (
            "`model-serving:prices` names a file with prices of one's own, and something in it "
            "is wrong: a column, a number, a day, a unit. Nothing is counted with half a file. "
            "docs/cost.md has the columns."
        ),
    ),
    "MS0261": (
        "Replacement that is no other model",
        (
            "`deprecation.replacement` tells callers which model to use instead; it is the name "
            "of another model's file."
        ),
    ),
}
