"""The pack's configuration: levels, settings of each rule, exemptions. Wrong keys are refused.

The shape is the engine's own: `{"all": "advisory", "<rule>": "disabled"}` or
`{"<rule>": {"enforcementLevel": "mandatory", "<setting>": …}}`, and the list of exemptions under
`{"exemptions": {"granted": [{…}]}}`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, cast

from policies.exemptions import Exemption, ExemptionError, nearest
from policies.rule import Level, Rule

EXEMPTIONS: Final = "exemptions"
LEVEL_KEY: Final = "enforcementLevel"
_LEVELS: Final = {level.value: level for level in Level}


class ConfigurationError(Exception):
    """Everything that is wrong with a configuration, all at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "the guardrails' configuration is not valid, so nothing was judged:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )


@dataclass(frozen=True)
class Setting:
    """What a setting may be, kept in the metadata of its dataclass field."""

    description: str
    minimum: float | None = None
    wanted: Callable[[Any], str] | None = None
    """What to use instead of a value; empty where it is good."""


def setting(
    default: Any,  # noqa: ANN401
    description: str,
    *,
    minimum: float | None = None,
    wanted: Callable[[Any], str] | None = None,
) -> Any:  # noqa: ANN401
    """A field of a settings class: its default is what holds without any configuration."""
    metadata = {"setting": Setting(description, minimum, wanted)}
    if isinstance(default, tuple):
        return field(default=cast("tuple[str, ...]", default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Configuration:
    """Levels and settings by rule id; a rule that is not named has its own level and defaults."""

    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exemptions: tuple[Exemption, ...] = ()

    def level(self, rule: Rule) -> Level:
        """The rule's level."""
        return self.levels.get(rule.id, rule.level)

    def settings_of(self, rule: Rule) -> object:
        """The rule's settings, defaults where none are configured."""
        return self.settings[rule.id] if rule.id in self.settings else rule.settings()


def from_json(config: Mapping[str, Any], rules: Sequence[Rule]) -> Configuration:
    """A configuration file's content, judged as the engine and the pack together judge it.

    Raises: ConfigurationError with every problem.
    """
    problems: list[str] = []
    levels: dict[str, str] = {}
    properties: dict[str, Mapping[str, Any]] = {}
    for key, value in config.items():
        if isinstance(value, str):
            levels[key] = value
        elif isinstance(value, Mapping):
            entry = dict(cast("Mapping[str, Any]", value))
            if LEVEL_KEY in entry:
                levels[key] = str(entry.pop(LEVEL_KEY))
            properties[key] = entry
        else:
            problems.append(f"{key}: got {value!r}; use a level, or an object with settings")
    everything = levels.pop("all", None)
    if everything is not None and everything not in _LEVELS:
        # Said once, and not of each rule.
        problems.append(_no_level("all", everything))
    elif everything is not None:
        levels = dict.fromkeys((*(rule.id for rule in rules), EXEMPTIONS), everything) | levels
    return build(levels, properties, rules, problems)


def build(
    levels: Mapping[str, str],
    properties: Mapping[str, Mapping[str, Any]],
    rules: Sequence[Rule],
    problems: list[str] | None = None,
) -> Configuration:
    """Levels and properties by rule id, as the engine hands them over.

    Raises: ConfigurationError with every problem.
    """
    problems = [] if problems is None else problems
    # The engine applies `all` to each rule, and then hands it on as if it were a rule too.
    levels = {key: level for key, level in levels.items() if key != "all"}
    if properties.get("all"):
        problems.append(f"all: got an object; use one of {', '.join(_LEVELS)}")
    properties = {key: given for key, given in properties.items() if key != "all"}
    by_id = {rule.id: rule for rule in rules}
    known = (*by_id, EXEMPTIONS)
    for key in dict.fromkeys((*levels, *properties)):
        if key not in known:
            problems.append(f"{key}: no such rule{nearest(key, known)}")
    read_levels: dict[str, Level] = {}
    for key, value in levels.items():
        level = _LEVELS.get(value)
        if level is None:
            problems.append(_no_level(key, value))
        else:
            read_levels[key] = level
    settings: dict[str, Any] = {
        key: _settings(by_id[key], given, problems)
        for key, given in properties.items()
        if key in by_id and given
    }
    granted = _exemptions(properties.get(EXEMPTIONS, {}), tuple(by_id), problems)
    if problems:
        raise ConfigurationError(problems)
    return Configuration(read_levels, settings, granted)


def _no_level(key: str, value: str) -> str:
    return (
        f"{key}: got level {value!r}; use one of {', '.join(_LEVELS)}"
        f"{nearest(value, tuple(_LEVELS))}"
    )


def _settings(rule: Rule, given: Mapping[str, Any], problems: list[str]) -> object:
    known = {one.name: one for one in fields(rule.settings)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            names = ", ".join(known) or "none; only enforcementLevel"
            problems.append(
                f"{rule.id}.{key}: no such setting{nearest(key, tuple(known))} (settings: {names})"
            )
            continue
        one = known[key]
        described: Setting = one.metadata["setting"]
        read, wanted = _read(value, one.default, described)
        if not wanted and described.wanted is not None:
            wanted = described.wanted(read)
        if wanted:
            problems.append(f"{rule.id}.{key}: got {value!r}; use {wanted}")
        else:
            values[key] = read
    return rule.settings(**values)


def _read(value: object, default: object, described: Setting) -> tuple[Any, str]:
    """The value in the type of its default, or what it should have been."""
    if isinstance(default, bool):
        return (value, "") if isinstance(value, bool) else (None, "true or false")
    if isinstance(default, int | float):
        low = described.minimum
        if isinstance(value, int | float) and not isinstance(value, bool):
            whole = isinstance(default, float) or float(value).is_integer()
            if whole and (low is None or value >= low):
                return type(default)(value), ""
        kind = "a number" if isinstance(default, float) else "a whole number"
        return None, kind if low is None else f"{kind} from {low:g} up"
    if isinstance(default, tuple):
        if isinstance(value, Sequence) and not isinstance(value, str):
            texts = cast("Sequence[object]", value)
            if all(isinstance(one, str) for one in texts):
                return tuple(cast("Sequence[str]", texts)), ""
        return None, "a list of texts"
    return (value, "") if isinstance(value, str) else (None, "a text")


def _exemptions(
    given: Mapping[str, Any], rule_ids: tuple[str, ...], problems: list[str]
) -> tuple[Exemption, ...]:
    problems.extend(
        f"exemptions.{key}: no such setting{nearest(key, ('granted',))}"
        for key in given
        if key != "granted"
    )
    listed = given.get("granted", [])
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        problems.append(f"exemptions.granted: got {listed!r}; use a list")
        return ()
    granted: list[Exemption] = []
    for index, one in enumerate(cast("Sequence[object]", listed)):
        try:
            granted.append(Exemption.read(one, rule_ids))
        except ExemptionError as error:
            problems.extend(f"exemptions.granted[{index}]{problem}" for problem in error.problems)
    return tuple(granted)
