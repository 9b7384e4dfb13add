"""What strangers can do at the door: promise `doors`."""

from tests.faults.mutations.mutant import Mutant

MUTANTS = (
    Mutant(
        "doors", "a refused address counts against the account", "supportapp/web/attempts.py",
        "                if wait := self._count(key, cost, who):\n                    return wait\n",
        "                self._count(key, cost, who)\n            return self._count(keys[0], 0, who)\n",
        "tests/web/test_lockout.py",
    ),
    Mutant(
        "doors", "a limiter that fails lets people in", "supportapp/web/attempts.py",
        "            return CANNOT_COUNT\n", "            return 0\n", "tests/web/test_attempts.py",
    ),
    Mutant(
        "doors", "any browser passes for one that signed in before", "supportapp/web/devices.py",
        "return name if any(known) else None",
        "return name if signatures else None", "tests/web/test_lockout.py",
    ),
    Mutant(
        "doors", "each port is another address", "supportapp/web/addresses.py",
        "return network(trusted) or network(peer) or peer[:64]", "return trusted or network(peer) or peer[:64]",
        "tests/web/test_lockout.py",
    ),
    Mutant(
        "doors", "what was typed as a name is logged", "supportapp/web/session.py",
        'log.info("sign-in refused", address=address())', 'log.info("sign-in refused", usuario=usuario)',
        "tests/web/test_lockout.py",
    ),
    Mutant(
        "doors", "everybody waits for a hash", "supportapp/desk/hashing.py",
        "return self._inside >= THREADS + MOST_WAITING", "return False", "tests/web/test_lockout.py",
    ),
    Mutant(
        "doors", "refusals tell the kind of hash", "supportapp/desk/hashing.py",
        "await asyncio.sleep(math.ceil(passed / STEP) * STEP - passed)", "await asyncio.sleep(0)",
        "tests/desk/test_passwords.py",
    ),
    Mutant(
        "doors", "fields are not counted", "supportapp/web/forms.py",
        'read.count(b"&") >= MOST_FIELDS', 'read.count(b"&") >= 10**6', "tests/web/test_forms.py",
    ),
    Mutant(
        "doors", "a long page counts as a short one", "supportapp/web/reads.py",
        "cost=weight()", "cost=1", "tests/web/test_reads.py",
    ),
    Mutant(
        "doors", "other letters make another name", "supportapp/desk/likeness.py",
        "    found = LOOK_ALIKES.get(character)\n", "    found = None\n", "tests/desk/test_names.py",
    ),
    Mutant(
        "doors", "everybody is on the team", "templates/messages/_sender.html",
        "{%- if message.de_admin %}", "{%- if true %}", "tests/web/test_sender.py",
    ),
    Mutant(
        "doors", "any host is ours", "supportapp/web/arrival.py",
        "if host == self._own or host in LOOPBACK:", "if host:", "tests/web/test_arrival.py",
    ),
    Mutant(
        "doors", "same-origin is believed whatever the origin", "supportapp/web/guards.py",
        "    if request.method in SAFE_METHODS:\n        return\n",
        '    if request.method in SAFE_METHODS or request.headers.get("Sec-Fetch-Site") in SAME_SITE:\n        return\n',
        "tests/web/test_guards.py",
    ),
    Mutant(
        "doors", "rows of keys are chance", "supportapp/keys.py",
        "return pair[0] == pair[1] or", "return False and", "tests/test_settings.py",
    ),
    Mutant(
        "doors", "files are everybody's", "supportapp/config.py",
        "os.umask(0o077)", "os.umask(0o022)", "tests/test_settings.py",
    ),
)  # fmt: skip
