"""Accounts that this process has met lately: what is known of people while the database cannot be asked."""

from collections import OrderedDict

from supportapp.desk.viewer import Viewer

MOST = 50_000


class Directory:
    """The latest name and role of active accounts, by exact user name; the least recently met go first."""

    def __init__(self) -> None:
        self._met: OrderedDict[str, Viewer] = OrderedDict()

    def meet(self, person: Viewer) -> None:
        self._met[person.usuario] = person
        self._met.move_to_end(person.usuario)
        if len(self._met) > MOST:
            self._met.popitem(last=False)

    def get(self, usuario: str) -> Viewer | None:
        return self._met.get(usuario)
