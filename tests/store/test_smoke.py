async def test_it_connects(database, people):
    assert await database.fetch_val("SELECT COUNT(*) AS n FROM usuarios") == 6
