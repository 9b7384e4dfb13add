"""Who may come in: the parts of the desk that know people, joined."""

from supportapp.config import Settings
from supportapp.desk.accounts import Accounts
from supportapp.desk.bans import Bans
from supportapp.desk.directory import Directory
from supportapp.desk.factors import Factors
from supportapp.desk.identity import Identity
from supportapp.desk.refusals import Refusals
from supportapp.desk.sessions import Sessions
from supportapp.store.database import Database


class Entrance:
    """Accounts and their second factors, whose tokens stand, where people are signed in, and who may not come in."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database.from_settings(settings)
        self.directory = Directory()
        self.identity = Identity(settings, self.database, self.directory)
        self.bans = Bans(self.database)
        self.identity.banned = self.bans.person
        self.sessions = Sessions(self.database, lambda rol: self.identity.limits(rol).idle)
        self.refusals = Refusals(self.database)
        self.factors = Factors(self.database, settings)
        self.accounts = Accounts(self.database, settings.public_origin)
        self.accounts.wrong = self.refusals.wrong_password
