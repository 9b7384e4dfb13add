"""What the second factor is for: promise `factors`."""

from tests.faults.mutations.mutant import Mutant

TESTS = "tests/web/test_factor.py"
MUTANTS = (
    Mutant(
        "factors", "the password alone lets in", "supportapp/web/session.py",
        "next_step(user, target, begun) if factor else", "next_step(user, target, begun) if not user else", TESTS,
    ),
    Mutant("factors", "a code counts again", "supportapp/store/factors.py", " AND paso < :paso", "", TESTS),
    Mutant("factors", "a code on paper counts again", "supportapp/store/factors.py",
        "AND huella = :huella AND usado IS NULL", "AND huella = :huella", TESTS),
    Mutant(
        "factors", "codes may be tried for ever", "supportapp/web/second_step.py",
        "if wait := web().attempts.count(*keys, cost=COST, address=address()):", "if wait := 0 * len(keys):", TESTS,
    ),
    Mutant(
        "factors", "the step goes on with another password", "supportapp/web/step.py",
        ' and claims["de"] == mark(user)', "", TESTS,
    ),
    Mutant(
        "factors", "a session is younger than the password shown for it", "supportapp/desk/tokens.py",
        "now = at or time.time()", "now = time.time()", TESTS,
    ),
    Mutant(
        "factors", "a secret that no device has shown is asked for", "supportapp/desk/factors.py",
        "return factor if factor and factor.desde else None", "return factor", TESTS,
    ),
    Mutant(
        "factors", "who came in without it gives it up", "supportapp/web/factor.py",
        'if current_session().modo != "factor":', 'if current_session().modo == "sitio":', TESTS,
    ),
    Mutant(
        "factors", "the database tells the secret", "supportapp/desk/sealing.py",
        "return self._fernet.encrypt(text.encode()).decode()", "return text", TESTS,
    ),
    Mutant(
        "factors", "an admin who needs one goes on without", "supportapp/desk/identity.py",
        "if restricted or not session.restricted:", "if session:", TESTS,
    ),
    Mutant(
        "factors", "a socket becomes an admin's without one", "supportapp/desk/identity.py",
        "if self._signing.restricts(user.rol, session.modo) and not session.restricted:", "if False:",
        "tests/realtime/test_sessions.py",
    ),
)  # fmt: skip
