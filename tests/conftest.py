"""What every test may ask for: databases, browsers, and a world to act in."""

from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.browser"]

# Time is measured by ./bench; a busy machine must not make a property look false.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
