"""What every test may ask for: databases, browsers, and a world to act in."""

pytest_plugins = ["tests.databases", "tests.browser"]
