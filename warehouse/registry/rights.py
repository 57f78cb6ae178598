"""Who may do what: the one place that decides. Pure: it knows no database and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, Self

from warehouse.registry.errors import InvalidError

MENUS: Final = (
    "costs",
    "resources",
    "commitments",
    "recommendations",
    "budgets",
    "billing",
    "security",
    "members",
    "settings",
)


class Level(IntEnum):
    """How far a right on a menu goes. A higher one includes the lower."""

    NONE = 0
    VIEW = 1
    EDIT = 2


@dataclass(frozen=True)
class Rights:
    """A level on every menu: what a role grants, or what somebody holds in one organization."""

    levels: tuple[Level, ...] = (Level.NONE,) * len(MENUS)

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Self:
        """Return the rights that the words name; a menu left out is none.

        Raises InvalidError for an unknown menu or level.
        """
        for menu, level in words.items():
            if menu not in MENUS:
                raise InvalidError(f"{menu!r} is not a menu.", f"Menus: {', '.join(MENUS)}.")
            if not isinstance(level, str) or level.upper() not in Level.__members__:
                raise InvalidError(f"{level!r} is not a level.", "Levels: none, view, edit.")
        return cls(tuple(Level[words.get(menu, "none").upper()] for menu in MENUS))

    @property
    def words(self) -> dict[str, str]:
        """The menus with a level, in words."""
        return {menu: self.on(menu).name.lower() for menu in MENUS if self.on(menu)}

    def on(self, menu: str) -> Level:
        """Return the level on one menu."""
        return self.levels[MENUS.index(menu)]

    def __or__(self, other: Self) -> Self:
        """Return the higher of both on every menu."""
        return type(self)(tuple(map(max, self.levels, other.levels)))

    def covers(self, other: "Rights") -> bool:
        """Tell whether nothing of the other goes further than this."""
        return all(mine >= theirs for mine, theirs in zip(self.levels, other.levels, strict=True))

    def read_only(self) -> Self:
        """Return them without any right to change."""
        return type(self)(tuple(min(level, Level.VIEW) for level in self.levels))


NOTHING: Final = Rights()
EVERYTHING: Final = Rights((Level.EDIT,) * len(MENUS))
ADMIN: Final = "admin"
MEMBER: Final = "member"
OWNER: Final = "owner"
BUILT_IN: Final[Mapping[str, Rights]] = {
    # `security` is where the organization's history stands.
    ADMIN: Rights.of(
        {
            "costs": "view",
            "resources": "view",
            "security": "view",
            "members": "edit",
            "settings": "edit",
        }
    ),
    MEMBER: Rights.of({"costs": "view", "resources": "view"}),
}


@dataclass(frozen=True)
class Holding:
    """What one member holds in one organization, and by which way it came."""

    is_owner: bool = False
    is_external: bool = False
    direct: Rights = NOTHING
    by_group: Rights = NOTHING

    @property
    def rights(self) -> Rights:
        """The effective rights: the highest of all ways, read-only for people from outside."""
        if self.is_owner:
            return EVERYTHING
        highest = self.direct | self.by_group
        return highest.read_only() if self.is_external else highest

    def source(self, menu: str) -> str:
        """Return by which way the right on a menu came: owner, direct or group."""
        if self.is_owner:
            return OWNER
        return "group" if self.by_group.on(menu) > self.direct.on(menu) else "direct"


@dataclass(frozen=True)
class Standing:
    """What somebody may do in one company. Nobody in particular may do nothing."""

    is_owner: bool = False
    holdings: Mapping[str, Holding] = field(default_factory=dict)
    """By organization."""

    def rights(self, organization_id: str) -> Rights:
        """Return the effective rights in one organization."""
        if self.is_owner:
            return EVERYTHING
        held = self.holdings.get(organization_id)
        return held.rights if held else NOTHING

    def may(self, menu: str, level: Level, organization_id: str) -> bool:
        """Tell whether the menu of that organization is open to that level."""
        return self.rights(organization_id).on(menu) >= level

    def sees(self, organization_id: str) -> bool:
        """Tell whether the organization exists at all in this one's eyes."""
        return self.rights(organization_id) != NOTHING

    def may_give(self, role: Rights, organization_id: str) -> bool:
        """Tell whether a role may be given or taken there: nobody gives what he does not hold."""
        own = self.rights(organization_id)
        return own.on("members") == Level.EDIT and own.covers(role)

    def is_over(self, other: "Standing") -> bool:
        """Tell whether the other as a whole may be switched off or on.

        Who holds nothing anywhere belongs to no admin, so an owner must do it.
        """
        if self.is_owner:
            return True
        return (
            not other.is_owner
            and bool(other.holdings)
            and all(
                self.may_give(held.direct | held.by_group, organization_id)
                for organization_id, held in other.holdings.items()
            )
        )
