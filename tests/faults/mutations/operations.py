"""What whoever operates the chat is told."""

from tests.faults.mutations.mutant import Mutant

MUTANTS = (
    Mutant(
        "operations",
        "readyz is content with a writer that fails",
        "supportapp/web/health.py",
        "desk().writer_failing_for >= LASTING",
        "False",
        test="tests/web/test_health.py",
    ),
    Mutant(
        "operations",
        "migrate takes another program's tables for its own",
        "supportapp/store/foreign_tables.py",
        "        if lacking:\n",
        "        if False:\n",
        test="tests/store/test_migrations_refused.py",
    ),
    Mutant(
        "operations",
        "a name that leads here comes in",
        "supportapp/config.py",
        'and is_private_address(parts.hostname or "")',
        "and bool(parts.hostname)",
        test="tests/cli/test_surroundings.py",
    ),
)
